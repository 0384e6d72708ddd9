"""Pairwise losses by their formulas."""

import jax
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.losses import bpr, max_margin


def test_bpr_is_the_mean_of_minus_log_sigmoid_of_differences():
    scores = np.array([[2.0, 0.0, 3.0], [-1.0, 4.0, 0.5]], np.float32)
    where = np.array([[True, True, True], [True, False, True]])
    minus_log_sigmoid = lambda x: np.log(1 + np.exp(-x))
    expected = (
        minus_log_sigmoid(2.0 - 0.0) + minus_log_sigmoid(2.0 - 3.0) + minus_log_sigmoid(-1.0 - 0.5)
    ) / 3
    loss = jax.jit(bpr)(scores, np.zeros((2, 3)), where)
    np.testing.assert_allclose(loss, expected, rtol=1e-6)


def test_bpr_of_equal_scores_is_log_two():
    scores = np.full((3, 4), 7.0)
    found = jax.jit(bpr)(scores, scores, np.ones((3, 4), bool))
    np.testing.assert_allclose(found, np.log(2), rtol=1e-6)


def test_bpr_ignores_pairs_without_their_positive():
    scores = np.array([[2.0, 0.0], [9.0, 5.0]])
    found = jax.jit(bpr)(scores, scores, np.array([[True, True], [False, True]]))
    np.testing.assert_allclose(found, np.log(1 + np.exp(-2.0)), rtol=1e-6)


def test_max_margin_is_the_mean_of_what_negatives_lack_to_the_margin():
    scores = np.array([[2.0, 0.0, 1.5], [-1.0, 4.0, -3.0]])
    where = np.array([[True, True, True], [True, True, False]])
    expected = (0.0 + (1.5 - 2.0 + 1.0) + (4.0 + 1.0 + 1.0)) / 3
    found = jax.jit(max_margin(1.0))(scores, scores, where)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("margin", [-1.0, np.inf, np.nan])
def test_a_margin_that_is_negative_or_not_finite_is_refused(margin):
    with pytest.raises(InputError, match="margin is"):
        max_margin(margin)
