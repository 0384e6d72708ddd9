"""What every loss must hold; a new loss joins by one row."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.losses import (
    balanced_binary_cross_entropy,
    binary_cross_entropy,
    bpr,
    keep_hardest_negatives,
    max_margin,
    multinomial,
    negative_sampling,
    positive_first,
    self_adversarial,
    softmax,
)

LOSSES = {
    "bpr": bpr,
    "binary": binary_cross_entropy,
    "balanced_binary": balanced_binary_cross_entropy,
    "negative_sampling": negative_sampling(5.0),
    "softmax": softmax,
    "multinomial": multinomial,
    "max_margin": max_margin(10.0),  # All pairs within the margin, so that all have a gradient.
    "self_adversarial": self_adversarial(margin=1.0, temperature=0.5),
    "hardest-bpr": keep_hardest_negatives(bpr, 4),
    "hardest-softmax": keep_hardest_negatives(softmax, 4),
    "positive_first-bpr": positive_first(bpr),
}

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(4, 5)).astype(np.float32)
LABELS = np.eye(1, 5, dtype=np.float32).repeat(4, axis=0)  # Column 0 is the positive.
WHERE = RNG.random((4, 5)) < 0.7
WHERE[:2, :2] = True

pytestmark = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


@partial(jax.jit, static_argnums=0)
def both(loss, scores, labels, where):
    """Value and gradient."""
    return jax.value_and_grad(loss)(scores, labels, where)


def pad(array, value):
    return np.pad(array, ((0, 3), (0, 2)), constant_values=value)


def test_padding_changes_neither_value_nor_gradient(loss):
    padded = both(loss, pad(SCORES, 99.0), pad(LABELS, 1.0), pad(WHERE, False))
    value, gradient = both(loss, SCORES, LABELS, WHERE)
    np.testing.assert_allclose(padded[0], value, rtol=1e-6)
    np.testing.assert_allclose(padded[1], pad(gradient, 0.0), rtol=1e-6)


def test_masked_entries_are_not_read(loss):
    changed, _ = both(loss, np.where(WHERE, SCORES, 1e9), LABELS, WHERE)
    np.testing.assert_array_equal(changed, both(loss, SCORES, LABELS, WHERE)[0])


def test_all_masked_gives_zero_and_no_gradient(loss):
    value, gradient = both(loss, SCORES, LABELS, np.zeros_like(WHERE))
    assert value == 0
    np.testing.assert_array_equal(gradient, np.zeros((4, 5)))


@pytest.mark.parametrize("size", [1e2, 1e30])
def test_extreme_scores_stay_finite(loss, size):
    value, gradient = both(loss, size * np.sign(SCORES), LABELS, WHERE)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_permuting_negatives_changes_nothing(loss):
    order = [0, 3, 1, 4, 2]
    permuted, _ = both(loss, SCORES[:, order], LABELS[:, order], WHERE[:, order])
    np.testing.assert_allclose(permuted, both(loss, SCORES, LABELS, WHERE)[0], rtol=1e-6)


def test_permuting_lists_changes_nothing(loss):
    order = [2, 0, 3, 1]
    permuted, _ = both(loss, SCORES[order], LABELS[order], WHERE[order])
    np.testing.assert_allclose(permuted, both(loss, SCORES, LABELS, WHERE)[0], rtol=1e-6)


def test_a_better_positive_and_worse_negatives_lower_the_loss(loss):
    gradient = np.asarray(both(loss, SCORES, LABELS, np.ones_like(WHERE))[1])
    assert (gradient[:, 0] < 0).all()
    assert (gradient[:, 1:] > 0).all()


def test_jit_changes_nothing(loss):
    arrays = [jnp.asarray(array) for array in (SCORES, LABELS, WHERE)]
    np.testing.assert_allclose(jax.jit(loss)(*arrays), loss(*arrays), rtol=1e-6)


def test_raising_a_whole_list_changes_a_pointwise_loss_alone(loss):
    raised, _ = both(loss, SCORES + np.array([[3.0], [-2.0], [0.5], [7.0]]), LABELS, WHERE)
    same = bool(np.isclose(raised, both(loss, SCORES, LABELS, WHERE)[0], rtol=1e-5))
    pointwise = "binary", "balanced_binary", "negative_sampling", "self_adversarial"
    assert same == (loss not in [LOSSES[name] for name in pointwise])
