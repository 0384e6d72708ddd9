"""GF-CF: a linear filter and an ideal low-pass filter of the item-item graph; nothing is trained.

Shen et al., How Powerful is Graph Convolution for Recommendation?, CIKM 2021,
https://arxiv.org/abs/2108.07567
"""

import math
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import Embeddings, InputError, Key, Model, Params
from jaxrec.graph import Csr
from jaxrec.ops import (
    Graph,
    History,
    bag_sum,
    dot,
    fold_in,
    from_history,
    right_singular_vectors,
    to_items,
    to_users,
)


class Filter(NamedTuple):
    """What GF-CF scores with.

    Attributes:
      read, write: ``D_I^-1/2 V`` and ``D_I^1/2 V``, the low-pass filter's two halves.
    """

    graph: Graph
    likes: Csr
    read: Float[Array, "I k"]
    write: Float[Array, "I k"]


def gf_cf(
    graph: History, n_users: int, n_items: int, rank: int | None = None, low_pass: float = 0.1
) -> Model:
    """Builds GF-CF: ``s_u = h_u (R~^T R~ + w D_I^-1/2 V V^T D_I^1/2)``, ``h_u`` the user's items.

    ``R~ = D_U^-1/2 R D_I^-1/2`` and V its leading right singular vectors, which ``init`` finds.

    Graph: ``History(prepare(bipartite(train)), user_items(train))``. Cost: an SVD by some sixty
    propagations of width ``rank`` once, two half propagations a user to score.

    Args:
      rank: singular vectors of the low-pass filter, at most as many as users or as items; by
        default one for 16 of the fewer, from 16 to 256.
      low_pass: its weight w beside the linear filter; in the paper 0.3 with rank 256, and 0 on
        Amazon-Book.

    Raises:
      InputError: ``rank`` below 1, or ``low_pass`` no number of 0 or more.
    """
    if rank is None:
        rank = min(max(min(n_users, n_items) // 16, 16), 256)
    if rank < 1:
        raise InputError(f"rank is {rank}; give 1 or more")
    if not 0 <= low_pass < math.inf:
        raise InputError(f"low_pass is {low_pass}; give a number of 0 or more, such as 0.3")
    rank = min(rank, n_users, n_items)

    def init(key: Key) -> Params:
        vectors, _ = right_singular_vectors(key, graph.graph, n_users, n_items, rank)
        return {"vector": vectors}

    def encode(params: Params, graph: History, *, key: Key | None = None) -> Filter:
        del key  # Nothing is random.
        indices = jnp.asarray(graph.likes.indices)
        root = jnp.sqrt(jnp.zeros(n_items).at[indices].add(1))[:, None]  # [I, 1]
        vectors = params["vector"]
        read = jnp.where(root > 0, vectors / jnp.where(root > 0, root, 1), 0)
        return Filter(graph.graph, graph.likes, read, root * vectors)

    def walk(reps: Filter, taken: Float[Array, "I B"]) -> Float[Array, "I B"]:
        return to_items(to_users(taken, reps.graph, n_users), reps.graph, n_items)

    linear = from_history(walk, n_items)

    def score(
        reps: Filter, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        ideal = Embeddings(bag_sum(reps.likes, queries, reps.read), reps.write)
        low = dot(ideal, jnp.arange(queries.shape[0]), items)
        return linear(reps, queries, items) + low_pass * low

    return Model(init, encode, score, fold_in)
