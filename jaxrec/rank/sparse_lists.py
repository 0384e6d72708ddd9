"""Full ranking of scores that are a product of sparse matrices: most items are never looked at.

An item without an entry scores 0. Lists are those of the dense program: seen items are left out, of
equal scores the order of ties decides, and items of score 0 follow the others.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import scipy.sparse
from jaxtyping import Bool, Float32, Int

from jaxrec.graph import Csr
from jaxrec.ops.sparse_rows import (
    in_threads,
    keep_largest,
    nth_largest,
    product_blocks,
    row_of_entry,
    select,
    sizes,
)

STATES = 2**25
"""Pairs of query and item that are marked at a time by each thread, a byte each."""
SEEN, SCORED, TIED = 1, 2, 3


class Block(NamedTuple):
    """What ``top_lists`` keeps of a block of queries, dense or sparse.

    Attributes:
      n_tied, n_tied_relevant: items that share score and level with the last place, and how many
        of them are relevant; 0 where a list is not full.
    """

    item: Int[np.ndarray, "B k"]
    score: Float32[np.ndarray, "B k"]
    n_tied: Int[np.ndarray, "B"]
    n_tied_relevant: Int[np.ndarray, "B"]
    alike: Bool[np.ndarray, "B"]


class Order(NamedTuple):
    """The order of ties.

    Attributes:
      order: items, first to last.
      place: of every item in it.
      level: of every item; equal where only chance decides.
    """

    order: Int[np.ndarray, "I"]
    place: Int[np.ndarray, "I"]
    level: Int[np.ndarray, "I"]


def sparse_blocks(
    history: scipy.sparse.csr_array,
    table: scipy.sparse.csr_array,
    queries: Int[np.ndarray, "Q"],
    k: int,
    order: Order,
    seen: Csr | None,
    relevant: Csr | None,
) -> Iterator[Block]:
    """Ranks all items by ``history[queries] @ table``, entries at least 0, block by block."""
    history = history[queries]
    n_items = sizes(table)[1]
    rows = product_blocks(history, table, max(1, STATES // n_items))
    rank = partial(_rank, history, table, queries, k, order, seen, relevant)
    yield from in_threads(rank, rows)


def _rank(history, table, queries, k, order: Order, seen, relevant, rows: slice) -> Block:
    own, n_items = queries[rows], sizes(table)[1]
    n_rows = len(own)
    scores = history[rows] @ table
    state = np.zeros(n_rows * n_items, np.int8)
    seen_row, seen_item = _pairs(own, seen)
    state[_key(seen_row, seen_item, n_items)] = SEEN
    row = row_of_entry(scores)
    broken = np.bincount(row[np.isnan(scores.data)], minlength=n_rows) > 0
    scores.data[state[_key(row, scores.indices, n_items)] == SEEN] = -1
    # What a list may hold: k entries, those equal to the last, and all where there are fewer.
    least = np.maximum(nth_largest(scores, k), np.finfo(np.float32).smallest_subnormal)
    scores = select(scores, scores.data >= np.repeat(least, np.diff(scores.indptr)))
    row, n_scored = row_of_entry(scores), np.diff(scores.indptr)
    n_shown = np.subtract(n_items, np.bincount(seen_row, minlength=n_rows))

    item, best = np.full((n_rows, k), -1, np.int32), np.full((n_rows, k), -np.inf, np.float32)
    kept = keep_largest(scores, k, order.place)
    kept_row = row_of_entry(kept)
    by_score = np.lexsort((order.place[kept.indices], np.negative(kept.data), kept_row))
    place = np.arange(kept.nnz) - kept.indptr[kept_row]
    item[kept_row, place], best[kept_row, place] = kept.indices[by_score], kept.data[by_score]
    best[broken] = np.nan

    short = n_scored < k
    entry = short[row]
    state[_key(row[entry], scores.indices[entry], n_items)] = SCORED
    taken_row = np.concatenate([seen_row, row[entry]])
    taken_item = np.concatenate([seen_item, scores.indices[entry]])
    _fill(item, best, np.flatnonzero(short), taken_row, taken_item, n_scored, order)

    full, last, last_level = best[:, -1] >= 0, best[:, -1], order.level[item[:, -1]]
    same = (scores.data == last[row]) & (order.level[scores.indices] == last_level[row])
    n_tied = np.bincount(row[same], minlength=n_rows)
    zero = full & (last == 0)
    among = zero[taken_row] & (order.level[taken_item] == last_level[taken_row])
    of_level = np.bincount(order.level)[last_level]
    n_tied[zero] = (of_level - np.bincount(taken_row[among], minlength=n_rows))[zero]
    state[_key(row[same], scores.indices[same], n_items)] = TIED
    wanted_row, wanted = _pairs(own, relevant)
    found = state[_key(wanted_row, wanted, n_items)]
    as_zero = zero[wanted_row] & (found == 0) & (order.level[wanted] == last_level[wanted_row])
    hits = np.where(zero[wanted_row], as_zero, found == TIED)
    n_relevant = np.bincount(wanted_row[hits], minlength=n_rows)

    n_best = np.bincount(row[scores.data == best[row, 0]], minlength=n_rows)
    alike = (n_shown > 1) & ((n_scored == 0) | (n_best == n_shown))
    return Block(item, best, n_tied * full, n_relevant * full, alike)


def _fill(item, best, short, taken_row, taken_item, n_scored, order: Order) -> None:
    """Appends items of score 0 to the lists of ``short`` rows, in the order of ties."""
    n_rows, k = item.shape
    n_items = len(order.order)
    n_taken = np.bincount(taken_row, minlength=n_rows)
    by_row = np.argsort(taken_row, kind="stable")
    start = np.append(0, np.cumsum(n_taken))
    place = order.place[taken_item][by_row]
    for one in short:
        struck = place[start[one] : start[one + 1]]
        n = min(k - n_scored[one], n_items - n_taken[one])
        free = np.ones(min(k + len(struck), n_items), bool)
        free[struck[struck < len(free)]] = False
        chosen = np.flatnonzero(free)[:n]
        where = slice(n_scored[one], n_scored[one] + n)
        item[one, where], best[one, where] = order.order[chosen], 0


def _pairs(own: Int[np.ndarray, "B"], pairs: Csr | None):
    """Local rows and items of these queries' pairs."""
    if pairs is None:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    indptr, indices = np.asarray(pairs.indptr), np.asarray(pairs.indices)
    degree = np.diff(indptr)[own]
    row = np.repeat(np.arange(len(own), dtype=np.int32), degree)
    before = np.repeat(np.cumsum(degree) - degree, degree)
    return row, indices[np.repeat(indptr[own], degree) + np.arange(len(row)) - before]


def _key(row, item, n_items: int):
    return row.astype(np.int64) * n_items + item
