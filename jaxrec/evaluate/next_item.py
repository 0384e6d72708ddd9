"""Next-item recommendation: metrics of lists with one relevant item, the one that came next."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from jaxrec.base import InputError
from jaxrec.evaluate.measure import Measured
from jaxrec.graph import Csr, Prefixes, Sessions, length_buckets, pad_prefixes
from jaxrec.rank import ItemsOf, OnProgress, TargetRanks, block_of, target_ranks


def next_item_metrics(ranks: TargetRanks, ks: Sequence[int]) -> dict[str, Float[np.ndarray, "Q"]]:
    """``hit``, ``mrr`` and ``ndcg`` at every k, a vector over targets each, in float64.

    With one target a list, hit@k is recall@k, and the P@k of papers on sessions; mrr@k is 0 for
    ranks beyond k. In expectation over the orders of equals, as in ``evaluate.metrics``: of n tied
    items the target has each of n places with chance 1 / n.

    Raises:
      InputError: a k below 1.

    >>> ranks = TargetRanks(np.array([0, 1]), np.array([1, 2]), np.array([False, False]))
    >>> {name: vector.tolist() for name, vector in next_item_metrics(ranks, [2]).items()}
    {'hit@2': [1.0, 0.5], 'mrr@2': [1.0, 0.25], 'ndcg@2': [1.0, 0.31546487678572877]}
    """
    if min(ks) < 1:
        raise InputError(f"k is {min(ks)}; give the length of a list, 1 or more")
    place = np.arange(1, max(ks) + 1)
    gains = {"hit": np.ones(len(place)), "mrr": 1 / place, "ndcg": 1 / np.log2(place + 1)}
    vectors = {}
    for name, gain in gains.items():
        total = np.append(0, np.cumsum(gain))
        for k in ks:
            ends = (np.minimum(n, k) for n in (ranks.n_above, ranks.n_above + ranks.n_tied))
            above, through = (total[end] for end in ends)
            vectors[f"{name}@{k}"] = (through - above) / ranks.n_tied
    return vectors


def session_ranks(
    score: Callable[..., Any],
    reps: Any,
    sessions: Sessions,
    prefixes: Prefixes,
    n_items: int,
    *,
    hide_seen: bool = False,
    hidden: ItemsOf | None = None,
    tie_break: Float[np.ndarray, "I"] | None = None,
    max_length: int | None = None,
    block_size: int | None = None,
    on_progress: OnProgress | None = None,
) -> TargetRanks:
    """Where each target stands among all items (``rank.target_ranks``).

    Prefixes are padded to few widths (``graph.length_buckets``), and each has its own program.

    Args:
      score: a model's ``score``, whose queries are ``graph.SessionQuery``.
      prefixes: places in ``sessions``.
      hide_seen: leave out all items of the prefix. In sessions people return to items, so a target
        may be one of them; where each item of a user is a new one, none is.
      hidden: other items of each prefix to leave out.
      tie_break: numbers of items, such as their popularity, that order equal scores.
      max_length: latest items of a prefix that the model reads; None is all.

    Raises:
      InputError: no targets, items outside the catalogue, or scores that are NaN.
    """
    n = len(prefixes.target)
    if not n:
        raise InputError("there are no targets to rank; give sessions of two items or more")
    if (highest := int(sessions.item.max())) >= n_items:
        raise InputError(f"n_items is {n_items} but sessions hold item row {highest}; give more")
    block = block_size or block_of(n_items, n)  # One for all widths.
    order, found, done = [], [], 0
    for width, rows in length_buckets(prefixes, max_length).items():
        session, length = prefixes.session[rows], prefixes.length[rows]
        left_out = [] if hidden is None else [hidden._replace(row=hidden.row[rows])]
        if hide_seen:
            left_out.append(_prefix_items(sessions, session, length))
        part = target_ranks(
            score,
            reps,
            pad_prefixes(sessions, session, length, width),
            prefixes.target[rows],
            n_items,
            hidden=left_out,
            tie_break=tie_break,
            block_size=block,
        )
        order.append(rows)
        found.append(part)
        done += len(rows)
        if on_progress is not None:
            on_progress(done, n)
    back = np.argsort(np.concatenate(order))
    return TargetRanks(*(np.concatenate(parts)[back] for parts in zip(*found, strict=True)))


def _prefix_items(sessions: Sessions, session, length) -> ItemsOf:
    """What stands in each prefix."""
    indptr = np.append(0, np.cumsum(length)).astype(np.int32)
    start = np.repeat(np.asarray(sessions.indptr)[session] - indptr[:-1], length)
    items = np.asarray(sessions.item)[start + np.arange(indptr[-1])]
    row = np.arange(len(length), dtype=np.int32)
    return ItemsOf(Csr(indptr, items, row), row)


def measure_next_item(
    score: Callable[..., Any],
    reps: Any,
    sessions: Sessions,
    prefixes: Prefixes,
    n_items: int,
    ks: Sequence[int],
    **how: Any,
) -> Measured:
    """Means over targets; ``per_user`` holds the vectors over targets, in the order of prefixes.

    Args:
      how: the other keywords of ``session_ranks``.

    Raises:
      InputError: as ``session_ranks`` and ``next_item_metrics``.
    """
    ranks = session_ranks(score, reps, sessions, prefixes, n_items, **how)
    vectors = next_item_metrics(ranks, ks)
    mean = {name: float(vector.mean()) for name, vector in vectors.items()}
    return Measured(mean, vectors, int(ranks.alike.sum()))
