"""Item kNN for sequences: items like the last ones, the latest counting most.

The item kNN of Sarwar et al., WWW 2001, of a few latest items instead of a whole history.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Model
from jaxrec.graph import SessionQuery, Sessions
from jaxrec.models.session_items import last_items, of_candidates, table_model
from jaxrec.ops import ItemTable, largest_products


def decayed_item_knn(
    graph: Sessions,
    n_items: int,
    n_neighbors: int = 200,
    n_last: int = 5,
    decay: float = 0.7,
    shrink: float = 0.0,
) -> Model:
    """Builds ``s_i = sum over s < n_last of decay^s cos(j_s, i)``, ``j_s`` s steps before the last.

    ``cos(i, j) = |S_i and S_j| / (sqrt(|S_i| |S_j|) + shrink)``, S_i the training sessions with
    item i. Queries are ``graph.SessionQuery``, of sessions that need not be in training.

    Graph: the training ``Sessions``, which ``init`` reads and ``encode`` does not. Cost:
    ``sum_s len_s^2`` additions to find neighbors, on the host; ``[I, n_neighbors]`` to keep them.

    Args:
      n_neighbors: most similar items that an item keeps.
      n_last: latest items of a session that count.
      decay: what an item weighs of the one after it.
      shrink: added to the denominator, in sessions; it takes weight from pairs of rare items.

    Raises:
      InputError: ``n_neighbors`` or ``n_last`` below 1, ``decay`` not above 0 and up to 1, or
        ``shrink`` no number of 0 or more.
    """
    if min(n_neighbors, n_last) < 1 or not 0 < decay <= 1 or not 0 <= shrink < math.inf:
        raise InputError(
            f"n_neighbors is {n_neighbors}, n_last {n_last}, decay {decay} and shrink {shrink}; "
            "give 1 or more of the first two, a decay above 0 and up to 1 and a shrink of 0 or more"
        )
    n_kept = min(n_neighbors, n_items)
    count = lambda sessions: _neighbors(sessions, n_items, n_kept, shrink)
    return table_model(graph, n_items, n_kept, count, _score(n_last, decay))


@lru_cache(maxsize=16)  # Equal models share what is compiled of it.
def _score(n_last: int, decay: float) -> Callable[..., Float[Array, "B C"]]:
    def score(
        reps: ItemTable, queries: SessionQuery, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        item, there = last_items(queries, n_last)  # [B, n_last]
        weight = jnp.where(there, decay ** jnp.arange(n_last)[None, :], 0)
        row = jnp.arange(len(item))[:, None, None]
        scores = jnp.zeros((len(item), len(reps.neighbor)))
        near, similarity = jnp.asarray(reps.neighbor)[item], jnp.asarray(reps.weight)[item]
        return of_candidates(scores.at[row, near].add(weight[:, :, None] * similarity), items)

    return score


def _neighbors(sessions: Sessions, n_items: int, n_kept: int, shrink: float) -> ItemTable:
    """``ItemTable`` of cosines, each item once a session."""
    ones, n_sessions = np.ones(len(sessions.item), np.float32), len(sessions.indptr) - 1
    shape = (n_sessions, n_items)
    held = scipy.sparse.csr_array((ones, sessions.item, sessions.indptr), shape=shape, copy=True)
    held.sum_duplicates()
    held.data[:] = 1
    degree = np.bincount(held.indices, minlength=n_items).astype(np.float32)

    def cosines(row, column, both):
        norm = np.sqrt(degree[row] * degree[column]) + np.float32(shrink)
        return np.where(row == column, 0, both / norm)

    return largest_products(held.T.tocsr(), held, n_kept, cosines)
