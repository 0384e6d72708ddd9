"""Losses on part of a list, or on one in another order."""

from functools import partial

import jax
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.losses import bpr, keep_hardest_negatives, max_margin, positive_first, softmax

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(6, 9)).astype(np.float32)
LABELS = np.eye(1, 9, dtype=np.float32).repeat(6, axis=0)  # Column 0 is the positive.
WHERE = RNG.random((6, 9)) < 0.6
WHERE[:4, 0] = True
WHERE[2, 1:] = False  # A positive without negatives.


@partial(jax.jit, static_argnums=0)
def both(loss, scores, labels, where):
    """Value and gradient."""
    return jax.value_and_grad(loss)(scores, labels, where)


def kept(scores, where, n):
    """Column 0 and the n best of the others that are valid, as a mask."""
    keep = np.zeros_like(where)
    for row, (s, w) in enumerate(zip(scores, where, strict=True)):
        order = sorted((c for c in range(1, len(s)) if w[c]), key=lambda c: -s[c])
        keep[row, [0, *order[:n]]] = True
    return keep & where


@pytest.mark.parametrize("n", [1, 3, 20])
@pytest.mark.parametrize("loss", [bpr, softmax, max_margin(1.0)], ids=["bpr", "softmax", "margin"])
def test_hardest_is_the_loss_with_all_but_the_best_negatives_masked(loss, n):
    found = both(keep_hardest_negatives(loss, n), SCORES, LABELS, WHERE)
    keep = kept(SCORES, WHERE, n)
    expected = both(loss, SCORES, LABELS, keep)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-6)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-5, atol=1e-8)
    assert not np.asarray(found[1])[~keep].any()


def test_no_hardest_are_refused():
    with pytest.raises(InputError, match="0 hardest"):
        keep_hardest_negatives(bpr, 0)


@pytest.mark.parametrize("loss", [bpr, max_margin(0.5)], ids=["bpr", "margin"])
def test_the_positive_may_stand_anywhere(loss):
    expected = both(loss, SCORES, LABELS, WHERE)
    moved = lambda array: np.stack([np.roll(row, r) for r, row in enumerate(np.asarray(array))])
    value, gradient = both(positive_first(loss), *map(moved, (SCORES, LABELS, WHERE)))
    np.testing.assert_allclose(value, expected[0], rtol=1e-6)
    np.testing.assert_allclose(gradient, moved(expected[1]), rtol=1e-5, atol=1e-8)


def test_other_positives_are_neither_ends_of_a_pair():
    scores, labels = np.array([[1.0, 4.0, 0.0, 7.0]]), np.array([[0.0, 1.0, 0.0, 1.0]])
    loss, _ = both(positive_first(max_margin(4.0)), scores, labels, np.ones((1, 4), bool))
    np.testing.assert_allclose(loss, ((1 - 4 + 4) + 0) / 2)


def test_a_masked_positive_gives_way_to_a_valid_one():
    scores, labels = np.array([[9.0, 4.0, 3.0]]), np.array([[1.0, 0.0, 1.0]])
    loss, _ = both(positive_first(max_margin(1.0)), scores, labels, np.array([[False, True, True]]))
    np.testing.assert_allclose(loss, 4 - 3 + 1)
