"""Scores of candidates from representations."""

import math
from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Towers
from jaxrec.ops.normalize import l2_normalize


def dot(
    reps: Towers, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    """Inner products of query and item rows; items are shared ``[C]`` or listed ``[B, C]``."""
    query, item = reps.query[queries], reps.item[items]
    if items.ndim == 1:  # One matrix product; listing [B, C, d] would cost B times the memory.
        return query @ item.T
    return jnp.einsum("bd,bcd->bc", query, item)


def cosine(temperature: float = 1.0) -> Callable[..., Float[Array, "B C"]]:
    """Builds the scorer ``cos(query, item) / temperature``; takes what ``dot`` takes.

    A row of norm 0 scores 0 with everything, and its gradient is finite.
    ``lightgcn(...)._replace(score=cosine(0.1))`` is LightGCN that trains and serves by cosine.

    Raises:
      InputError: a temperature that is not a number above 0.

    >>> from jaxrec.base import Embeddings
    >>> reps = Embeddings(jnp.array([[3.0, 4.0]]), jnp.array([[2.0, 0.0], [0.0, 0.0]]))
    >>> print(cosine(0.5)(reps, jnp.array([0]), jnp.array([0, 1])))
    [[1.2 0. ]]
    """
    if not 0 < temperature < math.inf:
        raise InputError(f"temperature is {temperature}; give a number above 0, such as 0.1")

    def score(
        reps: Towers, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        query, item = (
            l2_normalize(reps.query[queries]),
            l2_normalize(reps.item[items]),
        )  # Only rows that are asked.
        if items.ndim == 1:
            return query @ item.T / temperature
        return jnp.einsum("bd,bcd->bc", query, item) / temperature

    return score


def gather_scores(
    table: Float[Array, "Q I"], queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    """Entries of a table of scores, such as logits of nodes and classes; items as in ``dot``.

    >>> table = jnp.array([[0.0, 1.0], [2.0, 3.0]])
    >>> gather_scores(table, jnp.array([1, 0]), jnp.array([1])).tolist()
    [[3.0], [1.0]]
    """
    rows = table[queries]
    return rows[:, items] if items.ndim == 1 else jnp.take_along_axis(rows, items, axis=1)
