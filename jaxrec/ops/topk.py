"""The best-scored columns of each row."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

RUN = 64
"""Columns of which the largest is looked at first."""
WIDE = 2**18
"""Columns from which on that is faster."""


def top_k(
    scores: Float[Array, "B I"],
    rows: Int[Array, "P"],
    columns: Int[Array, "P"],
    k: int,
) -> tuple[Float[Array, "B k"], Int[Array, "B k"]]:
    """The ``k`` best columns of each row, best first, with some pairs struck out.

    Struck-out pairs score ``-inf``; they can be returned only when fewer than ``k`` columns are
    left. Equal scores come in column order.

    Args:
      rows, columns: pairs to strike out; pairs with ``rows >= B`` are padding.
    """
    scores = scores.at[rows, columns].set(-jnp.inf, mode="drop")
    return _by_runs(scores, k) if scores.shape[1] >= max(WIDE, k * RUN) else _at_once(scores, k)


def _at_once(scores: Float[Array, "B I"], k: int) -> tuple[Float[Array, "B k"], Int[Array, "B k"]]:
    best, column = jax.lax.top_k(scores, k)
    return best, column


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
