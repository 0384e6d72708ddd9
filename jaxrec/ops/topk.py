"""The best-scored columns of each row, and the order of equal scores."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt32

RUN = 64
"""Columns of which the largest is looked at first."""
WIDE = 2**18
"""Columns from which on that is faster."""


def tie_rank(rows: Int[np.ndarray, "*n"]) -> UInt32[np.ndarray, "*n"]:
    """Where rows stand among equals: of equal scores the row of smaller ``tie_rank`` comes first.

    A fixed pseudo-random order, different for different rows: neither the order of rows nor that
    of the caller's ids says anything about what is good. The mixing steps of MurmurHash3
    (Appleby, 2011), which map 32 bits to 32 bits one to one.
    """
    x = np.asarray(rows).astype(np.uint32) + np.uint32(0x9E3779B9)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    return x ^ (x >> np.uint32(16))


def tie_order(n: int) -> Int[np.ndarray, "n"]:
    """Rows ``0`` to ``n - 1`` by ``tie_rank``: rank columns in this order to break ties fairly.

    >>> sorted(tie_order(4).tolist())
    [0, 1, 2, 3]
    """
    return np.argsort(tie_rank(np.arange(n))).astype(np.int32)


def mask_pairs(
    scores: Float[Array, "B I"], rows: Int[Array, "P"], columns: Int[Array, "P"]
) -> Float[Array, "B I"]:
    """The same scores with ``-inf`` at these pairs; pairs with ``rows >= B`` are padding.

    >>> mask_pairs(jnp.ones((1, 2)), jnp.array([0, 1]), jnp.array([1, 0])).tolist()
    [[1.0, -inf]]
    """
    return scores.at[rows, columns].set(-jnp.inf, mode="drop")


def top_k(
    scores: Float[Array, "B I"],
    k: int,
) -> tuple[Float[Array, "B k"], Int[Array, "B k"]]:
    """The ``k`` best columns of each row, best first. Equal scores come in column order."""
    return _by_runs(scores, k) if scores.shape[1] >= max(WIDE, k * RUN) else _at_once(scores, k)


def _at_once(scores: Float[Array, "B I"], k: int) -> tuple[Float[Array, "B k"], Int[Array, "B k"]]:
    # XLA on CPU sorts whole rows where it sees that a caller reads a part of the result.
    return jax.lax.optimization_barrier(tuple(jax.lax.top_k(scores, k)))


def _by_runs(scores: Float[Array, "B I"], k: int) -> tuple[Float[Array, "B k"], Int[Array, "B k"]]:
    """The same, out of the ``k`` runs of ``RUN`` columns whose largest scores are best.

    An entry of any other run comes after ``k`` others: the largest of these. Finding the largest of
    every run reads the scores once.
    """
    n_runs = -(-scores.shape[1] // RUN)
    padding = ((0, 0), (0, n_runs * RUN - scores.shape[1]))
    runs = jnp.pad(scores, padding, constant_values=-jnp.inf).reshape(-1, n_runs, RUN)
    _, run = jax.lax.top_k(jnp.max(runs, axis=2), k)
    run = jnp.sort(run, axis=1)  # Equal scores stay in column order.
    kept = jnp.take_along_axis(runs, run[:, :, None], axis=1).reshape(-1, k * RUN)
    best, place = jax.lax.top_k(kept, k)
    return best, jnp.take_along_axis(run, place // RUN, axis=1) * RUN + place % RUN
