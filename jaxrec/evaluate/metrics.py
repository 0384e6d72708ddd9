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

from jaxrec.evaluate.places import Count, Cut, Mask, Matrix, Places, Vector, places


def recall(
    scores: Matrix,
    labels: Matrix,
    where: Mask,
    k: int,
    n_relevant: Count | None = None,
    cut: Cut | None = None,
) -> Vector:
    """Hits in the top ``k`` over all relevant items (not over ``min(k, relevant)``).

    >>> import numpy as np
    >>> scores, labels = np.array([[0.3, 0.2, 0.1]]), np.array([[1.0, 0.0, 1.0]])
    >>> recall(scores, labels, np.ones((1, 3), bool), k=2).tolist()
    [0.5]
    >>> recall(np.zeros((1, 3)), labels, np.ones((1, 3), bool), k=2).tolist()  # 2 of 3 ties.
    [0.6666666666666666]
    """
    return _recall(places(scores, labels, where, k, n_relevant, cut))


def precision(
    scores: Matrix,
    labels: Matrix,
    where: Mask,
    k: int,
    n_relevant: Count | None = None,
    cut: Cut | None = None,
) -> Vector:
    """Hits in the top ``k`` over ``k``, also when the list is shorter."""
    return _precision(places(scores, labels, where, k, n_relevant, cut))


def hit_rate(
    scores: Matrix,
    labels: Matrix,
    where: Mask,
    k: int,
    n_relevant: Count | None = None,
    cut: Cut | None = None,
) -> Vector:
    """One when the top ``k`` holds any relevant item; the chance of that where scores tie."""
    return _hit_rate(places(scores, labels, where, k, n_relevant, cut))


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
    return _ndcg(places(scores, labels, where, k, n_relevant, cut))


def reciprocal_rank(
    scores: Matrix,
    labels: Matrix,
    where: Mask,
    k: int,
    n_relevant: Count | None = None,
    cut: Cut | None = None,
) -> Vector:
    """One over the rank of the first hit in the top ``k``, 0 without one; its mean is MRR."""
    return _reciprocal_rank(places(scores, labels, where, k, n_relevant, cut))


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
    return _average_precision(places(scores, labels, where, k, n_relevant, cut))


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
    longest = places(scores, labels, where, max(ks), n_relevant, cut)
    heads = {k: longest.head(k) for k in ks}
    return {f"{name}@{k}": formula(heads[k]) for name, formula in _FORMULAS.items() for k in ks}


def _recall(at: Places):
    return at.hit.sum(1) / _at_least_one(at.n_relevant)


def _precision(at: Places):
    return at.hit.sum(1) / len(at.rank)


def _hit_rate(at: Places):
    return at.first.sum(1)


def _ndcg(at: Places):
    xp = at.hit.__array_namespace__()
    discount = 1 / xp.log2(at.rank + 1)  # [k]
    ideal = at.rank[None, :] <= at.n_relevant[:, None]
    best = xp.sum(xp.where(ideal, discount[None, :], 0), axis=1)
    return at.hit @ discount / xp.where(best > 0, best, 1)


def _reciprocal_rank(at: Places):
    return at.first @ (1 / at.rank)


def _average_precision(at: Places):
    return (at.hit * (at.hits_before + 1)) @ (1 / at.rank) / _at_least_one(at.n_relevant)


_FORMULAS = {
    "recall": _recall,
    "precision": _precision,
    "hit": _hit_rate,
    "ndcg": _ndcg,
    "mrr": _reciprocal_rank,
    "map": _average_precision,
}


def _at_least_one(count):
    return count.__array_namespace__().maximum(count, 1)
