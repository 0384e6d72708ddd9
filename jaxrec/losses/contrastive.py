"""Contrastive losses: two views of a row against the views of the other rows of its batch."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int


def info_nce(
    a: Float[Array, "B d"], b: Float[Array, "B d"], where: Bool[Array, "B"], temperature: float
) -> Float[Array, ""]:
    """InfoNCE: mean of ``-log softmax_j(cos(a_i, b_j) / temperature)`` at ``j = i``.

    Rows outside ``where`` are neither rows nor candidates. Cost ``B^2 d``.

    Oord et al., Representation Learning with Contrastive Predictive Coding, 2018,
    https://arxiv.org/abs/1807.03748, equation 4.

    >>> a = jnp.eye(2)
    >>> print(f"{info_nce(a, a, jnp.ones(2, bool), 0.5):.4f}")
    0.1269
    """
    logits = _unit(a) @ _unit(b).T / temperature  # [B, B]
    logits = jnp.where(where[None, :], logits, -1e30)  # Finite, so that gradients are.
    loss = jax.nn.logsumexp(logits, axis=1) - jnp.diagonal(logits)
    return jnp.sum(loss, where=where) / jnp.maximum(jnp.sum(where), 1)


def first_of_each(ids: Int[Array, "B"]) -> Bool[Array, "B"]:
    """True at the first place of every distinct id. Cost O(B log B).

    >>> first_of_each(jnp.array([5, 3, 5, 3, 9])).tolist()
    [True, True, False, False, True]
    """
    order = jnp.argsort(ids, stable=True)
    ordered = ids[order]
    new = jnp.concatenate([jnp.ones(1, bool), ordered[1:] != ordered[:-1]])[: len(ids)]
    return jnp.zeros(ids.shape, bool).at[order].set(new)


def _unit(rows: Float[Array, "B d"]) -> Float[Array, "B d"]:
    """Rows of length one; a row of zeros stays, and has a finite gradient."""
    squared = jnp.sum(rows**2, axis=1, keepdims=True)
    return rows * jax.lax.rsqrt(jnp.maximum(squared, 1e-24))
