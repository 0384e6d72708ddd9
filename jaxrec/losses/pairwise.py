"""Losses on differences of scores within a list."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


def bpr(
    scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
) -> Float[Array, ""]:
    """Bayesian personalised ranking: mean of ``-log sigmoid(positive - negative)``.

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
