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
    scores = jnp.where(where, scores, 0)  # Before exp: a masked inf would give nan gradients.
    some = jnp.any(where, axis=1, keepdims=True)
    fixed = jax.lax.stop_gradient(scores)
    highest = jnp.max(fixed, axis=1, keepdims=True, where=where, initial=-jnp.inf)
    shifted = jnp.where(where, scores - jnp.where(some, highest, 0), 0)
    total = jnp.sum(jnp.exp(shifted), axis=1, keepdims=True, where=where)
    log_softmax = shifted - jnp.log(jnp.where(some, total, 1))
    positive = jnp.sum(labels, axis=1, where=where)  # [B]
    counts = positive > 0
    entropy = -jnp.sum(labels * log_softmax, axis=1, where=where)
    mean = entropy / jnp.where(counts, positive, 1)
    return jnp.sum(mean, where=counts) / jnp.maximum(jnp.sum(counts), 1)
