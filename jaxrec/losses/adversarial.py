"""Losses that weigh negatives by the model's own scores."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxrec.base import InputError, Loss


def self_adversarial(margin: float = 0.0, temperature: float = 1.0) -> Loss:
    """Builds negative sampling whose negatives count by a softmax of their scores.

    Mean over queries of ``-log s(m + f_positive) - sum_n p_n log s(-m - f_n)`` with
    ``p = softmax(temperature * f)`` over the query's negatives, not differentiated; several
    positives are averaged. For scores that are distances below 0, m is the distance within which
    facts lie. Queries without a positive do not count; candidates are labeled above 0, or 0.

    Sun et al., RotatE, ICLR 2019, https://arxiv.org/abs/1902.10197, equations 5 and 6, where m is
    gamma and ``temperature`` alpha.

    Raises:
      InputError: a margin or temperature that is no finite number of 0 or more.

    >>> scores, labels = jnp.array([[-1.0, -3.0, -3.0]]), jnp.array([[1.0, 0.0, 0.0]])
    >>> print(f"{self_adversarial(margin=2.0)(scores, labels, jnp.ones((1, 3), bool)):.4f}")
    0.6265
    """
    for name, value in (("margin", margin), ("temperature", temperature)):
        if not 0 <= value < math.inf:
            raise InputError(f"{name} is {value}; give a number of 0 or more, such as 1")

    def loss(
        scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
    ) -> Float[Array, ""]:
        scores = jnp.where(where, scores, 0)  # Before exp: a masked inf would give nan gradients.
        positive, negative = where & (labels > 0), where & (labels == 0)
        fixed = jax.lax.stop_gradient(temperature * scores)
        highest = jnp.max(fixed, axis=1, keepdims=True, where=negative, initial=-jnp.inf)
        some = jnp.any(negative, axis=1, keepdims=True)
        shifted = jnp.where(negative, fixed - jnp.where(some, highest, 0), -jnp.inf)
        weight = jnp.exp(shifted)
        weight = weight / jnp.where(some, jnp.sum(weight, axis=1, keepdims=True), 1)
        n_positive = jnp.sum(positive, axis=1)
        missed = jnp.sum(jax.nn.softplus(-margin - scores), axis=1, where=positive)
        fooled = jnp.sum(weight * jax.nn.softplus(margin + scores), axis=1)
        each = missed / jnp.maximum(n_positive, 1) + fooled
        counts = n_positive > 0
        return jnp.sum(each, where=counts) / jnp.maximum(jnp.sum(counts), 1)

    return loss
