"""DisenHAN: facets of users and items, each fed by the relations that speak to it.

Wang, Tang, Lei, Song, Xu, Wu and Wang, DisenHAN: Disentangled Heterogeneous Graph Attention Network
for Recommendation, CIKM 2020, https://arxiv.org/abs/2106.10879; the form is that of the reference
implementation, with all neighbors in place of samples of 20 and 10.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Embeddings, InputError, Key, Model, Params
from jaxrec.data import Interactions, Triples
from jaxrec.graph import between
from jaxrec.ops import check_rate, dot, dropout as drop, keys_of, l2_normalize


class TypedGraph(NamedTuple):
    """What DisenHAN reads. Nodes are users, then entities, those of the items among them.

    Attributes:
      to_groups: from nodes to groups, which are all neighbors of a node by one relation; edges
        are the relation.
      to_nodes: from groups to the nodes whose they are; edges are the relation.
      entity: that of every item.
      n_entities, n_relations: of facts both ways, after the two of interactions.
    """

    to_groups: jraph.GraphsTuple
    to_nodes: jraph.GraphsTuple
    entity: Int[Array, "I"] | Int[np.ndarray, "I"]
    n_entities: np.int32 | Int[Array, ""]
    n_relations: np.int32 | Int[Array, ""]


def typed_graph(
    train: Interactions, facts: Triples, entity: Int[np.ndarray, "I"], typed: bool = True
) -> TypedGraph:
    """The graph of interactions and facts, each relation in both directions, on the host.

    Args:
      entity: that of every item.
      typed: False leaves facts out: users and items alone.
    """
    user, item = train.user, train.n_users + entity[train.item]
    ends = [(item, user, np.zeros_like(user)), (user, item, np.ones_like(user))]
    if typed:
        head, tail = train.n_users + facts.head, train.n_users + facts.tail
        ends += [(tail, head, 2 + 2 * facts.relation), (head, tail, 3 + 2 * facts.relation)]
    sender, receiver, relation = (np.concatenate(part) for part in zip(*ends, strict=True))
    n_nodes, n_relations = train.n_users + facts.n_entities, 2 + 2 * facts.n_relations * typed
    numbers = receiver.astype(np.int64) * n_relations + relation
    found, group = np.unique(numbers, return_inverse=True)
    of_groups = np.arange(len(found), dtype=np.int32), found // n_relations
    return TypedGraph(
        between(sender, group, n_nodes, len(found), relation.astype(np.int32)),
        between(*of_groups, len(found), n_nodes, (found % n_relations).astype(np.int32)),
        entity,
        np.int32(facts.n_entities),
        np.int32(n_relations),
    )


def disenhan(
    graph: TypedGraph,
    n_users: int,
    n_items: int,
    dim: int = 100,
    n_facets: int = 5,
    n_layers: int = 2,
    n_rounds: int = 5,
    dropout: float = 0.35,
) -> Model:
    """Builds DisenHAN; the score is the inner product of user and item.

    A layer sends ``y = x P``, P by type (user or entity), in facets ``y_k`` of ``dim / n_facets``.
    With ``w = 1`` and ``x^ = x`` (``x P`` but in the last layer), in each of ``n_rounds``, for
    every relation r of a node:

    - ``p = softmax_j sum_k w_k relu(a_r . [x^_k, y_jk])`` over the neighbors j by r;
    - ``v_k = relu(sum_j p_j y_j)_k Q`` and ``f = softmax_k b_r . tanh(v_k)`` over facets;
    - ``x^_k`` is ``x_k + sum_r f_rk v_rk``, scaled to length 1, and ``w = f``.

    All layers but the last end in ReLU. Neighbors are in the training graph whether or not the
    batch asks for them, as the reference has it for Yelp and MovieLens, not for Amazon.

    Graph: ``TypedGraph``; only its sizes are read here. Cost per encode: ``n_layers n_rounds``
    sums over edges of ``dim``.

    Args:
      dim: width of a node, a multiple of ``n_facets``.
      n_facets: facets K; 1 disentangles nothing.
      n_layers: steps over the graph.
      n_rounds: rounds in which facets and relations find each other.
      dropout: chance that a neighbor's weight is zeroed in training.

    Raises:
      InputError: ``dim`` no multiple of ``n_facets``, fewer than one layer or round, or a chance
        of dropout out of range.
    """
    check_rate("dropout", dropout)
    if min(n_facets, n_layers, n_rounds) < 1 or dim % n_facets:
        raise InputError(
            f"dim is {dim}, n_facets {n_facets}, n_layers {n_layers} and n_rounds {n_rounds}; give "
            "1 or more of each, and facets that divide dim"
        )
    width, n_relations = dim // n_facets, int(graph.n_relations)
    n_nodes = n_users + int(graph.n_entities)
    glorot, scale = jax.nn.initializers.glorot_uniform(), dim**-0.5
    small = lambda key, *shape: jax.random.uniform(key, shape, minval=-scale, maxval=scale)

    def init(key: Key) -> Params:
        key_user, key_entity, *keys = jax.random.split(key, 2 + n_layers)
        tables = {"user": small(key_user, n_users, dim)}
        tables["entity"] = small(key_entity, n_nodes - n_users, dim)
        return tables | {f"layer_{k}": _init(key) for k, key in enumerate(keys)}

    def _init(key: Key) -> Params:
        keys = jax.random.split(key, 5)
        return {
            "types": glorot(keys[0], (2, dim, dim)),
            "receiver": small(keys[1], n_relations, width),
            "sender": small(keys[2], n_relations, width),
            "facet": small(keys[3], n_relations, width),
            "value": glorot(keys[4], (width, width)),
        }

    def encode(params: Params, graph: TypedGraph, *, key: Key | None = None) -> Embeddings:
        x = jnp.concatenate([params["user"], params["entity"]])
        for k, key_layer in enumerate(keys_of(key, n_layers)):
            x = layer(params[f"layer_{k}"], x, graph, k == n_layers - 1, key_layer)
        return Embeddings(x[:n_users], x[n_users + jnp.asarray(graph.entity)])

    def layer(
        params: Params, x: Float[Array, "N d"], graph: TypedGraph, last: bool, key: Key | None
    ) -> Float[Array, "N d"]:
        sender, group = map(jnp.asarray, (graph.to_groups.senders, graph.to_groups.receivers))
        node, relation = map(jnp.asarray, (graph.to_nodes.receivers, graph.to_nodes.edges))
        n_groups = node.shape[0]
        in_facets = lambda rows: rows.reshape(-1, n_facets, width)
        of_user, of_entity = params["types"]
        y = in_facets(jnp.concatenate([x[:n_users] @ of_user, x[n_users:] @ of_entity]))
        x = in_facets(x) if last else y
        y = y[sender]  # [E, K, w]
        of_sender = jnp.einsum("ekw,ew->ek", y, params["sender"][graph.to_groups.edges])
        seen, weight = x, jnp.ones((n_groups, n_facets))
        for key_round in keys_of(key, n_rounds):
            own = jnp.einsum("gkw,gw->gk", seen[node], params["receiver"][relation])
            logit = jnp.sum(weight[group] * jax.nn.relu(own[group] + of_sender), axis=1)  # [E]
            peak = jax.ops.segment_max(jax.lax.stop_gradient(logit), group, n_groups)
            mass = jnp.exp(logit - peak[group])
            p = mass / jax.ops.segment_sum(mass, group, n_groups)[group]
            p = drop(p, dropout, key_round)[:, None, None]
            value = jax.nn.relu(jax.ops.segment_sum(p * y, group, n_groups)) @ params["value"]
            told = jnp.einsum("gkw,gw->gk", jnp.tanh(value), params["facet"][relation])
            weight = jax.nn.softmax(told, axis=1)  # [G, K]
            fed = jax.ops.segment_sum(weight[..., None] * value, node, n_nodes)
            seen = l2_normalize(x + fed)
        seen = seen.reshape(-1, dim)
        return seen if last else jax.nn.relu(seen)

    return Model(init, encode, dot)
