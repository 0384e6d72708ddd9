"""Draws by weight in O(1) each, from a table that is an argument."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Key
from jaxrec.graph import alias_rows


class Weighted(NamedTuple):
    """A law over items, or over anything else that is numbered.

    Attributes:
      probability: of each, in sum 1.
      keep: chance to keep one when its row is drawn.
      alias: what comes instead.
    """

    probability: Float[Array, "I"] | Float[np.ndarray, "I"]
    keep: Float[Array, "I"] | Float[np.ndarray, "I"]
    alias: Int[Array, "I"] | Int[np.ndarray, "I"]


def weighted(weight: Float[np.ndarray, "I"]) -> Weighted:
    """The table of draws proportional to ``weight``, on the host (``graph.alias_rows``).

    Raises:
      InputError: weights that are negative, not finite or all 0.
    """
    keep, alias = alias_rows(weight, np.array([0, len(weight)]))
    mass = np.asarray(weight, np.float64)
    return Weighted((mass / mass.sum()).astype(np.float32), keep, alias)


def draw_weighted(key: Key, table: Weighted, shape: tuple[int, ...]) -> Int[Array, "..."]:
    """Independent draws from the law of ``table``."""
    key_row, key_keep = jax.random.split(key)
    row = jax.random.randint(key_row, shape, 0, table.keep.shape[0])
    kept = jax.random.uniform(key_keep, shape) < jnp.asarray(table.keep)[row]
    return jnp.where(kept, row, jnp.asarray(table.alias)[row])
