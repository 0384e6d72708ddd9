"""Losses of rating prediction."""

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


def root_mean_squared_error(
    scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
) -> Float[Array, ""]:
    """``sqrt(squared_error + 1e-12)``: so it has a gradient where all scores are right, too.

    >>> scores, labels = jnp.array([[4.0, 3.0]]), jnp.array([[1.0, 7.0]])
    >>> print(f"{root_mean_squared_error(scores, labels, jnp.ones((1, 2), bool)):.4f}")
    3.5355
    """
    return jnp.sqrt(squared_error(scores, labels, where) + 1e-12)
