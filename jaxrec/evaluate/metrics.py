"""Ranking metrics: ``(scores, labels, where, k) -> [B]``, one value a list, no averaging.

``scores`` and binary ``labels`` are ``[B, C]``, ``where`` is False at padding, ``k`` cuts the list.
NumPy and JAX arrays both work, and the result is one of their kind and precision. When the list is
only the top of a longer ranking, ``n_relevant`` ``[B]`` says how many relevant items there are in
all (by default those in the list), and ``cut`` what the list's last score is shared with below it.
A list without relevant items scores 0.

Equal scores have no order: every metric is its expected value over all orders of equal scores, so
it depends on scores alone and not on how items are numbered. McSherry and Najork, Computing
information retrieval performance measures efficiently in the presence of tied scores, ECIR 2008.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jax import lax
from jaxtyping import Bool, Float, Int

from jaxrec.base import InputError

Vector = Float[Any, "B"]
Matrix = Float[Any, "B C"]
Mask = Bool[Any, "B C"]
Count = Int[Any, "B"]


class Cut(NamedTuple):
    """Items below the end of each list whose score is the list's last one.

    Attributes:
      n_items: how many there are.
      n_relevant: how many of them are relevant.
    """

    n_items: Count
    n_relevant: Count


def recall(
    scores: Matrix,
    labels: Matrix,
    where: Mask,
    k: int,
    n_relevant: Count | None = None,
    cut: Cut | None = None,
) -> Vector:
    """Hits in the top ``k`` over all relevant items (not over ``min(k, relevant)``).

    >>> scores, labels = np.array([[0.3, 0.2, 0.1]]), np.array([[1.0, 0.0, 1.0]])
    >>> recall(scores, labels, np.ones((1, 3), bool), k=2).tolist()
    [0.5]
    >>> recall(np.zeros((1, 3)), labels, np.ones((1, 3), bool), k=2).tolist()  # 2 of 3 ties.
    [0.6666666666666666]
    """
    return _recall(_places(scores, labels, where, k, n_relevant, cut))


def precision(
    scores: Matrix,
    labels: Matrix,
    where: Mask,
    k: int,
    n_relevant: Count | None = None,
    cut: Cut | None = None,
) -> Vector:
    """Hits in the top ``k`` over ``k``, also when the list is shorter."""
    return _precision(_places(scores, labels, where, k, n_relevant, cut))


def hit_rate(
    scores: Matrix,
    labels: Matrix,
    where: Mask,
    k: int,
    n_relevant: Count | None = None,
    cut: Cut | None = None,
) -> Vector:
    """One when the top ``k`` holds any relevant item; the chance of that where scores tie."""
    return _hit_rate(_places(scores, labels, where, k, n_relevant, cut))


def ndcg(
    scores: Matrix,
    labels: Matrix,
    where: Mask,
    k: int,
    n_relevant: Count | None = None,
    cut: Cut | None = None,
) -> Vector:
    """Discounted gain ``sum hit_j / log2(j + 1)`` over that of an ideal list.

    The ideal list holds ``min(k, relevant)`` hits. NGCF's first code took the ideal order of the
    hits *retrieved* instead, which about doubles the value; this is not that.

    Järvelin and Kekäläinen, Cumulated gain-based evaluation, TOIS 2002, section 2.3, with the
    ``log2(rank + 1)`` discount of the recommender literature.
    """
    return _ndcg(_places(scores, labels, where, k, n_relevant, cut))


def reciprocal_rank(
    scores: Matrix,
    labels: Matrix,
    where: Mask,
    k: int,
    n_relevant: Count | None = None,
    cut: Cut | None = None,
) -> Vector:
    """One over the rank of the first hit in the top ``k``, 0 without one; its mean is MRR."""
    return _reciprocal_rank(_places(scores, labels, where, k, n_relevant, cut))


def average_precision(
    scores: Matrix,
    labels: Matrix,
    where: Mask,
    k: int,
    n_relevant: Count | None = None,
    cut: Cut | None = None,
) -> Vector:
    """Precision at every hit of the top ``k``, summed, over all relevant items; its mean is MAP.

    The denominator is trec_eval's; some libraries divide by ``min(k, relevant)``.
    """
    return _average_precision(_places(scores, labels, where, k, n_relevant, cut))


METRICS = {
    "recall": recall,
    "precision": precision,
    "hit": hit_rate,
    "ndcg": ndcg,
    "mrr": reciprocal_rank,
    "map": average_precision,
}
"""Metrics by the name they carry in reports: ``recall@20`` is ``METRICS["recall"]`` at k = 20."""


def all_metrics(
    scores: Matrix,
    labels: Matrix,
    where: Mask,
    ks: Sequence[int],
    n_relevant: Count | None = None,
    cut: Cut | None = None,
) -> dict[str, Vector]:
    """Every metric of ``METRICS`` at every ``k``: ``{"recall@20": [B], ...}``.

    Args:
      cut: of lists of ``max(ks)`` or more.
    """
    longest = _places(scores, labels, where, max(ks), n_relevant, cut)
    heads = {k: _head(longest, k) for k in ks}
    return {f"{name}@{k}": formula(heads[k]) for name, formula in _FORMULAS.items() for k in ks}


def _head(at: "_Places", k: int) -> "_Places":
    return _Places(
        at.rank[:k], at.hit[:, :k], at.hits_before[:, :k], at.first[:, :k], at.n_relevant
    )


class _Places(NamedTuple):
    """What stands at each of the ``k`` places, in expectation over the orders of equal scores.

    Attributes:
      rank: 1 to ``k``.
      hit: chance that the place holds a relevant item.
      hits_before: expected number of relevant items above, given that the place holds one.
      first: chance that the place holds a relevant item and none above it does.
      n_relevant: relevant items in all.
    """

    rank: Any
    hit: Any
    hits_before: Any
    first: Any
    n_relevant: Any


def _recall(at: _Places):
    return at.hit.sum(1) / _at_least_one(at.n_relevant)


def _precision(at: _Places):
    return at.hit.sum(1) / len(at.rank)


def _hit_rate(at: _Places):
    return at.first.sum(1)


def _ndcg(at: _Places):
    xp = at.hit.__array_namespace__()
    discount = 1 / xp.log2(at.rank + 1)  # [k]
    ideal = at.rank[None, :] <= at.n_relevant[:, None]
    best = xp.sum(xp.where(ideal, discount[None, :], 0), axis=1)
    return at.hit @ discount / xp.where(best > 0, best, 1)


def _reciprocal_rank(at: _Places):
    return at.first @ (1 / at.rank)


def _average_precision(at: _Places):
    return (at.hit * (at.hits_before + 1)) @ (1 / at.rank) / _at_least_one(at.n_relevant)


_FORMULAS = {
    "recall": _recall,
    "precision": _precision,
    "hit": _hit_rate,
    "ndcg": _ndcg,
    "mrr": _reciprocal_rank,
    "map": _average_precision,
}


def _places(scores, labels, where, k, n_relevant, cut) -> _Places:
    """A place in a group of n equal scores, r of them relevant, holds a hit with chance r / n."""
    if k < 1:
        raise InputError(f"k is {k}; give the length of a list, 1 or more")
    xp = scores.__array_namespace__()
    n_rows, width = scores.shape
    kind = scores.dtype
    order = xp.argsort(xp.where(where, -scores, xp.inf), axis=1, stable=True)
    score, there = (xp.take_along_axis(array, order, axis=1) for array in (scores, where))
    relevant = xp.take_along_axis(xp.where(where, labels, 0).astype(kind), order, axis=1)
    place = xp.arange(width)[None, :]
    # Padding ends the list: a place of it is a group of its own.
    tied = (score[:, 1:] == score[:, :-1]) & there[:, 1:] & there[:, :-1]
    begins = xp.concatenate([xp.ones((n_rows, 1), bool), ~tied], axis=1)
    ends = xp.concatenate([~tied, xp.ones((n_rows, 1), bool)], axis=1)
    start = _running_max(xp.where(begins, place, 0))
    to_end = _running_max(xp.where(ends, width - 1 - place, 0)[:, ::-1])[:, ::-1]
    stop = width - 1 - to_end
    before = xp.cumsum(relevant, axis=1) - relevant
    size = (stop - start + 1).astype(kind)
    first_before = xp.take_along_axis(before, start, axis=1)
    r = xp.take_along_axis(before + relevant, stop, axis=1) - first_before
    if cut is not None:
        last = there & (stop == xp.sum(there, axis=1, keepdims=True) - 1)
        size = size + xp.where(last, cut.n_items[:, None], 0)
        r = r + xp.where(last, cut.n_relevant[:, None], 0)
    offset = (place - start).astype(kind)
    hit = r / size
    others = xp.where(size > 1, size - 1, 1)
    hits_before = first_before + offset * (r - 1) / others
    # Without a hit so far, r of the group's remaining places hold one.
    chance = xp.clip(r / xp.maximum(size - offset, 1), 0, 1)
    missed = xp.cumprod(1 - chance, axis=1)
    first = xp.concatenate([xp.ones((n_rows, 1), kind), missed[:, :-1]], axis=1) * chance
    total = xp.sum(relevant > 0, axis=1) if n_relevant is None else n_relevant
    shape = ((0, 0), (0, max(k - width, 0)))
    hit, hits_before, first = (xp.pad(x[:, :k], shape) for x in (hit, hits_before, first))
    return _Places(xp.arange(1, k + 1).astype(kind), hit, hits_before, first, total)


def _running_max(x):
    return np.maximum.accumulate(x, axis=1) if isinstance(x, np.ndarray) else lax.cummax(x, axis=1)


def _at_least_one(count):
    return count.__array_namespace__().maximum(count, 1)
