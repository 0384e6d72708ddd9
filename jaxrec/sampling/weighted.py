"""Items drawn by weight, such as popularity to a power, in O(1) each."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import InputError, Key
from jaxrec.graph import Csr, alias_rows
from jaxrec.ops import contains
from jaxrec.sampling.lists import LogQ, Negatives
from jaxrec.sampling.positives import Pairs, Positives


class WeightedTable(NamedTuple):
    """A law over items.

    Attributes:
      probability: of each item, in sum 1.
      keep: chance to keep an item when its row is drawn.
      alias: the item that comes instead.
    """

    probability: Float[Array, "I"] | Float[np.ndarray, "I"]
    keep: Float[Array, "I"] | Float[np.ndarray, "I"]
    alias: Int[Array, "I"] | Int[np.ndarray, "I"]


def popularity_weights(likes: Csr, n_items: int, beta: float = 0.75) -> Float[np.ndarray, "I"]:
    """Weights ``deg_i ** beta``; 0 is uniform, also over items that nobody has, 1 is popularity.

    Mikolov et al., Distributed representations of words, NeurIPS 2013, section 2.2, for 0.75.

    Raises:
      InputError: ``beta`` below 0.
    """
    if not beta >= 0:
        raise InputError(f"beta is {beta}; give 0 (uniform) or more")
    return np.bincount(likes.indices, minlength=n_items).astype(np.float64) ** beta


def weighted_table(weight: Float[np.ndarray, "I"]) -> WeightedTable:
    """The table of draws proportional to ``weight``, on the host (``graph.alias_rows``).

    Raises:
      InputError: weights that are negative, not finite or all 0.
    """
    keep, alias = alias_rows(weight, np.array([0, len(weight)]))
    mass = np.asarray(weight, np.float64)
    return WeightedTable((mass / mass.sum()).astype(np.float32), keep, alias)


def draw_weighted(key: Key, table: WeightedTable, shape: tuple[int, ...]) -> Int[Array, "..."]:
    """Independent draws from the law of ``table``."""
    key_row, key_keep = jax.random.split(key)
    row = jax.random.randint(key_row, shape, 0, table.keep.shape[0])
    kept = jax.random.uniform(key_keep, shape) < jnp.asarray(table.keep)[row]
    return jnp.where(kept, row, jnp.asarray(table.alias)[row])


def by_weight(table: WeightedTable) -> Positives:
    """Pairs drawn by weight: a law of query and answer, as ``by_interaction`` is without weights.

    Args:
      table: of the pairs of ``likes``, in the order of its ``indices``.
    """

    def draw(key: Key, likes: Csr, batch_size: int) -> Pairs:
        key_edge, key = jax.random.split(key)
        indptr = jnp.asarray(likes.indptr)
        edge = draw_weighted(key_edge, table, (batch_size,)).astype(indptr.dtype)
        query = jnp.searchsorted(indptr, edge, side="right").astype(indptr.dtype) - 1
        return query, jnp.asarray(likes.indices)[edge], key

    def share(likes: Csr, n_items: int) -> Float[np.ndarray, "I"]:
        mass = np.bincount(likes.indices, np.asarray(table.probability), minlength=n_items)
        return mass.astype(np.float32)

    return Positives(draw, share)


def weighted_negatives(table: WeightedTable, n_tries: int = 4) -> Negatives:
    """Items drawn by weight from those that each user does not have, with replacement.

    Every place draws ``n_tries`` times and takes the first item that the user does not have; where
    there is none, the place is masked. Cost ``n_tries`` look-ups O(log n) a place.

    Raises:
      InputError: ``n_tries`` below 1.
    """
    if n_tries < 1:
        raise InputError(f"n_tries is {n_tries}; give 1 (no second try) or more")

    def negatives(
        key: Key, likes: Csr, user: Int[Array, "B"], n_items: int, n_negatives: int
    ) -> tuple[Int[Array, "B N"], Bool[Array, "B N"]]:
        del n_items  # The table has them.
        item = draw_weighted(key, table, (n_tries, user.shape[0], n_negatives))
        absent = ~contains(likes, jnp.broadcast_to(user[None, :, None], item.shape), item)
        first = jnp.argmax(absent, axis=0)[None]
        valid = jnp.any(absent, axis=0)
        return jnp.where(valid, jnp.take_along_axis(item, first, axis=0)[0], 0), valid

    return negatives


def positive_mass(likes: Csr, table: WeightedTable) -> Float[np.ndarray, "U"]:
    """The chance of one draw to be an item that the user has, on the host."""
    degree = np.diff(np.asarray(likes.indptr))
    user = np.repeat(np.arange(len(degree)), degree)
    mass = np.asarray(table.probability, np.float64)[np.asarray(likes.indices)]
    return np.bincount(user, mass, minlength=len(degree)).astype(np.float32)


def weighted_log_q(
    table: WeightedTable, liked: Float[Array, "U"] | Float[np.ndarray, "U"], n_tries: int = 4
) -> LogQ:
    """The ``log_q`` of ``weighted_negatives``: ``N p_i (1 + f + ... + f ** (n_tries - 1))``.

    ``f`` is the user's own entry of ``liked`` (``positive_mass``), the chance that a try fails.
    """

    def log_q(
        likes: Csr, user: Int[Array, "B"], item: Int[Array, "B N"], n_items: int
    ) -> Float[Array, "B N"]:
        del likes, n_items  # The tables have them.
        failed = jnp.asarray(liked)[user][:, None]  # [B, 1]
        tries = jnp.sum(failed ** jnp.arange(n_tries)[None], axis=1, keepdims=True)
        return jnp.log(item.shape[1] * jnp.asarray(table.probability)[item] * tries)

    return log_q
