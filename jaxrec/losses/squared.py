"""The loss of rating prediction."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


def squared_error(
    scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
) -> Float[Array, ""]:
    """Mean squared difference of scores and labels, over valid entries.

    >>> scores, labels = jnp.array([[4.0, 3.0, 9.0]]), jnp.array([[5.0, 1.0, 0.0]])
    >>> print(squared_error(scores, labels, jnp.array([[True, True, False]])))
    2.5
    """
    error = jnp.where(where, scores - labels, 0)  # Before the square: a masked inf gives no nan.
    return jnp.sum(error**2) / jnp.maximum(jnp.sum(where), 1)
