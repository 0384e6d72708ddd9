"""Scores of candidates from representations."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import Towers


def dot(
    reps: Towers, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    """Inner products of query and item rows; items are shared ``[C]`` or listed ``[B, C]``."""
    query, item = reps.query[queries], reps.item[items]
    if items.ndim == 1:  # One matrix product; listing [B, C, d] would cost B times the memory.
        return query @ item.T
    return jnp.einsum("bd,bcd->bc", query, item)
