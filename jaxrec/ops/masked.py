"""Softmax over lists that are not all full."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


def masked_softmax(x: Float[Array, "*n K"], mask: Bool[Array, "*n K"]) -> Float[Array, "*n K"]:
    """Softmax of the last axis over entries under ``mask``; 0 elsewhere.

    A list without entries is all zeros, and its gradient too.

    >>> mask = jnp.array([[True, True, False], [False, False, False]])
    >>> masked_softmax(jnp.zeros((2, 3)), mask).tolist()
    [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
    """
    largest = jnp.max(x, axis=-1, keepdims=True, where=mask, initial=-jnp.inf)
    largest = jax.lax.stop_gradient(jnp.where(jnp.isfinite(largest), largest, 0))
    weight = jnp.where(mask, jnp.exp(jnp.where(mask, x - largest, 0)), 0)
    total = jnp.sum(weight, axis=-1, keepdims=True)
    # Not their maximum, which gives half a gradient where the total is 1.
    return weight / jnp.where(total > 0, total, 1)
