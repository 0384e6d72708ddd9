"""LightGCN, item-item form: items alone are learned, a user is the sum of theirs.

He et al., LightGCN, SIGIR 2020, https://arxiv.org/abs/2002.02126, with the user's half-step put
into the item's: every layer walks from items to users and back.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import Csr
from jaxrec.ops import Graph, bag_sum, dot, propagate, to_items, to_users


class ItemGraph(NamedTuple):
    """A user-item graph with what is needed to add a user to it.

    Attributes:
      graph: edges ``1 / (deg_r^r deg_s^(1 - r))``, ``r`` the receiver.
      degree: users of every item.
      r: the exponent.
      sums: the same edges where users sum their items, weighted otherwise, such as by how recent
        they are; None for those of ``graph``.
      items: a graph of items alone, such as ``graph.item_transitions``, over which layers walk in
        place of users; None walks through users.
    """

    graph: Graph
    degree: Float[Array, "I"]
    r: Float[Array, ""]
    sums: Graph | None = None
    items: Graph | None = None


class Folded(NamedTuple):
    """Two-tower representations, and what makes a user out of items.

    Attributes:
      source: ``e_i / deg_i^(1 - r)``; a user is their sum, over their number to the r.
    """

    query: Float[Array, "Q d"]
    item: Float[Array, "I d"]
    source: Float[Array, "I d"]
    r: Float[Array, ""]


def lightgcn_item(
    n_users: int,
    n_items: int,
    dim: int = 64,
    n_layers: int = 1,
    alpha: Sequence[float] | None = None,
    init_scale: float = 0.1,
) -> Model:
    """Builds the item-item form of LightGCN.

    With ``M_r = D_I^-r (R^T D_U^-1 R) D_I^-(1 - r)``, items are ``e = sum_k alpha_k M_r^k q`` and a
    user is ``e_u = sum over their items, e_j / (deg_u^r deg_j^(1 - r))``. So a new user needs no
    training: ``fold_in``. Over a graph of items (``ItemGraph.items``) its matrix stands for M_r.

    Graph: ``ItemGraph(prepare(bipartite(train, r=r)), degree, r)``. Cost: ``2 n_layers + 1`` half
    propagations, ``(n_layers + 1/2) n_edges * dim`` multiply-adds per encode.

    Args:
      dim: numbers in each item's vector.
      n_layers: steps K from item to item, each through users; 0 sums the items of a user alone.
      alpha: K + 1 weights of the scales, layer 0 first; None is uniform, ``1 / (K + 1)`` each.
      init_scale: standard deviation of the normal initial table.

    Raises:
      InputError: negative ``n_layers``, or ``alpha`` not of length K + 1.
    """
    if n_layers < 0:
        raise InputError(f"n_layers is {n_layers}; give 0 or more")
    scales = (1 / (n_layers + 1),) * (n_layers + 1) if alpha is None else tuple(alpha)
    if len(scales) != n_layers + 1:
        raise InputError(
            f"alpha has {len(scales)} weights for {n_layers} layers; give {n_layers + 1}"
        )
    normal = jax.nn.initializers.normal(init_scale)

    def init(key: Key) -> Params:
        return {"item": normal(key, (n_items, dim))}

    def encode(params: Params, graph: ItemGraph, *, key: Key | None = None) -> Folded:
        del key  # No dropout.
        layer = params["item"]
        item = scales[0] * layer
        for scale in scales[1:]:
            if graph.items is None:
                layer = to_items(to_users(layer, graph.graph, n_users), graph.graph, n_items)
            else:
                layer = propagate(layer, graph.items)
            item += scale * layer
        degree = jnp.maximum(graph.degree, 1)[:, None]
        source = item / degree ** (1 - graph.r)
        sums = graph.graph if graph.sums is None else graph.sums
        return Folded(to_users(item, sums, n_users), item, source, graph.r)

    return Model(init, encode, dot, fold_in)


def fold_in(reps: Folded, likes: Csr) -> Folded:
    """Vectors of new users, one a row of ``likes``, with items frozen as they are.

    All items of a new user count alike, whatever the weights of ``ItemGraph.sums``.
    """
    likes = jax.device_put(likes)
    degree = jnp.maximum(jnp.diff(likes.indptr), 1)[:, None]
    total = bag_sum(likes, jnp.arange(degree.shape[0]), reps.source)
    return reps._replace(query=total / degree**reps.r)
