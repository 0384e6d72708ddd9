"""Rows of length one, and what happens at zero."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.ops import unit


def test_rows_keep_their_direction_and_get_length_one(key):
    x = jax.random.normal(key, (5, 3)) * jnp.array([[1e-6], [1.0], [1e6], [3.0], [1e-3]])
    wide = np.asarray(x, np.float64)
    expected = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    np.testing.assert_allclose(unit(x), expected, rtol=1e-5)


def test_rows_of_zeros_stay_zero_with_a_gradient_of_zero():
    x = jnp.array([[0.0, 0.0], [3.0, 4.0]])
    y, pull = jax.vjp(unit, x)
    np.testing.assert_array_equal(y[0], jnp.zeros(2))
    (gradient,) = pull(jnp.array([[1.0, 1.0], [1.0, 0.0]]))
    np.testing.assert_array_equal(gradient[0], jnp.zeros(2))
    # d(x / |x|) = (1 - y y^T) / |x|, here (1 - 9/25, -12/25) / 5.
    np.testing.assert_allclose(gradient[1], [16 / 125, -12 / 125], rtol=1e-5)


def test_gradients_of_short_rows_are_finite_or_zero():
    for length in 10.0 ** -np.arange(8, 25):
        _, pull = jax.vjp(unit, jnp.array([[length, 0.0]]))
        (gradient,) = pull(jnp.array([[0.3, 0.7]]))
        assert jnp.isfinite(gradient).all(), length
