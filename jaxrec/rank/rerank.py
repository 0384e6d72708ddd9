"""The second of two stages: candidates from anywhere, scores from a model."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError
from jaxrec.ops import tie_rank
from jaxrec.rank.top_lists import TopLists

BLOCK_SCORES = 2**19
"""Scores held at a time when no block size is given; for each, a model may gather a vector."""


def rerank(
    score: Callable[[Any, Int[Array, "B"], Int[Array, "B C"]], Float[Array, "B C"]],
    reps: Any,
    queries: Int[np.ndarray, "Q"],
    candidates: Int[np.ndarray, "Q C"],
    k: int,
    *,
    block_size: int | None = None,
) -> TopLists:
    """The ``k`` best of every query's candidates, best first.

    One program, traced once, runs over blocks of queries. Equal scores come in the order of
    ``ops.tie_rank``, as in full ranking. Candidates are rows of the items that ``score`` reads:
    translate those of another run by their ids.

    Args:
      score: a model's; pass the same function again to reuse its compiled program.
      candidates: rows of items, in any order; -1 is none, and one listed twice counts once.

    Raises:
      InputError: ``k`` exceeds the candidates, or there are no queries.
    """
    n_queries, width = candidates.shape
    if not 1 <= k <= width:
        raise InputError(f"k is {k} but there are {width} candidates a query; give 1 to {width}")
    if n_queries == 0:
        raise InputError("there are no queries to rank for; at least 1 is needed")
    ordered = np.sort(candidates, axis=1)
    ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = -1
    ordered = np.take_along_axis(ordered, np.argsort(tie_rank(ordered), axis=1), axis=1)
    block = min(block_size or max(1, BLOCK_SCORES // width), n_queries)
    padded = np.resize(np.arange(n_queries), -(-n_queries // block) * block).reshape(-1, block)
    top = [
        _block(score, k, reps, queries[rows].astype(np.int32), ordered[rows].astype(np.int32))
        for rows in padded
    ]
    item, best = (
        np.concatenate([np.asarray(part) for part in parts]) for parts in zip(*top, strict=True)
    )
    return TopLists(item[:n_queries], best[:n_queries])


@partial(jax.jit, static_argnums=(0, 1))
def _block(score, k, reps, queries, items):
    scores = jnp.where(items < 0, -jnp.inf, score(reps, queries, jnp.maximum(items, 0)))
    best, place = jax.lax.top_k(scores, k)
    return jnp.where(best > -jnp.inf, jnp.take_along_axis(items, place, axis=1), -1), best
