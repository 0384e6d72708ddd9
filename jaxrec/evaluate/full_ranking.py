"""Full ranking: every user's best items out of all, seen ones struck out, block by block."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError
from jaxrec.evaluate.metrics import METRICS
from jaxrec.graph import Csr
from jaxrec.ops import contains, top_k

BLOCK_SCORES = 2**25
"""Scores held at a time (128 MiB in float32) when no block size is given."""


class TopLists(NamedTuple):
    """Best items of every query, best first.

    Attributes:
      item: rows of items; -1 where fewer than k were left to show.
      score: their scores; ``-inf`` there.
    """

    item: Int[np.ndarray, "Q k"]
    score: Float[np.ndarray, "Q k"]


def top_lists(
    score: Callable[[Any, Int[Array, "B"], Int[Array, "I"]], Float[Array, "B I"]],
    reps: Any,
    queries: Int[np.ndarray, "Q"],
    n_items: int,
    k: int,
    *,
    seen: Csr | None = None,
    block_size: int | None = None,
) -> TopLists:
    """Ranks the whole catalogue for each query and keeps the top ``k``.

    One program, traced once, runs over blocks of queries and holds ``block_size * n_items`` scores.
    Ties go to the smaller item row.

    Args:
      score: a model's ``score``; pass the same function again to reuse its compiled program.
      seen: items to leave out, by query row; None leaves out nothing.

    Raises:
      InputError: ``k`` exceeds the catalogue, or there are no queries.
    """
    if not 1 <= k <= n_items:
        raise InputError(f"k is {k} but the catalogue has {n_items} items; give 1 to {n_items}")
    if len(queries) == 0:
        raise InputError("there are no users to rank for; at least 1 is needed")
    block = min(block_size or block_of(n_items), len(queries))
    padded = np.resize(queries, -(-len(queries) // block) * block).reshape(-1, block)
    rows, columns = pairs_by_block(padded, seen)
    top = [
        _block(score, k, n_items, reps, *arrays)
        for arrays in zip(padded, rows, columns, strict=True)
    ]
    item, scores = (
        np.concatenate([np.asarray(part) for part in parts]) for parts in zip(*top, strict=True)
    )
    return TopLists(item[: len(queries)], scores[: len(queries)])


def block_of(n_items: int) -> int:
    """Queries ranked at a time when no block size is given, if there are as many."""
    return max(1, min(1024, BLOCK_SCORES // n_items))


def per_user(
    lists: TopLists, users: Int[np.ndarray, "Q"], test: Csr, ks: Sequence[int]
) -> dict[str, Float[np.ndarray, "Q"]]:
    """Every metric at every k, a vector over users each: ``{"recall@20": [Q], ...}``."""
    if max(ks) > lists.item.shape[1]:
        raise InputError(f"k is {max(ks)} but the lists hold {lists.item.shape[1]} items")
    values = _measure(tuple(ks), *lists, users, test)
    return {name: np.asarray(value) for name, value in values.items()}


@partial(jax.jit, static_argnums=(0, 1, 2))
def _block(score, k, n_items, reps, queries, rows, columns):
    scores = score(reps, queries, jnp.arange(n_items))  # [B, I]
    best, item = top_k(scores, rows, columns, k)
    return jnp.where(best > -jnp.inf, item, -1), best


@partial(jax.jit, static_argnums=0)
def _measure(ks, item, score, users, test):
    rows = jnp.broadcast_to(users[:, None], item.shape)
    labels = contains(test, rows, item).astype(score.dtype)
    where = item >= 0
    n_relevant = test.indptr[users + 1] - test.indptr[users]
    return {
        f"{name}@{k}": metric(score, labels, where, k, n_relevant)
        for name, metric in METRICS.items()
        for k in ks
    }


def pairs_by_block(queries: Int[np.ndarray, "n B"], seen: Csr | None):
    """Seen pairs of each block as local row and column, padded with row B to the same length."""
    n_blocks, block = queries.shape
    if seen is None:
        empty = np.zeros((n_blocks, 0), np.int32)
        return empty, empty
    indptr, indices = np.asarray(seen.indptr), np.asarray(seen.indices)
    start, degree = indptr[queries], np.diff(indptr)[queries]  # [n, B]
    longest = int(degree.sum(1).max())
    rows = np.full((n_blocks, longest), block, np.int32)
    columns = np.zeros((n_blocks, longest), np.int32)
    for b in range(n_blocks):
        count = degree[b].sum()
        before = np.repeat(np.cumsum(degree[b]) - degree[b], degree[b])
        rows[b, :count] = np.repeat(np.arange(block, dtype=np.int32), degree[b])
        columns[b, :count] = indices[np.repeat(start[b], degree[b]) + np.arange(count) - before]
    return rows, columns
