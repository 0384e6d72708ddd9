"""The squared error of ratings."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.losses import squared_error

RNG = np.random.default_rng(0)
SCORES, LABELS = jnp.asarray(RNG.normal(size=(2, 4, 3)), jnp.float32)
WHERE = jnp.asarray(RNG.random((4, 3)) < 0.6)


def test_is_the_mean_of_squares_over_valid_entries():
    scores, labels = np.asarray(SCORES, np.float64), np.asarray(LABELS, np.float64)
    expected = np.mean((scores - labels)[np.asarray(WHERE)] ** 2)
    np.testing.assert_allclose(squared_error(SCORES, LABELS, WHERE), expected, rtol=1e-5)


def test_its_gradient_is_twice_the_mean_error_and_zero_at_padding():
    scores = jnp.where(WHERE, SCORES, jnp.inf)  # What padding scores is not read.
    gradient = jax.grad(squared_error)(scores, LABELS, WHERE)
    expected = np.where(WHERE, 2 * (SCORES - LABELS) / WHERE.sum(), 0)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)


def test_of_nothing_is_zero_without_gradient():
    nothing = jnp.zeros_like(WHERE)
    value, gradient = jax.value_and_grad(squared_error)(SCORES, LABELS, nothing)
    assert value == 0
    assert not gradient.any()
