"""Where the item that came next in a session stands among all items."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from jaxrec.base import InputError
from jaxrec.evaluate.full_ranking import OnProgress, block_of
from jaxrec.graph import Prefixes, Sessions, length_buckets, pad_prefixes
from jaxrec.ops import rounded_up, strike_out


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
    sessions: Sessions,
    prefixes: Prefixes,
    n_items: int,
    *,
    hide_seen: bool = False,
    tie_break: Float[np.ndarray, "I"] | None = None,
    max_length: int | None = None,
    block_size: int | None = None,
    on_progress: OnProgress | None = None,
) -> TargetRanks:
    """Ranks the sessions catalogue for each prefix and counts what stands above its target.

    Runs over blocks of prefixes padded to the same width (``graph.length_buckets``), by one program
    a width, and holds ``block_size * n_items`` scores.

    Args:
      score: a model's ``score``, whose queries are ``graph.SessionQuery``; pass the same function
        again to reuse its compiled programs.
      prefixes: places in ``sessions``.
      hide_seen: leave out the items of the prefix, all of it. In sessions people return to items,
        and a target may be one of them; it is not where each item of a user is a new one.
      tie_break: of items of equal score the one with the larger number comes first, such as the
        more popular one; None goes by chance alone.
      max_length: latest items of a prefix that the model reads; None is all.
      on_progress: called after every block with the number of queries done, and of all.

    Raises:
      InputError: no targets, items outside the catalogue, or scores that are NaN.
    """
    if not len(prefixes.target):
        raise InputError("there are no targets to rank; give sessions of two items or more")
    if (highest := int(sessions.item.max())) >= n_items:
        raise InputError(f"n_items is {n_items} but sessions hold item row {highest}; give more")
    number = np.zeros(n_items) if tie_break is None else np.asarray(tie_break)
    level = np.unique(number, return_inverse=True)[1].astype(np.int32)
    found = [np.zeros(len(prefixes.target), kind) for kind in (np.int32, np.int32, bool, bool)]
    block = min(block_size or block_of(n_items), rounded_up(len(prefixes.target), 3, least=8))
    done = 0
    for width, rows in length_buckets(prefixes, max_length).items():
        longest = rounded_up(int(prefixes.length[rows].max()), significant_bits=1, least=width)
        for first in range(0, len(rows), block):
            own = np.resize(rows[first : first + block], block)
            place = sessions, prefixes.session[own], prefixes.length[own]
            hidden = pad_prefixes(*place, longest) if hide_seen else None
            query = pad_prefixes(*place, width)
            scores = _scores(score, n_items, reps, query, hidden)
            ranks = _ranks(scores, prefixes.target[own], level)
            for column, part in zip(found, ranks, strict=True):
                column[own] = np.asarray(part)
            done += len(rows[first : first + block])
            if on_progress is not None:
                on_progress(done, len(prefixes.target))
    if n_wrong := int(found[3].sum()):
        raise InputError(
            f"scores of {n_wrong} of {len(prefixes.target)} queries are NaN; train at a lower "
            "learning rate, or give the model other options"
        )
    return TargetRanks(*found[:3])


@partial(jax.jit, static_argnums=(0, 1))
def _scores(score, n_items, reps, query, hidden):
    """Scores of all items; hidden ones are ``-inf``.

    A program of its own, for in one with the sums XLA gathers every score once for each sum.
    """
    scores = score(reps, query, jnp.arange(n_items))  # [B, I]
    if hidden is None:
        return scores
    n_rows = len(scores)
    row = jnp.where(hidden.mask, jnp.arange(n_rows)[:, None], n_rows)
    return strike_out(scores, row.ravel(), hidden.item.ravel())


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
