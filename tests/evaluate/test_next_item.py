"""Metrics of next-item lists against those of rankings with one relevant item."""

import jax
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.evaluate import all_metrics, measure_next_item, next_item_metrics, session_ranks
from jaxrec.graph import all_prefixes, last_prefixes, sessions, without_last
from jaxrec.models import decayed_item_knn, markov
from jaxrec.rank import TargetRanks

RNG = np.random.default_rng(0)
SCORES = RNG.integers(0, 5, (40, 12)).astype(np.float64)
"""Many are equal."""
TARGET = RNG.integers(0, 12, 40)


def test_are_the_expected_metrics_of_a_ranking_with_one_relevant_item():
    own = SCORES[np.arange(40), TARGET][:, None]
    n_above, n_tied = np.sum(SCORES > own, axis=1), np.sum(SCORES == own, axis=1)
    found = next_item_metrics(TargetRanks(n_above, n_tied, np.zeros(40, bool)), [1, 5, 12, 20])
    labels = np.eye(12)[TARGET]
    expected = all_metrics(SCORES, labels, np.ones_like(labels, bool), [1, 5, 12, 20])
    assert set(found) == {f"{name}@{k}" for name in ("hit", "mrr", "ndcg") for k in (1, 5, 12, 20)}
    for name, vector in found.items():
        np.testing.assert_allclose(vector, expected[name], rtol=1e-12, atol=1e-15)


def test_a_target_that_may_not_be_shown_is_missed():
    ranks = TargetRanks(np.array([12]), np.array([1]), np.array([False]))
    assert [vector.tolist() for vector in next_item_metrics(ranks, [12]).values()] == [[0.0]] * 3


def test_lists_of_no_items_are_refused():
    ranks = TargetRanks(np.array([0]), np.array([1]), np.array([False]))
    with pytest.raises(InputError, match="k is 0; give the length of a list"):
        next_item_metrics(ranks, [5, 0])


def test_means_are_of_vectors_over_targets(key):
    rows = np.repeat(np.arange(6), 4)
    found = sessions(rows, RNG.integers(0, 7, 24), n_items=8)
    prefixes, counts = all_prefixes(found), np.bincount(found.item, minlength=8).astype(np.float32)
    model = markov(found, 8)
    reps = model.encode(model.init(key), None)
    measured = measure_next_item(model.score, reps, found, prefixes, 8, [2], tie_break=counts)
    ranks = session_ranks(model.score, reps, found, prefixes, 8, tie_break=counts)
    for name, vector in next_item_metrics(ranks, [2]).items():
        np.testing.assert_array_equal(measured.per_user[name], vector)
        assert measured.mean[name] == vector.mean() > 0
    assert measured.n_alike == ranks.alike.sum()


@pytest.mark.slow
def test_item_knn_of_last_fm_is_at_the_level_of_s3_rec(data_dir):
    """HR@10 and NDCG@10 with leave-one-out; SASRec has .0688 and .0390, S3-Rec .0743 and .0427."""
    lines = (data_dir / "s3rec" / "LastFM.txt").read_text().splitlines()
    lists = [np.array(line.split()[1:], int) - 1 for line in lines]
    user = np.repeat(np.arange(len(lists)), [len(one) for one in lists])
    item = np.concatenate(lists)
    n_items = int(item.max()) + 1
    whole = sessions(user, item, n_items)
    train = without_last(whole, 2)
    model = decayed_item_knn(train, n_items, n_neighbors=n_items)
    reps = model.encode(model.init(jax.random.key(0)), None)
    counts = np.bincount(train.item, minlength=n_items).astype(np.float32)
    how = {"hide_seen": True, "tie_break": counts}
    prefixes = last_prefixes(whole)
    mean = measure_next_item(model.score, reps, whole, prefixes, n_items, [10], **how).mean
    assert round(mean["hit@10"], 4) == 0.0780
    assert round(mean["ndcg@10"], 4) == 0.0413
