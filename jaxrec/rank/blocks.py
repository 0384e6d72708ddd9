"""The loop of all ranking: blocks of queries, with items that belong to each, on the device."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Int

from jaxrec.graph import Csr
from jaxrec.ops import rounded_up

BLOCK_SCORES = 2**25
"""Scores held at a time (128 MiB in float32) when no block size is given."""

OnProgress = Callable[[int, int], object]
"""``(done, total)`` queries, after every block."""


class ItemsOf(NamedTuple):
    """Items that belong to each query, such as those to leave out.

    Attributes:
      lists: items by row; None is no items.
      row: the row of each query.
    """

    lists: Csr | None
    row: Int[np.ndarray, "Q"]


def block_of(n_items: int, n_queries: int | None = None) -> int:
    """Queries ranked at a time when no block size is given; few make a block of one of few sizes.

    >>> block_of(2**20), block_of(2**20, n_queries=9)
    (32, 10)
    """
    most = max(1, min(1024, BLOCK_SCORES // n_items))
    return most if n_queries is None else min(most, rounded_up(n_queries, 3, least=8))


def in_blocks(
    run: Callable[..., Sequence[Any]],
    queries: Any,
    items: Sequence[ItemsOf],
    block_size: int,
    place: Int[np.ndarray, "I"] | None = None,
) -> Iterator[tuple[np.ndarray, ...]]:
    """Yields what ``run`` returns for each block of ``queries``, on the host.

    All blocks have one shape, so that ``run`` compiles once: the last is filled up with queries,
    whose results are dropped. The next block is computed while the caller uses the last.

    Args:
      run: ``(queries, *columns) -> arrays [B, ...]``; ``columns`` are local row and column of the
        pairs of each of ``items``, padded with row B.
      queries: a pytree of arrays, a row a query.
      place: the column of every item; None for its row.
    """
    n = len(jax.tree.leaves(queries)[0])
    n_blocks = -(-n // block_size)
    blocks = np.resize(np.arange(n), (n_blocks, block_size))
    columns = [part for each in items for part in _pairs_by_block(each, blocks, place)]
    before = None
    for own, *arrays in zip(blocks, *columns, strict=True):
        running = run(jax.tree.map(lambda column, own=own: column[own], queries), *arrays)
        if before is not None:
            yield tuple(map(np.asarray, before))
        before = running
    assert before is not None
    yield tuple(np.asarray(part)[: n - (n_blocks - 1) * block_size] for part in before)


def _pairs_by_block(
    items: ItemsOf, blocks: Int[np.ndarray, "n B"], place: Int[np.ndarray, "I"] | None
) -> tuple[Int[np.ndarray, "n P"], Int[np.ndarray, "n P"]]:
    n_blocks, size = blocks.shape
    if items.lists is None:
        empty = np.zeros((n_blocks, 0), np.int32)
        return empty, empty
    indptr, indices = np.asarray(items.lists.indptr), np.asarray(items.lists.indices)
    row = items.row[blocks]
    start, degree = indptr[row], np.diff(indptr)[row]  # [n, B]
    longest = rounded_up(int(degree.sum(1).max()), significant_bits=1, least=64)
    rows = np.full((n_blocks, longest), size, np.int32)
    columns = np.zeros((n_blocks, longest), np.int32)
    for b in range(n_blocks):
        count = degree[b].sum()
        before = np.repeat(np.cumsum(degree[b]) - degree[b], degree[b])
        rows[b, :count] = np.repeat(np.arange(size, dtype=np.int32), degree[b])
        columns[b, :count] = indices[np.repeat(start[b], degree[b]) + np.arange(count) - before]
    return rows, columns if place is None else place[columns]
