"""The best-scored columns of each row."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


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
    best, column = jax.lax.top_k(scores, k)
    return best, column
