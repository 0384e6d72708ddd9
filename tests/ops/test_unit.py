"""Rows of length one, and what happens at zero."""

import jax
import numpy as np

from jaxrec.ops import l2_normalize


@jax.jit
def value_and_gradient(x, cotangent):
    y, pull = jax.vjp(l2_normalize, x)
    return y, *pull(cotangent)


def test_rows_keep_their_direction_and_get_length_one(key):
    scale = np.array([[1e-6], [1.0], [1e6], [3.0], [1e-3]], np.float32)
    x = np.asarray(jax.random.normal(key, (5, 3))) * scale
    wide = x.astype(np.float64)
    expected = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    np.testing.assert_allclose(jax.jit(l2_normalize)(x), expected, rtol=1e-5)


def test_rows_of_zeros_stay_zero_with_a_gradient_of_zero():
    x = np.array([[0, 0], [3, 4]], np.float32)
    y, gradient = map(np.asarray, value_and_gradient(x, np.array([[1, 1], [1, 0]], np.float32)))
    np.testing.assert_array_equal(y[0], np.zeros(2))
    np.testing.assert_array_equal(gradient[0], np.zeros(2))
    # d(x / |x|) = (1 - y y^T) / |x|, here (1 - 9/25, -12/25) / 5.
    np.testing.assert_allclose(gradient[1], [16 / 125, -12 / 125], rtol=1e-5)


def test_gradients_of_short_rows_are_finite_or_zero():
    for length in 10.0 ** -np.arange(8, 25):
        x = np.array([[length, 0.0]], np.float32)
        _, gradient = value_and_gradient(x, np.array([[0.3, 0.7]], np.float32))
        assert np.isfinite(gradient).all(), length
