"""Ranking metrics: ``(scores, labels, where, k) -> [B]``, one value a list, no averaging.

``scores`` and binary ``labels`` are ``[B, C]``, ``where`` is False at padding, ``k`` cuts the list.
When the list is only the top of a longer ranking, ``n_relevant`` ``[B]`` says how many relevant
items there are in all; by default those in the list. A list without relevant items scores 0.
Equal scores rank in the order of the list.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int


def recall(
    scores: Float[Array, "B C"],
    labels: Float[Array, "B C"],
    where: Bool[Array, "B C"],
    k: int,
    n_relevant: Int[Array, "B"] | None = None,
) -> Float[Array, "B"]:
    """Hits in the top ``k`` over all relevant items (not over ``min(k, relevant)``).

    >>> scores, labels = jnp.array([[0.3, 0.2, 0.1]]), jnp.array([[1.0, 0.0, 1.0]])
    >>> recall(scores, labels, jnp.ones((1, 3), bool), k=2).tolist()
    [0.5]
    """
    hits, total = _ranked(scores, labels, where, k, n_relevant)
    return hits.sum(1) / jnp.maximum(total, 1)


def precision(
    scores: Float[Array, "B C"],
    labels: Float[Array, "B C"],
    where: Bool[Array, "B C"],
    k: int,
    n_relevant: Int[Array, "B"] | None = None,
) -> Float[Array, "B"]:
    """Hits in the top ``k`` over ``k``, also when the list is shorter."""
    hits, _ = _ranked(scores, labels, where, k, n_relevant)
    return hits.sum(1) / k


def hit_rate(
    scores: Float[Array, "B C"],
    labels: Float[Array, "B C"],
    where: Bool[Array, "B C"],
    k: int,
    n_relevant: Int[Array, "B"] | None = None,
) -> Float[Array, "B"]:
    """One when the top ``k`` holds any relevant item."""
    hits, _ = _ranked(scores, labels, where, k, n_relevant)
    return hits.max(1)


def ndcg(
    scores: Float[Array, "B C"],
    labels: Float[Array, "B C"],
    where: Bool[Array, "B C"],
    k: int,
    n_relevant: Int[Array, "B"] | None = None,
) -> Float[Array, "B"]:
    """Discounted gain ``sum hit_j / log2(j + 1)`` over that of an ideal list.

    The ideal list holds ``min(k, relevant)`` hits. NGCF's first code took the ideal order of the
    hits *retrieved* instead, which about doubles the value; this is not that.

    Järvelin and Kekäläinen, Cumulated gain-based evaluation, TOIS 2002, section 2.3, with the
    ``log2(rank + 1)`` discount of the recommender literature.
    """
    hits, total = _ranked(scores, labels, where, k, n_relevant)
    discount = 1 / jnp.log2(jnp.arange(hits.shape[1]) + 2.0)  # [k]
    ideal = jnp.arange(hits.shape[1])[None, :] < total[:, None]
    best = jnp.sum(jnp.where(ideal, discount[None, :], 0), axis=1)
    return hits @ discount / jnp.where(best > 0, best, 1)


def reciprocal_rank(
    scores: Float[Array, "B C"],
    labels: Float[Array, "B C"],
    where: Bool[Array, "B C"],
    k: int,
    n_relevant: Int[Array, "B"] | None = None,
) -> Float[Array, "B"]:
    """One over the rank of the first hit in the top ``k``, 0 without one; its mean is MRR."""
    hits, _ = _ranked(scores, labels, where, k, n_relevant)
    return jnp.max(hits / (1.0 + jnp.arange(hits.shape[1]))[None, :], axis=1)


def average_precision(
    scores: Float[Array, "B C"],
    labels: Float[Array, "B C"],
    where: Bool[Array, "B C"],
    k: int,
    n_relevant: Int[Array, "B"] | None = None,
) -> Float[Array, "B"]:
    """Precision at every hit of the top ``k``, summed, over all relevant items; its mean is MAP.

    The denominator is trec_eval's; some libraries divide by ``min(k, relevant)``.
    """
    hits, total = _ranked(scores, labels, where, k, n_relevant)
    precision_at = jnp.cumsum(hits, axis=1) / (1.0 + jnp.arange(hits.shape[1]))[None, :]
    return jnp.sum(hits * precision_at, axis=1) / jnp.maximum(total, 1)


METRICS = {
    "recall": recall,
    "precision": precision,
    "hit": hit_rate,
    "ndcg": ndcg,
    "mrr": reciprocal_rank,
    "map": average_precision,
}
"""Metrics by the name they carry in reports: ``recall@20`` is ``METRICS["recall"]`` at k = 20."""


def _ranked(scores, labels, where, k, n_relevant):
    """Labels in rank order, cut at ``k`` and padded to it, and the number of relevant items."""
    relevant = jnp.where(where, labels, 0)
    total = jnp.sum(relevant > 0, axis=1) if n_relevant is None else n_relevant
    order = jnp.argsort(jnp.where(where, -scores, jnp.inf), axis=1, stable=True)[:, :k]
    hits = jnp.take_along_axis(relevant, order, axis=1)
    return jnp.pad(hits, ((0, 0), (0, k - hits.shape[1]))), total
