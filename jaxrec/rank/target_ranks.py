"""Where one item stands among all, for queries of any kind: what came next, or a fact's answer."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from jaxrec.base import InputError
from jaxrec.ops import mask_pairs
from jaxrec.rank.blocks import ItemsOf, OnProgress, block_of, in_blocks


class TargetRanks(NamedTuple):
    """Where each target stands.

    Attributes:
      n_above: items ranked above it; all items where it may not be shown.
      n_tied: items that nothing tells apart from it, itself among them.
      alike: whether all items that may be shown score the same.
    """

    n_above: Int[np.ndarray, "Q"]
    n_tied: Int[np.ndarray, "Q"]
    alike: Bool[np.ndarray, "Q"]


def target_ranks(
    score: Callable[..., Any],
    reps: Any,
    queries: Any,
    target: Int[np.ndarray, "Q"],
    n_items: int,
    *,
    hidden: Sequence[ItemsOf] = (),
    shows_target: bool = False,
    tie_break: Float[np.ndarray, "I"] | None = None,
    block_size: int | None = None,
    on_progress: OnProgress | None = None,
) -> TargetRanks:
    """Ranks the whole catalogue for each query and counts what stands above its target.

    Runs over blocks of queries by one program, and holds ``block_size * n_items`` scores.

    Args:
      score: a model's ``score``; pass the same function again to reuse its compiled program.
      queries: a pytree of arrays, a row a query, as ``score`` reads them.
      hidden: items to leave out.
      shows_target: whether a target stays that is among ``hidden``.
      tie_break: of items of equal score the one with the larger number comes first, such as the
        more popular one; None goes by chance alone.
      on_progress: called after every block with the number of queries done, and of all.

    Raises:
      InputError: scores that are NaN.
    """
    number = np.zeros(n_items) if tie_break is None else np.asarray(tie_break)
    level = np.unique(number, return_inverse=True)[1].astype(np.int32)
    items = hidden or [ItemsOf(None, np.arange(len(target)))]

    def run(queries, *pairs):
        query, target = queries
        rows, columns = (np.concatenate(pairs[end::2]) for end in (0, 1))
        how = score, n_items, shows_target
        return _ranks(_scores(*how, reps, query, target, rows, columns), target, level)

    blocks, done = [], 0
    size = block_size or block_of(n_items, len(target))
    for block in in_blocks(run, (queries, target), items, size):
        blocks.append(block)
        done += len(block[0])
        if on_progress is not None:
            on_progress(done, len(target))
    *ranks, wrong = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    check_scores(int(wrong.sum()), len(target))
    return TargetRanks(*ranks)


def check_scores(n_wrong: int, n_queries: int) -> None:
    """Refuses scores that are NaN.

    Raises:
      InputError: says of how many queries.
    """
    if n_wrong:
        raise InputError(
            f"scores of {n_wrong} of {n_queries} queries are NaN; train at a lower learning rate, "
            "or give the model other options"
        )


@partial(jax.jit, static_argnums=(0, 1, 2))
def _scores(score, n_items, shows_target, reps, query, target, rows, columns):
    """Scores of all items, ``-inf`` where they are hidden.

    A program of its own, for in one with the sums XLA gathers every score once for each sum.
    """
    scores = score(reps, query, jnp.arange(n_items))  # [B, I]
    if shows_target:
        itself = columns == target.at[rows].get(mode="fill", fill_value=-1)
        rows = jnp.where(itself, len(target), rows)
    return mask_pairs(scores, rows, columns) if len(rows) else scores


@jax.jit
def _ranks(scores, target, level):
    """The fields of ``TargetRanks``, and whether a query has a score that is NaN."""
    own = jnp.take_along_axis(scores, target[:, None], axis=1)
    level, own_level = level[None, :], level[target][:, None]
    equal = scores == own
    n_above = jnp.sum((scores > own) | (equal & (level > own_level)), axis=1)
    n_tied = jnp.sum(equal & (level == own_level), axis=1)
    shown = own[:, 0] > -jnp.inf
    n_above, n_tied = jnp.where(shown, n_above, scores.shape[1]), jnp.where(shown, n_tied, 1)
    highest = jnp.max(scores, axis=1)
    lowest = jnp.min(jnp.where(scores > -jnp.inf, scores, jnp.inf), axis=1)
    return n_above, n_tied, lowest == highest, jnp.isnan(highest)
