"""Full ranking: every user's best items out of all, seen ones struck out, block by block."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import InputError
from jaxrec.graph import Csr
from jaxrec.ops import TableScore, contains, mask_pairs, tie_order, tie_rank, top_k
from jaxrec.rank.blocks import ItemsOf, OnProgress, block_of, in_blocks
from jaxrec.rank.sparse_lists import Block, Order, sparse_blocks
from jaxrec.rank.target_ranks import check_scores


class Ties(NamedTuple):
    """Which places of lists are in an order that means nothing.

    Attributes:
      group: number of the group of equals that each place belongs to, ascending along the list.
      n_below: items below the list's end that belong to its last group.
      n_relevant_below: how many of these are relevant.
    """

    group: Int[np.ndarray, "Q k"]
    n_below: Int[np.ndarray, "Q"]
    n_relevant_below: Int[np.ndarray, "Q"]


class TopLists(NamedTuple):
    """Best items of every query, best first.

    Attributes:
      item: rows of items; -1 where fewer than k were left to show.
      score: their scores; ``-inf`` there.
      ties: None where nobody counted: then places of equal score are equals.
      alike: queries to whom all items that could be shown, two at least, score the same; None where
        nobody looked.
    """

    item: Int[np.ndarray, "Q k"]
    score: Float[np.ndarray, "Q k"]
    ties: Ties | None = None
    alike: Bool[np.ndarray, "Q"] | None = None


def top_lists(
    score: Callable[[Any, Int[Array, "B"], Int[Array, "I"]], Float[Array, "B I"]],
    reps: Any,
    queries: Int[np.ndarray, "Q"],
    n_items: int,
    k: int,
    *,
    seen: Csr | None = None,
    relevant: Csr | None = None,
    tie_break: Float[np.ndarray, "I"] | None = None,
    block_size: int | None = None,
    on_progress: OnProgress | None = None,
) -> TopLists:
    """Ranks the whole catalogue for each query and keeps the top ``k``.

    One program, traced once, runs over blocks of queries and holds ``block_size * n_items`` scores.
    On the CPU, scores of an item-item table (``ops.TableScore``) are a sparse product instead,
    which has the lists of that program and reads only items that a history leads to.
    Fewer queries than a block, and the items to leave out, are filled up to one of few sizes: what
    was compiled for some queries serves others, too.
    Items that nothing tells apart come in a fixed pseudo-random order (``ops.tie_rank``).

    Args:
      score: a model's ``score``; pass the same function again to reuse its compiled program.
      seen: items to leave out, by query row; None leaves out nothing.
      relevant: items to find, by query row: then ``ties`` are counted, for metrics that do not
        depend on the order of equals.
      tie_break: of items of equal score the one with the larger number comes first, such as the
        more popular one; None goes by chance alone.
      on_progress: called after every block with the number of queries done, and of all.

    Raises:
      InputError: ``k`` exceeds the catalogue, there are no queries, or scores are not numbers.
    """
    if not 1 <= k <= n_items:
        raise InputError(f"k is {k} but the catalogue has {n_items} items; give 1 to {n_items}")
    if len(queries) == 0:
        raise InputError("there are no users to rank for; at least 1 is needed")
    order, level = _tie_order(n_items, tie_break)
    place = np.argsort(order).astype(np.int32)  # Columns of scores stand in the order of ties.
    factors = _factors(score, reps, n_items)
    if factors is not None:
        ties_of = Order(order, place, level[place])
        found = sparse_blocks(*factors, queries, k, ties_of, seen, relevant)
    else:
        found = _dense_blocks(
            score, reps, queries, k, order, level, place, seen, relevant, block_size
        )
    blocks, done = [], 0
    for block in found:
        blocks.append(block)
        done += len(block.item)
        if on_progress is not None:
            on_progress(done, len(queries))
    item, best, n_tied, n_tied_relevant, alike = (
        np.concatenate(parts) for parts in zip(*blocks, strict=True)
    )
    check_scores(int(np.isnan(best).any(axis=1).sum()), len(queries))
    ties = None
    if relevant is not None:
        levels = np.append(level[place], -1)[item]  # -1, no item, is at the end.
        ends = (best[:, 1:] != best[:, :-1]) | (levels[:, 1:] != levels[:, :-1])
        group = np.cumsum(np.pad(ends, ((0, 0), (1, 0))), axis=1)
        last = (group == group[:, -1:]) & (item >= 0)
        hits = last & membership_mask(relevant, queries, item)
        below = n_tied - last.sum(1), n_tied_relevant - hits.sum(1)
        ties = Ties(group, *(np.maximum(count, 0) for count in below))
    return TopLists(item, best, ties, alike)


def _factors(score: Callable, reps: Any, n_items: int):
    """The two matrices that a sparse ranking multiplies; None where scores are ranked densely."""
    if not isinstance(score, TableScore) or jax.default_backend() != "cpu":
        return None
    factors = score.factors(reps)
    if factors is None or factors[1].shape != (n_items, n_items):
        return None
    return factors if all(np.all(each.data >= 0) for each in factors) else None


def _dense_blocks(
    score, reps, queries, k, order, level, place, seen, relevant, block_size
) -> Iterator[Block]:
    run = partial(_block, score, k, reps, order, level)
    items = [ItemsOf(lists, queries) for lists in (seen, relevant)]
    size = block_size or block_of(len(order), len(queries))
    for found in in_blocks(run, queries, items, size, place):
        yield Block(*found)


def _tie_order(
    n_items: int, tie_break: Float[np.ndarray, "I"] | None
) -> tuple[Int[np.ndarray, "I"], Int[np.ndarray, "I"]]:
    """Items in the order of ties, and a number that is equal where only chance decides."""
    if tie_break is None:
        return tie_order(n_items), np.zeros(n_items, np.int32)
    _, level = np.unique(np.asarray(tie_break), return_inverse=True)
    order = np.lexsort((tie_rank(np.arange(n_items)), -level))
    return order.astype(np.int32), level[order].astype(np.int32)


def put_rows(lists: TopLists, where: Bool[np.ndarray, "Q"], instead: TopLists) -> None:
    """Overwrites the lists of some queries, in place."""
    lists.item[where], lists.score[where] = instead.item, instead.score


def membership_mask(
    pairs: Csr, rows: Int[np.ndarray, "Q"], item: Int[np.ndarray, "Q k"]
) -> Bool[np.ndarray, "Q k"]:
    """Whether each row of ``pairs`` has each of its items; -1 is in no row."""
    return np.asarray(_contains(pairs, np.broadcast_to(rows[:, None], item.shape), item))


_contains = jax.jit(contains)


@partial(jax.jit, static_argnums=(0, 1))
def _block(score, k, reps, order, level, queries, rows, columns, wanted_rows, wanted_columns):
    """Lists, the size of the last place's group of equals, how many of it are relevant, and whether
    all items that may be shown, two at least, score alike."""
    scores = mask_pairs(score(reps, queries, order), rows, columns)  # [B, I]
    best, column = top_k(scores, min(k + 1, scores.shape[1]))
    after, (best, column) = best[:, -1], (best[:, :k], column[:, :k])
    item = jnp.where(best == -jnp.inf, -1, order[column])
    first, last, last_level = best[:, :1], best[:, -1:], level[column[:, -1:]]
    n_struck = jax.ops.segment_sum(jnp.ones_like(rows), rows, len(last))

    def count(scores):
        full = last[:, 0] > -jnp.inf
        n_tied = jnp.sum((scores == last) & (level[None, :] == last_level), axis=1) * full
        wanted = scores.at[wanted_rows, wanted_columns].get(mode="fill", fill_value=jnp.nan)
        own = jnp.minimum(wanted_rows, len(last) - 1)  # Row B is padding.
        ties = (wanted == last[own, 0]) & (level[wanted_columns] == last_level[own, 0])
        n_relevant = jax.ops.segment_sum(ties.astype(jnp.int32), wanted_rows, len(last)) * full
        n_shown = scores.shape[1] - n_struck
        alike = (jnp.sum(scores == first, axis=1) == n_shown) & (n_shown > 1)
        return n_tied, n_relevant, alike

    def nothing(scores):
        del scores  # Where no list ends among equals, that is not read once more.
        return jnp.zeros_like(n_struck), jnp.zeros_like(n_struck), jnp.zeros_like(n_struck, bool)

    return item, best, *jax.lax.cond(jnp.any(after == last[:, 0]), count, nothing, scores)
