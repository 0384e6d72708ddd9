"""NIA-GCN: neighbors multiplied pair by pair, every depth read directly, depths multiplied, too.

Sun et al., Neighbor Interaction Aware Graph Convolution Networks for Recommendation, SIGIR 2020,
https://doi.org/10.1145/3397271.3401123

The paper's own form may differ. Here it is pairwise products of neighbors in linear time beside
their sum, one aggregator a depth and node type that reads its depth directly (parallel, not layer
on layer), and an ensemble of products across depths.
Ours, too, are the weights ``1 / sqrt(deg_s deg_r)``, a neighbor at depth k being the end of a walk
of k steps, how sum and pairs are mixed, and tanh.
"""

from itertools import combinations
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxrec.base import Embeddings, Key, Model, Params
from jaxrec.models.mf import check_layers, mf
from jaxrec.ops import Graph, diffuse, dot


class Walks(NamedTuple):
    """A user-item graph A with weights w, and the same edges with weights ``w^2``.

    ``Walks(prepare(graph), prepare(graph._replace(edges=graph.edges**2)))`` makes them of
    ``graph.bipartite``'s.
    """

    weight: Graph
    square: Graph


def nia_gcn(
    n_users: int,
    n_items: int,
    dim: int = 64,
    n_layers: int = 2,
    init_scale: float = 0.1,
    center: bool = False,
) -> Model:
    """Builds NIA-GCN.

    Depth k of a node reads the ends of all walks p of k steps from it, of weight ``w_p``, the
    product of their edges' (a node may end several). With ``q = e W_k``:

    - their sum ``s = sum_p w_p q_p = A^k q``;
    - the products of all pairs of walks, ``sum_{p < p'} w_p q_p * w_p' q_p'``, which are
      ``(s^2 - sum_p w_p^2 q_p^2) / 2`` entry by entry, and the last sum is k propagations of
      ``q^2`` with squared weights;
    - the depth's own vector ``e_k = tanh([s, pairs] M_k)``.

    With ``center`` it is ``e_k = tanh(tanh([s, pairs, e_0] M_k) V_k)``: the node's own row is an
    input beside its neighbors, as the paper's figure draws it, and a second dense layer mixes them.

    All matrices belong to the depth and to the type of the node, user or item. The representation
    joins ``e_0`` to ``e_K`` and the products ``e_k * e_l`` of every two depths: ``(K + 1)(K + 2) /
    2`` blocks of ``dim``.

    Graph: ``Walks``.
    Cost: ``(K + K (K + 1) / 2) * n_edges * dim`` multiply-adds per encode.

    Args:
      dim: width of the tables; scores are over ``(n_layers + 1)(n_layers + 2) / 2`` times that.
      n_layers: the deepest neighbors K that are read; 0 is matrix factorization.
      init_scale: standard deviation of the normal initial tables; matrices begin Xavier uniform.
      center: whether a node's own row is an input of each depth's vector, and this two layers deep.

    Raises:
      InputError: negative ``n_layers``.
    """
    check_layers(n_layers)
    xavier = jax.nn.initializers.glorot_uniform()
    square, tall = (dim, dim), ((3 if center else 2) * dim, dim)
    shapes = {"neighbor_of_user": square, "neighbor_of_item": square}
    shapes |= {"mix_of_user": tall, "mix_of_item": tall}
    if center:
        shapes |= {"top_of_user": square, "top_of_item": square}

    def init(key: Key) -> Params:
        key_tables, *keys = jax.random.split(key, 1 + n_layers)
        params = mf(n_users, n_items, dim, init_scale).init(key_tables)
        for depth, key_depth in enumerate(keys, start=1):
            drawn = zip(shapes.items(), jax.random.split(key_depth, len(shapes)), strict=True)
            params[f"depth_{depth}"] = {name: xavier(k, shape) for (name, shape), k in drawn}
        return params

    def encode(params: Params, graph: Walks, *, key: Key | None = None) -> Embeddings:
        del key  # Nothing random.
        ego = params["user"], params["item"]
        depths, reached = [ego], ego
        for depth in range(1, n_layers + 1):
            weights = params[f"depth_{depth}"]
            # A^k (e W) = (A^k e) W: all sums share K propagations. Squares cannot.
            reached = diffuse(reached, graph.weight, (0.0, 1.0))
            of = [weights["neighbor_of_user"], weights["neighbor_of_item"]]
            sums = [table @ matrix for table, matrix in zip(reached, of, strict=True)]
            if depth % 2:  # Walks of odd length end at the other type, so its rows meet W.
                of = of[::-1]
            user, item = ((table @ matrix) ** 2 for table, matrix in zip(ego, of, strict=True))
            squares = diffuse((user, item), graph.square, (0.0,) * depth + (1.0,))
            mixed = []
            for s, square, own, kind in zip(sums, squares, ego, ("user", "item"), strict=True):
                inputs = [s, (s**2 - square) / 2] + ([own] if center else [])
                x = jnp.tanh(jnp.concatenate(inputs, axis=1) @ weights[f"mix_of_{kind}"])
                mixed.append(jnp.tanh(x @ weights[f"top_of_{kind}"]) if center else x)
            depths.append((mixed[0], mixed[1]))
        return Embeddings(*(_ensemble(list(tables)) for tables in zip(*depths, strict=True)))

    return Model(init, encode, dot)


def _ensemble(tables):
    """All depths, then the products of every two."""
    return jnp.concatenate([*tables, *(a * b for a, b in combinations(tables, 2))], axis=1)
