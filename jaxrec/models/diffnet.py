"""DiffNet: the vector of a user spreads over friends, layer by layer.

Wu et al., A neural influence diffusion model for social recommendation, SIGIR 2019,
https://arxiv.org/abs/1904.10322

The form without matrices, of the authors' second release and of RecBole-GNN: a layer is the mean
over friends. Reviews, which the paper fuses into the first layer, are not read.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np

from jaxrec.base import Embeddings, Key, Model, Params
from jaxrec.data import Interactions, Relation
from jaxrec.graph import between, homogeneous, user_items
from jaxrec.models.mf import check_layers, mf
from jaxrec.ops import dot, propagate


class InfluenceGraph(NamedTuple):
    """What DiffNet reads.

    Attributes:
      social: friends of every user, both ways, of equal weights that sum to 1.
      to_users: items of every user, of equal weights that sum to 1.
    """

    social: jraph.GraphsTuple
    to_users: jraph.GraphsTuple


def influence_graph(train: Interactions, social: Relation) -> InfluenceGraph:
    """The graph of friends and of items, on the host; links count in both directions.

    Raises:
      InputError: a relation without links.
    """
    both, items = social.both_directions(), user_items(train)
    degree = np.diff(items.indptr)
    user = np.repeat(np.arange(train.n_users, dtype=np.int32), degree)
    share = (1 / degree[user]).astype(np.float32)
    return InfluenceGraph(
        homogeneous(both.senders, both.receivers, train.n_users, r=1.0),
        between(np.asarray(items.indices), user, train.n_items, train.n_users, share),
    )


def diffnet(
    n_users: int, n_items: int, dim: int = 64, n_layers: int = 2, init_scale: float = 0.1
) -> Model:
    """Builds DiffNet: ``h_u = sum_k u_k + mean of q_i over u's items``; the score is ``h_u . q_i``.

    ``u_0`` is the table of users and ``u_k`` the mean of ``u_(k-1)`` over friends, 0 of who has
    none. Graph: ``InfluenceGraph``. Cost per encode: ``n_layers`` sums over links and one over
    interactions, of ``dim`` numbers an edge.

    Args:
      dim: numbers in each user's and item's vector.
      n_layers: means over friends; 0 reads no friends.
      init_scale: standard deviation of the normal initial tables.

    Raises:
      InputError: negative ``n_layers``.
    """
    check_layers(n_layers)

    def encode(params: Params, graph: InfluenceGraph, *, key: Key | None = None) -> Embeddings:
        del key  # Nothing is random.
        layer, item, edges = params["user"], params["item"], graph.to_users
        message = jnp.asarray(edges.edges)[:, None] * item[edges.senders]
        query = layer + jax.ops.segment_sum(message, jnp.asarray(edges.receivers), n_users)
        for _ in range(n_layers):
            layer = propagate(layer, graph.social)
            query = query + layer
        return Embeddings(query, item)

    return Model(mf(n_users, n_items, dim, init_scale).init, encode, dot)
