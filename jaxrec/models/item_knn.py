"""Item kNN: items like those a user has, by the cosine of who has them.

Sarwar et al., Item-based collaborative filtering, WWW 2001; with the shrinkage of Bell and Koren,
ICDM 2007, in the denominator.
"""

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import Csr
from jaxrec.ops import (
    History,
    fold_in,
    from_history,
    tie_order,
    to_items,
    to_users,
    top_k,
)
from jaxrec.ops.propagate.rows import Rows

BLOCK = 256
"""Items whose neighbours are found at a time."""


class Neighbours(NamedTuple):
    """The neighbours of every item as a sparse matrix, and the items of every user."""

    likes: Csr
    near: Rows


def item_knn(
    graph: History, n_users: int, n_items: int, n_neighbours: int = 200, shrink: float = 20.0
) -> Model:
    """Builds item kNN: ``s_ui = sum over the neighbours j of i that u has, cos(i, j)``.

    ``cos(i, j) = |U_i and U_j| / (sqrt(|U_i| |U_j|) + shrink)``, U_i the users of an item.

    Graph: ``History(adjacency, user_items(train))`` with weights one in the adjacency. Cost: two
    half propagations a column an item to find neighbours, ``[I, n_neighbours]`` to keep them.

    Args:
      n_neighbours: most similar items that an item keeps.
      shrink: added to the denominator, in users; it takes weight from pairs of rare items.

    Raises:
      InputError: ``n_neighbours`` below 1, or ``shrink`` no number of 0 or more.
    """
    if n_neighbours < 1 or not 0 <= shrink < math.inf:
        raise InputError(
            f"n_neighbours is {n_neighbours} and shrink {shrink}; "
            "give 1 or more neighbours and a shrink of 0 or more"
        )
    n_kept = min(n_neighbours, n_items)

    def init(key: Key) -> Params:
        del key  # Counts are not random.
        return _neighbours(graph, n_users, n_items, n_kept, shrink)

    return knn(init, n_items)


def knn(init: Callable[[Key], Params], n_items: int) -> Model:
    """A model of what ``nearest`` finds: scores are sums over the neighbours that a user has.

    Its graph is anything with the lists of users, ``likes``.
    """
    return Model(init, _encode, _score(n_items), fold_in)


def _encode(params: Params, graph: Any, *, key: Key | None = None) -> Neighbours:
    del key  # Nothing is random.
    n_items, n_kept = params["neighbour"].shape
    indptr = jnp.arange(n_items + 1, dtype=jnp.int32) * n_kept
    near = Rows(indptr, params["neighbour"].reshape(-1), params["weight"].reshape(-1))
    return Neighbours(graph.likes, near)


def _apply(reps: Neighbours, taken: Float[Array, "I B"]) -> Float[Array, "I B"]:
    return reps.near.times(taken)


@lru_cache(maxsize=16)  # Equal models share what is compiled of it.
def _score(n_items: int) -> Callable[..., Float[Array, "B C"]]:
    return from_history(_apply, n_items)


def nearest(
    similar: Callable[[Int[Array, "B"]], Float[Array, "I B"]], n_items: int, n_kept: int
) -> Params:
    """The most similar items of every item but itself, in the order of their rows.

    Which of several equally similar ones are kept is decided by ``ops.tie_rank``.

    Args:
      similar: how similar all items are to these.
    """
    shuffled = jax.device_put(tie_order(n_items))

    def of_block(items):
        column = jnp.minimum(items, n_items - 1)
        own = jnp.arange(n_items)[:, None] == column[None, :]
        weight, near = top_k(jnp.where(own, 0, similar(column))[shuffled].T, n_kept)
        near = shuffled[near]
        order = jnp.argsort(near, axis=1)
        return jnp.take_along_axis(weight, order, axis=1), jnp.take_along_axis(near, order, axis=1)

    blocks = jnp.arange(-(-n_items // BLOCK) * BLOCK).reshape(-1, BLOCK)
    weight, near = (x.reshape(-1, n_kept)[:n_items] for x in jax.lax.map(of_block, blocks))
    return {"weight": weight, "neighbour": near}


@partial(jax.jit, static_argnums=(1, 2, 3))
def _neighbours(graph: History, n_users, n_items, n_kept, shrink):
    degree = jnp.zeros(n_items).at[jnp.asarray(graph.likes.indices)].add(1)

    def cosines(items):
        one = jnp.zeros((n_items, BLOCK)).at[items, jnp.arange(BLOCK)].set(1)
        both = to_items(to_users(one, graph.graph, n_users), graph.graph, n_items)
        norm = jnp.sqrt(degree[:, None] * degree[items][None, :]) + shrink
        return both / jnp.maximum(norm, 1)

    return nearest(cosines, n_items, n_kept)
