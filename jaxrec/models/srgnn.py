"""SR-GNN: a gated graph network over the items of a session.

Wu et al., Session-based recommendation with graph neural networks, AAAI 2019,
https://arxiv.org/abs/1811.00855
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jraph
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import SessionQuery
from jaxrec.models.triples import products
from jaxrec.ops import by_width, last_positions, latest, session_graphs


class SessionReps(NamedTuple):
    """What scoring reads of a model of sessions.

    Attributes:
      item: vectors of candidates.
      weights: the parameters that make a vector of a session.
    """

    item: Float[Array, "I d"]
    weights: Params


def srgnn(n_items: int, dim: int = 100, n_layers: int = 1, max_length: int = 50) -> Model:
    """Builds SR-GNN (equations 1 to 7): the score is ``s_h . v_i``, with v_i the table's row.

    Queries are ``graph.SessionQuery``, of sessions that need not be in training; an empty one
    scores 0 with all items. As in the authors' code, attention over positions is not normalized,
    and the update gate keeps the old state where it is 1.

    Graph: none; session graphs are built of the queries. Cost a batch:
    ``B L (L + n_layers 13 dim^2)`` for sessions of up to L items, and ``B C dim`` for C candidates.

    Args:
      dim: width of item vectors and of the network.
      n_layers: gated steps over the session graph; 0 reads items in place of the graph.
      max_length: latest items of a session that the model reads.

    Raises:
      InputError: ``n_layers`` below 0 or ``max_length`` below 1.
    """
    check_sizes(n_layers, max_length)

    def init(key: Key) -> Params:
        key_item, key_session = jax.random.split(key)
        uniform = uniform_by(dim)
        return {"item": uniform(key_item, (n_items, dim)), **session_weights(key_session, dim)}

    def encode(params: Params, graph: None, *, key: Key | None = None) -> SessionReps:
        del graph, key  # Sessions are in the queries, and nothing is random.
        return SessionReps(params["item"], params)

    def score(
        reps: SessionReps, queries: SessionQuery, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        read = lambda weights, queries: session_vectors(weights, queries, n_layers)
        sessions = by_width(read, reps.weights, latest(queries, max_length))
        return products(sessions, reps.item, items)

    return Model(init, encode, score)


def check_sizes(n_layers: int, max_length: int) -> None:
    """Refuses numbers that are none.

    Raises:
      InputError: names the number.
    """
    for name, value, least in (("n_layers", n_layers, 0), ("max_length", max_length, 1)):
        if value < least:
            raise InputError(f"{name} is {value}; give {least} or more")


def uniform_by(dim: int) -> Any:
    """The initializer ``U(-1 / sqrt(dim), 1 / sqrt(dim))`` of all parameters (section 4.1)."""
    bound = dim**-0.5
    return lambda key, shape: jax.random.uniform(key, shape, minval=-bound, maxval=bound)


def session_weights(key: Key, dim: int) -> Params:
    """Parameters of ``session_vectors`` beside the table of items."""
    shapes = {
        "incoming": (dim, dim),
        "outgoing": (dim, dim),
        "message": (2 * dim, 3 * dim),
        "state": (dim, 3 * dim),
        "query": (dim, dim),
        "key": (dim, dim),
        "session": (2 * dim, dim),
    }
    uniform, keys = uniform_by(dim), iter(jax.random.split(key, 2 * len(shapes) + 2))
    layers = {
        name: {"kernel": uniform(next(keys), shape), "bias": uniform(next(keys), shape[1:])}
        for name, shape in shapes.items()
    }
    return {"gnn": layers | {"attention": uniform(next(keys), (dim,))}}


def session_vectors(params: Params, queries: SessionQuery, n_layers: int) -> Float[Array, "B d"]:
    """The vector s_h of every session (equations 1 to 6); 0 of an empty one.

    Args:
      params: "item", and what ``session_weights`` returns.
    """
    gnn, (graph, node) = params["gnn"], session_graphs(queries)
    hidden = params["item"][graph.nodes]  # [B L, d]
    for _ in range(n_layers):
        hidden = gated_step(gnn, hidden, graph)
    at_position = hidden[node] * queries.mask[:, :, None]  # [B, L, d]
    last = at_position[jnp.arange(len(at_position)), last_positions(queries)]
    gate = jax.nn.sigmoid(dense(gnn["query"], last)[:, None] + dense(gnn["key"], at_position))
    whole = jnp.einsum("bld,d,ble->be", gate, gnn["attention"], at_position)
    vectors = dense(gnn["session"], jnp.concatenate([whole, last], axis=1))
    return jnp.where(queries.mask[:, :1], vectors, 0)


def gated_step(
    gnn: Params, hidden: Float[Array, "N d"], graph: jraph.GraphsTuple
) -> Float[Array, "N d"]:
    """Nodes after one step of the gated graph network (equations 1 to 5).

    Args:
      graph: edges are ``ops.session_graph.EdgeWeights``.
    """
    senders: Any = graph.senders
    receivers: Any = graph.receivers
    weights: Any = graph.edges
    incoming, outgoing = dense(gnn["incoming"], hidden), dense(gnn["outgoing"], hidden)

    def aggregate(values, source, weight, to):
        return jax.ops.segment_sum(values[source] * weight[:, None], to, len(hidden))

    message = jnp.concatenate(
        [
            aggregate(incoming, senders, weights.incoming, receivers),
            aggregate(outgoing, receivers, weights.outgoing, senders),
        ],
        axis=1,
    )
    moved = jnp.split(dense(gnn["message"], message), 3, axis=1)
    kept = jnp.split(dense(gnn["state"], hidden), 3, axis=1)
    reset, update = (jax.nn.sigmoid(moved[n] + kept[n]) for n in range(2))
    new = jnp.tanh(moved[2] + reset * kept[2])
    return new + update * (hidden - new)


def dense(layer: Params, x: Float[Array, "*n a"]) -> Float[Array, "*n b"]:
    """``x kernel + bias``."""
    out = x @ layer["kernel"]
    return out + jnp.broadcast_to(layer["bias"], out.shape)
