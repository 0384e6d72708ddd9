"""Item kNN: items like those a user has, by the cosine of who has them.

Sarwar et al., Item-based collaborative filtering, WWW 2001; with the shrinkage of Bell and Koren,
ICDM 2007, in the denominator.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import Csr
from jaxrec.ops import (
    History,
    ItemTable,
    TableScore,
    fold_in,
    from_history,
    history_matrix,
    largest_products,
    tie_order,
    top_k,
)
from jaxrec.ops.propagate.rows import Rows

BLOCK = 256
"""Items whose neighbors are found at a time."""


class Neighbors(NamedTuple):
    """The neighbors of every item as a sparse matrix, and the items of every user."""

    likes: Csr
    near: Rows


def item_knn(
    graph: History, n_users: int, n_items: int, n_neighbors: int = 200, shrink: float = 20.0
) -> Model:
    """Builds item kNN: ``s_ui = sum over the neighbors j of i that u has, cos(i, j)``.

    ``cos(i, j) = |U_i and U_j| / (sqrt(|U_i| |U_j|) + shrink)``, U_i the users of an item.

    Graph: ``History(None, user_items(train))``; a propagation graph is not read. Cost:
    ``sum_u deg_u^2`` additions to find neighbors, on the host; ``[I, n_neighbors]`` to keep them.

    Args:
      n_neighbors: most similar items that an item keeps.
      shrink: added to the denominator, in users; it takes weight from pairs of rare items.

    Raises:
      InputError: ``n_neighbors`` below 1, or ``shrink`` no number of 0 or more.
    """
    if n_neighbors < 1 or not 0 <= shrink < math.inf:
        raise InputError(
            f"n_neighbors is {n_neighbors} and shrink {shrink}; "
            "give 1 or more neighbors and a shrink of 0 or more"
        )
    n_kept = min(n_neighbors, n_items)

    def init(key: Key) -> Params:
        del key  # Counts are not random.
        likes = jax.tree.map(np.asarray, graph.likes)
        shape = jax.ShapeDtypeStruct((n_items, n_kept), jnp.int32)
        # A callback, so that whoever asks for shapes alone does not wait for the product.
        table = jax.pure_callback(
            lambda: tuple(_neighbors(likes, n_users, n_items, n_kept, shrink)),
            (shape, shape.update(dtype=jnp.float32)),
        )
        return {"neighbor": table[0], "weight": table[1]}

    return knn(init, n_items)


def knn(init: Callable[[Key], Params], n_items: int) -> Model:
    """A model of what ``nearest`` finds: scores are sums over the neighbors that a user has.

    Its graph is anything with the lists of users, ``likes``.
    """
    return Model(init, _encode, _score(n_items), fold_in)


def _encode(params: Params, graph: Any, *, key: Key | None = None) -> Neighbors:
    del key  # Nothing is random.
    n_items, n_kept = params["neighbor"].shape
    indptr = jnp.arange(n_items + 1, dtype=jnp.int32) * n_kept
    near = Rows(indptr, params["neighbor"].reshape(-1), params["weight"].reshape(-1))
    return Neighbors(graph.likes, near)


def _apply(reps: Neighbors, taken: Float[Array, "I B"]) -> Float[Array, "I B"]:
    return reps.near.times(taken)


@lru_cache(maxsize=16)  # Equal models share what is compiled of it.
def _score(n_items: int) -> TableScore:
    def factors(reps: Neighbors) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
        n_kept = reps.near.senders.shape[0] // n_items
        rows = (np.asarray(each).reshape(n_items, n_kept) for each in reps.near[1:])
        return history_matrix(reps.likes, n_items), ItemTable(*rows).matrix().T.tocsr()

    return TableScore(from_history(_apply, n_items), factors)


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
    return {"weight": weight, "neighbor": near}


def _neighbors(likes: Csr, n_users: int, n_items: int, n_kept: int, shrink: float) -> ItemTable:
    by_user = history_matrix(likes, n_items)
    degree = np.bincount(likes.indices, minlength=n_items).astype(np.float32)

    def cosines(row, column, both):
        norm = np.sqrt(degree[row] * degree[column]) + np.float32(shrink)
        return np.where(row == column, 0, both / norm)

    return largest_products(by_user.T.tocsr(), by_user, n_kept, cosines)
