import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.ops import masked_softmax

X = np.array([[1, 2, 300], [0.5, -400, 0]], np.float32)
MASK = np.array([[True, True, False], [False, False, False]])


def test_is_the_softmax_of_what_is_real():
    found = np.asarray(jax.jit(masked_softmax)(X, MASK))
    np.testing.assert_allclose(found[0], [1 / (1 + np.e), np.e / (1 + np.e), 0], rtol=1e-6)
    np.testing.assert_array_equal(found[1], 0)
    full = jax.jit(masked_softmax)(X, np.ones_like(MASK))
    np.testing.assert_allclose(full, jax.nn.softmax(X), rtol=1e-6)


def test_the_gradient_is_finite_and_nothing_flows_to_padding():
    mask = jnp.asarray(MASK)
    slope = jax.grad(lambda x: jnp.sum(masked_softmax(x, mask) * jnp.arange(3.0)[None]))
    found = np.asarray(jax.jit(slope)(X))
    assert np.isfinite(found).all() and (found[~MASK] == 0).all() and found[0, 0] != 0


@pytest.mark.parametrize("x", [[4.0], [30.0, 0.0, 1.0], [0.5, -0.5, 2.0]])
def test_the_gradient_is_the_softmax_s_at_one_entry_and_at_saturation(x):
    real = np.array(x, np.float32)
    found = jax.jit(jax.jacobian(masked_softmax))(real, np.ones(len(x), bool))
    expected = jax.jit(jax.jacobian(jax.nn.softmax))(real)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-18)
