import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Embeddings, InputError
from jaxrec.evaluate import accuracy, auc, auc_batched, pair_scores
from jaxrec.models import mf

RNG = np.random.default_rng(0)
LABELS = (RNG.random(200) < 0.4).astype(np.float64)
SCORES = np.round(RNG.normal(size=200) + LABELS, 1)  # Rounded, so that some are equal.


def by_pairs(scores, labels):
    """Every positive against every negative."""
    difference = scores[labels > 0][:, None] - scores[labels == 0][None]
    return np.mean((difference > 0) + 0.5 * (difference == 0))


def test_is_the_share_of_pairs_in_order():
    assert auc(SCORES, LABELS) == pytest.approx(by_pairs(SCORES, LABELS))
    order = RNG.permutation(200)
    assert auc(SCORES[order], LABELS[order]) == pytest.approx(auc(SCORES, LABELS))


def test_batches_are_averaged_and_the_rest_left_out():
    parts = [by_pairs(SCORES[n : n + 64], LABELS[n : n + 64]) for n in (0, 64, 128)]
    assert auc_batched(SCORES, LABELS, 64) == pytest.approx(np.mean(parts))
    assert auc_batched(SCORES, LABELS, 200) == pytest.approx(auc(SCORES, LABELS))


def test_one_kind_of_label_is_refused():
    with pytest.raises(InputError, match="there are 3 and 0; give rows of both"):
        auc(np.zeros(3), np.ones(3))
    with pytest.raises(InputError, match="of 200 rows no batch of 300 has"):
        auc_batched(SCORES, LABELS, 300)


def test_accuracy_is_by_the_sign():
    assert accuracy(SCORES, LABELS) == np.mean((SCORES >= 0) == (LABELS == 1))


def test_pairs_are_scored_one_by_one(monkeypatch):
    monkeypatch.setattr("jaxrec.evaluate.click_through.BLOCK", 7)
    model = mf(5, 6, 3)
    reps: Embeddings = model.encode(model.init(jax.random.key(0)), None)
    users, items = RNG.integers(0, [[5], [6]], (2, 40)).astype(np.int32)
    expected = jnp.sum(reps.query[users] * reps.item[items], axis=1)
    np.testing.assert_allclose(
        pair_scores(model, reps, users, items), expected, rtol=1e-5, atol=1e-7
    )


def test_nothing_to_measure_and_scores_that_are_no_numbers_are_refused():
    none = np.zeros(0, np.int32)
    model = mf(5, 6, 3)
    reps = model.encode(model.init(jax.random.key(0)), None)
    with pytest.raises(InputError, match="there are no pairs to score"):
        pair_scores(model, reps, none, none)
    broken = np.where(np.arange(200) == 3, np.nan, SCORES)
    for metric in (auc, accuracy, lambda scores, labels: auc_batched(scores, labels, 64)):
        with pytest.raises(InputError, match="1 of .* scores are NaN"):
            metric(broken, LABELS)
    with pytest.raises(InputError, match="there are no scores"):
        accuracy(np.zeros(0), np.zeros(0))
