"""Scores of candidates from representations."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import Embeddings


def dot(
    reps: Embeddings, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    """Inner products of query and item rows; items are shared ``[C]`` or listed ``[B, C]``."""
    query, item = reps.query[queries], reps.item[items]
    if items.ndim == 1:  # One matrix product; listing [B, C, d] would cost B times the memory.
        return query @ item.T
    return jnp.einsum("bd,bcd->bc", query, item)


def entries(
    table: Float[Array, "Q I"], queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    """Entries of a table of scores, such as logits of nodes and classes; items as in ``dot``.

    >>> entries(jnp.array([[0.0, 1.0], [2.0, 3.0]]), jnp.array([1, 0]), jnp.array([1])).tolist()
    [[3.0], [1.0]]
    """
    rows = table[queries]
    return rows[:, items] if items.ndim == 1 else jnp.take_along_axis(rows, items, axis=1)
