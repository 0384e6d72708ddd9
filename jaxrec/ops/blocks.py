"""A function of one row at a time, over as many rows at once as memory should hold."""

from collections.abc import Callable
from typing import Any

import jax

HELD = 2**24
"""Numbers held at a time."""


def map_blocks(function: Callable[[Any], Any], rows: Any, each: Any) -> Any:
    """``jax.vmap(function)(rows)`` in blocks of rows that together hold about ``HELD`` numbers.

    In an exported program, where a size is a symbol, row by row.

    Args:
      rows: an array or a tree of them, alike in their first axis.
      each: numbers that one row's call holds.

    >>> import jax.numpy as jnp
    >>> map_blocks(lambda row: row + 1, jnp.array([1, 2]), each=HELD).tolist()
    [2, 3]
    """
    n_rows = jax.tree.leaves(rows)[0].shape[0]
    if not (isinstance(each, int) and isinstance(n_rows, int)):
        return jax.lax.map(function, rows)
    return jax.lax.map(function, rows, batch_size=min(max(1, HELD // max(each, 1)), n_rows))
