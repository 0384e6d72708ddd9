"""Losses on a list as a whole."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


def softmax(
    scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
) -> Float[Array, ""]:
    """Softmax cross-entropy: mean over queries of ``-sum_c y_c log softmax(scores)_c``.

    ``y = labels / sum(labels)`` and the softmax are over valid candidates; labels are 0 or more.
    Queries without a positive, or without any valid candidate, do not count. Candidates may be all
    items, some that were drawn (with ``Batch.log_q``, sampled softmax) or the positives of the
    batch (in-batch softmax).

    Cao et al., ListNet, ICML 2007; Covington et al., Deep neural networks for YouTube
    recommendations, RecSys 2016, section 3.1.

    >>> scores, labels = jnp.array([[2.0, 0.0]]), jnp.array([[1.0, 0.0]])
    >>> print(f"{softmax(scores, labels, jnp.ones((1, 2), bool)):.4f}")
    0.1269
    """
    entropy, positive = _cross_entropy(scores, labels, where)
    counts = positive > 0
    mean = entropy / jnp.where(counts, positive, 1)
    return jnp.sum(mean, where=counts) / jnp.maximum(jnp.sum(counts), 1)


def multinomial(
    scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
) -> Float[Array, ""]:
    """Multinomial likelihood: mean over positives of ``-log softmax(scores)``, by label.

    As ``softmax``, but a query counts as often as it has positives: what a softmax over questions
    with one positive each is, with one row a query.

    Liang et al., Variational autoencoders for collaborative filtering, WWW 2018, equation 2.

    >>> scores, labels = jnp.zeros((2, 4)), jnp.array([[1.0, 1, 1, 0], [1, 0, 0, 0]])
    >>> where = jnp.array([[True] * 4, [True, True, False, False]])
    >>> print(f"{multinomial(scores, labels, where):.4f}")  # (3 log 4 + log 2) / 4
    1.2130
    """
    entropy, positive = _cross_entropy(scores, labels, where)
    total = jnp.sum(positive)
    return jnp.sum(entropy) / jnp.where(total > 0, total, 1)


def _cross_entropy(scores, labels, where) -> tuple[Float[Array, "B"], Float[Array, "B"]]:
    """``-sum_c labels_c log softmax(scores)_c`` of every query, and the sum of its labels."""
    lowest = jnp.finfo(scores.dtype).min / 2  # Finite, so that no label of 0 makes nan of it.
    fixed = jax.lax.stop_gradient(scores)
    highest = jnp.max(fixed, axis=1, keepdims=True, where=where, initial=lowest)
    shifted = jnp.where(where, scores - highest, lowest)  # Nor may a masked inf reach exp.
    total = jnp.sum(jnp.exp(shifted), axis=1)  # At least 1 where there is a candidate.
    log_total = jnp.log(jnp.where(total > 0, total, 1))
    labels = jnp.where(where, labels, 0)
    positive = jnp.sum(labels, axis=1)
    # Sums of arrays as they are made: the logarithms of all candidates would be another.
    return positive * log_total - jnp.sum(labels * shifted, axis=1), positive
