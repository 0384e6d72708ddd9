"""Losses on each score alone."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxrec.base import InputError, Loss


def binary_cross_entropy(
    scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
) -> Float[Array, ""]:
    """Binary cross-entropy of ``sigmoid(scores)`` against labels in ``[0, 1]``, mean over entries.

    >>> scores, labels = jnp.array([[0.0, 2.0]]), jnp.array([[1.0, 0.0]])
    >>> print(f"{binary_cross_entropy(scores, labels, jnp.array([[True, False]])):.4f}")
    0.6931
    """
    loss = jax.nn.softplus(scores) - labels * scores
    return jnp.sum(loss, where=where) / jnp.maximum(jnp.sum(where), 1)


def balanced_binary_cross_entropy(
    scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
) -> Float[Array, ""]:
    """Binary cross-entropy with positives and negatives averaged apart, and the means added.

    ``-sum_P log s(y) / |P| - sum_N log(1 - s(y)) / |N|`` over valid entries: however many negatives
    are drawn, both kinds weigh the same. A label between 0 and 1 counts as so much of a positive,
    and the rest of a negative.

    >>> scores, labels = jnp.zeros((1, 4)), jnp.array([[1.0, 0.0, 0.0, 0.0]])
    >>> print(f"{balanced_binary_cross_entropy(scores, labels, jnp.ones((1, 4), bool)):.4f}")
    1.3863
    """
    positive, negative = jnp.where(where, labels, 0), jnp.where(where, 1 - labels, 0)
    mean = lambda loss, weight: jnp.sum(loss * weight) / jnp.maximum(jnp.sum(weight), 1)
    return mean(jax.nn.softplus(-scores), positive) + mean(jax.nn.softplus(scores), negative)


def negative_sampling(n_negatives: float = 5.0) -> Loss:
    """Builds ``-log s(positive) - Q E_n log s(-negative)``, the mean over valid lists.

    Column 0 is the positive, and E the mean over the valid negatives of its list, so the
    expectation is that of Q negatives, however many are drawn. Hamilton et al., GraphSAGE,
    NeurIPS 2017, https://arxiv.org/abs/1706.02216, equation 1.

    Args:
      n_negatives: weight Q of the negatives.

    Raises:
      InputError: ``n_negatives`` not above 0.

    >>> scores, labels = jnp.zeros((1, 3)), jnp.array([[1.0, 0.0, 0.0]])
    >>> print(f"{negative_sampling(2.0)(scores, labels, jnp.ones((1, 3), bool)):.4f}")
    2.0794
    """
    if not n_negatives > 0:
        raise InputError(f"n_negatives is {n_negatives}; give a number above 0, such as 5")

    def loss(
        scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
    ) -> Float[Array, ""]:
        del labels  # Positions carry the labels.
        valid, others = where[:, 0], where[:, 1:]
        total = jnp.sum(jax.nn.softplus(scores[:, 1:]), axis=1, where=others)
        fooled = total / jnp.maximum(jnp.sum(others, axis=1), 1)
        missed = jax.nn.softplus(-scores[:, 0])
        return jnp.sum(missed + n_negatives * fooled, where=valid) / jnp.maximum(jnp.sum(valid), 1)

    return loss
