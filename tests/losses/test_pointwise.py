"""Pointwise losses by their formulas."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.losses import (
    balanced_binary_cross_entropy,
    binary_cross_entropy,
    negative_sampling,
)


def test_binary_is_the_mean_cross_entropy():
    scores = np.array([[2.0, -1.0], [0.5, 3.0]], np.float32)
    labels = np.array([[1.0, 0.0], [0.25, 1.0]], np.float32)
    where = np.array([[True, True], [True, False]])
    p = 1 / (1 + np.exp(-scores.astype(np.float64)))
    entropy = -(labels * np.log(p) + (1 - labels) * np.log(1 - p))
    loss = binary_cross_entropy(*map(jnp.asarray, (scores, labels, where)))
    np.testing.assert_allclose(loss, entropy[where].sum() / 3, rtol=1e-6)


def test_balanced_binary_averages_positives_and_negatives_apart():
    scores = np.array([[2.0, -1.0, 0.5], [1.5, 3.0, 9.0]], np.float32)
    labels = np.array([[1.0, 0.0, 0.0], [0.25, 0.0, 1.0]], np.float32)
    where = np.array([[True, True, True], [True, True, False]])
    p = 1 / (1 + np.exp(-scores.astype(np.float64)))
    liked = -(np.log(p[0, 0]) + 0.25 * np.log(p[1, 0])) / 1.25
    others = [p[0, 1], p[0, 2], p[1, 1]]
    not_liked = -(np.log1p(-np.array(others)).sum() + 0.75 * np.log(1 - p[1, 0])) / 3.75
    loss = balanced_binary_cross_entropy(*map(jnp.asarray, (scores, labels, where)))
    np.testing.assert_allclose(loss, liked + not_liked, rtol=1e-6)


def test_negative_sampling_weighs_the_mean_of_a_lists_negatives():
    scores = np.array([[2.0, -1.0, 0.5], [1.5, 3.0, 9.0], [7.0, 1.0, 1.0]], np.float32)
    where = np.array([[True, True, True], [True, True, False], [False, True, True]])
    log_s = lambda x: -np.log1p(np.exp(-x))
    first = -log_s(2.0) - 3 * (log_s(1.0) + log_s(-0.5)) / 2
    second = -log_s(1.5) - 3 * log_s(-3.0)
    loss = negative_sampling(3.0)(jnp.asarray(scores), jnp.zeros((3, 3)), jnp.asarray(where))
    np.testing.assert_allclose(loss, (first + second) / 2, rtol=1e-6)
    with pytest.raises(InputError, match="n_negatives is 0.0; give a number above 0"):
        negative_sampling(0.0)
