"""Pooling: rows of neighbors, with weights, to one row."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

Pool = Callable[[Float[Array, "*n T m"], Float[Array, "*n T"]], Float[Array, "*n m"]]
"""Neighbors' rows, 0 or more, and their weights, of which 0 marks padding, to one row."""


def importance_pooling(
    z: Float[Array, "*n T m"], weights: Float[Array, "*n T"]
) -> Float[Array, "*n m"]:
    """The sum by weight: with shares of visits, the paper's importance pooling."""
    return jnp.sum(z * weights[..., None], axis=-2)


def mean_pooling(z: Float[Array, "*n T m"], weights: Float[Array, "*n T"]) -> Float[Array, "*n m"]:
    """The mean of neighbors that have a weight, whatever it is."""
    valid = weights > 0
    total = jnp.sum(z, axis=-2, where=valid[..., None])
    return total / jnp.maximum(jnp.sum(valid, axis=-1, keepdims=True), 1)


def max_pooling(z: Float[Array, "*n T m"], weights: Float[Array, "*n T"]) -> Float[Array, "*n m"]:
    """The largest entries among neighbors that have a weight."""
    return jnp.max(z, axis=-2, where=(weights > 0)[..., None], initial=0.0)  # None is below zero.
