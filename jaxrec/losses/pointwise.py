"""Losses on each score alone."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


def binary_cross_entropy(
    scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
) -> Float[Array, ""]:
    """Binary cross-entropy of ``sigmoid(scores)`` against labels in ``[0, 1]``, mean over entries.

    >>> scores, labels = jnp.array([[0.0, 2.0]]), jnp.array([[1.0, 0.0]])
    >>> print(f"{binary_cross_entropy(scores, labels, jnp.array([[True, False]])):.4f}")
    0.6931
    """
    loss = jax.nn.softplus(scores) - labels * scores
    return jnp.sum(loss, where=where) / jnp.maximum(jnp.sum(where), 1)
