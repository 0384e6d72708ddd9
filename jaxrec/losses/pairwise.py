"""Losses on differences of scores within a list."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxrec.base import InputError, Loss


def bpr(
    scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
) -> Float[Array, ""]:
    """Bayesian personalized ranking: mean of ``-log sigmoid(positive - negative)``.

    Column 0 is the positive, the others are negatives; a pair counts when both ends are valid.

    Rendle et al., BPR, UAI 2009, https://arxiv.org/abs/1205.2618, section 4.

    >>> scores, labels = jnp.array([[2.0, 0.0]]), jnp.array([[1.0, 0.0]])
    >>> print(f"{bpr(scores, labels, jnp.ones((1, 2), bool)):.4f}")
    0.1269
    """
    del labels  # Positions carry the labels.
    valid = where[:, :1] & where[:, 1:]
    loss = jax.nn.softplus(scores[:, 1:] - scores[:, :1])  # log(sigmoid) would overflow to nan.
    return jnp.sum(loss, where=valid) / jnp.maximum(jnp.sum(valid), 1)


def max_margin(margin: float = 1.0) -> Loss:
    """Builds the hinge ``max(0, negative - positive + margin)``, mean over pairs as in ``bpr``.

    Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, equation 1, whose margin is
    not published.

    Raises:
      InputError: a margin that is not a number of 0 or more.

    >>> scores, labels = jnp.array([[2.0, 0.0, 1.5]]), jnp.array([[1.0, 0.0, 0.0]])
    >>> print(max_margin(1.0)(scores, labels, jnp.ones((1, 3), bool)))
    0.25
    """
    if not 0 <= margin < math.inf:
        raise InputError(f"margin is {margin}; give a number of 0 or more, in units of the scores")

    def loss(
        scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
    ) -> Float[Array, ""]:
        del labels  # Positions carry the labels.
        valid = where[:, :1] & where[:, 1:]
        hinge = jax.nn.relu(scores[:, 1:] - scores[:, :1] + margin)
        return jnp.sum(hinge, where=valid) / jnp.maximum(jnp.sum(valid), 1)

    return loss
