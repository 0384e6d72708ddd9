"""A session's graph and a memory of the facts about its items, by attribute.

Wang and Cai, Knowledge-enhanced graph neural networks for sequential recommendation, Information
11(8), 2020, https://doi.org/10.3390/info11080388, of which abstract and outline are known to us:
the graph is SR-GNN's (``models.srgnn``), and the memory that of KSR, Huang et al., Improving
sequential recommendation with knowledge-enhanced memory networks, SIGIR 2018. How the two are
joined and scored is ours.
"""

import math
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import ItemFacts, SessionQuery
from jaxrec.models.item_facts import fact_vectors, value_means
from jaxrec.models.srgnn import (
    SessionReps,
    check_sizes,
    dense,
    session_vectors,
    session_weights,
    uniform_by,
)
from jaxrec.models.triples import products
from jaxrec.ops import by_width, last_positions, latest

Write = Literal["translate", "value"]
Reads = Literal["both", "graph", "memory"]
Memory = Literal["session", "user"]


def kg_sequential(
    graph: ItemFacts,
    n_items: int,
    dim: int = 100,
    n_layers: int = 1,
    max_length: int = 50,
    kg_dim: int = 64,
    kg_epochs: int = 20,
    write: Write = "translate",
    sharpness: float = 10.0,
    reads: Reads = "both",
    memory: Memory = "session",
    n_recent: int = 10,
) -> Model:
    """Builds the score ``[h, m] W_u . [v_i, e_i] W_i``, h of the graph and m of the memory.

    The memory has a vector V_a for each attribute a, 0 at the start of a session. An item writes
    x_a: ``V_a <- (1 - g) V_a + g x_a``, ``g = sigmoid(V_a . x_a)``. After the last item
    ``m = sum_a w_a V_a`` is read, with ``w = softmax_a(sharpness q . k_a)`` and
    ``q = tanh(h W_q + b_q)``. Vectors of items e_i and attributes k_a are learned from the facts by
    TransE when training begins, and stay as they are. An empty session scores 0 with all items.

    Graph: ``ItemFacts``, which ``init`` reads and ``encode`` does not. Cost a batch: that of
    ``srgnn``, ``B L A kg_dim`` for the memory of A attributes, and ``I (dim + kg_dim) dim``.

    Args:
      dim: width of item vectors and of the network.
      n_layers: gated steps over the session graph; 0 reads items in place of the graph.
      max_length: latest items of a session that the model reads.
      kg_dim: width of the vectors of facts and of the memory.
      kg_epochs: passes over the facts when their vectors are learned.
      write: what an item writes for an attribute: its own vector moved by that of the attribute
        (translate, as in KSR), or the mean vector of its values, where it has one (value).
      sharpness: factor of the attention over attributes, 1 in KSR's code.
      reads: what the session's vector is made of: graph and memory, the graph alone, or the memory
        alone, read by the last item.
      memory: whose it is: graph and memory are made of the same items (session), or the graph of
        the ``n_recent`` latest alone and the memory of all that came before them as well (user),
        for whole histories of users.
      n_recent: items of the graph with memory "user".

    Raises:
      InputError: a number out of range.
    """
    check_sizes(n_layers, max_length)
    for name, value in (("kg_dim", kg_dim), ("kg_epochs", kg_epochs), ("n_recent", n_recent)):
        if value < 1:
            raise InputError(f"{name} is {value}; give 1 or more")
    check_sharpness(sharpness)
    learn = fact_vectors(graph, n_items, kg_dim, kg_epochs)

    def init(key: Key) -> Params:
        key_facts, key_item, key_session, *keys = jax.random.split(key, 9)
        uniform = uniform_by(dim)
        facts = learn(key_facts)
        if write == "value":
            facts["value"] = value_means(facts, graph, n_items)
        layer = lambda key, n_in, n_out: {
            "kernel": uniform(key, (n_in, n_out)),
            "bias": uniform(jax.random.fold_in(key, 1), (n_out,)),
        }
        written = {"write": layer(keys[0], kg_dim, kg_dim)} if write == "translate" else {}
        return written | {
            "item": uniform(key_item, (n_items, dim)),
            **session_weights(key_session, dim),
            "facts": facts,
            "read": layer(keys[1], dim, kg_dim),
            "user": beside_identity(uniform(keys[2], (kg_dim, dim))),
            "candidate": beside_identity(uniform(keys[3], (kg_dim, dim))),
        }

    def encode(params: Params, graph: Any, *, key: Key | None = None) -> SessionReps:
        del graph, key  # Its facts are in the parameters, and nothing is random.
        params = params | {"facts": jax.lax.stop_gradient(params["facts"])}
        both = jnp.concatenate([params["item"], params["facts"]["entity"][:n_items]], axis=1)
        return SessionReps(both @ params["candidate"], params)

    def session(params: Params, queries: SessionQuery) -> Float[Array, "B d"]:
        recent = queries if memory == "session" else latest(queries, n_recent)
        hidden = reader(params, recent, n_layers, reads)
        if reads == "graph":
            read = jnp.zeros((len(hidden), kg_dim))
        else:
            written = write_memory(params, queries, write)
            read = read_memory(params, hidden, written, sharpness)
        hidden = jnp.zeros_like(hidden) if reads == "memory" else hidden
        vectors = jnp.concatenate([hidden, read], axis=1) @ params["user"]
        return jnp.where(queries.mask[:, :1], vectors, 0)

    def score(
        reps: SessionReps, queries: SessionQuery, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        sessions = by_width(session, reps.weights, latest(queries, max_length))
        return products(sessions, reps.item, items)

    return Model(init, encode, score)


def check_sharpness(sharpness: float) -> None:
    """Refuses a factor of attention that is not above 0.

    Raises:
      InputError: names it.
    """
    if not 0 < sharpness < math.inf:
        raise InputError(f"sharpness is {sharpness}; give a number above 0")


def beside_identity(below: Float[Array, "k d"]) -> Float[Array, "d+k d"]:
    """A matrix that at first passes on the network's part of a vector as it is: SR-GNN's score."""
    return jnp.concatenate([jnp.eye(below.shape[1]), below])


def reader(params: Params, queries: SessionQuery, n_layers: int, reads: Reads):
    """What asks the memory, ``[B, d]``: the graph's vector, or without a graph the last item's."""
    if reads != "memory":
        return session_vectors(params, queries, n_layers)
    return params["item"][queries.item[jnp.arange(len(queries.item)), last_positions(queries)]]


def write_memory(params: Params, queries: SessionQuery, write: Write) -> Float[Array, "B A k"]:
    """The memory after the last item of every session; padding writes nothing."""

    def one(memory, position):
        item, real = position
        gate, new = gated_write(params, memory, item, real, write)
        return (1 - gate) * memory + gate * new, None

    shape = (len(queries.item), *params["facts"]["attribute"].shape)
    return jax.lax.scan(one, jnp.zeros(shape), (queries.item.T, queries.mask.T))[0]


def gated_write(params: Params, memory: Float[Array, "B A k"], item, real, write: Write):
    """How much of each vector is replaced, ``[B, A, 1]``, and by what, ``[B, A, k]``."""
    facts, writes = params["facts"], real[:, None, None]
    if write == "translate":
        moved = jnp.tanh(dense(params["write"], facts["entity"][item]))[:, None]
        new = moved + facts["attribute"][None]
    else:
        new = facts["value"][item]
        writes &= jnp.any(new != 0, axis=2, keepdims=True)
    gate = jax.nn.sigmoid(jnp.sum(memory * new, axis=2, keepdims=True))
    return jnp.where(writes, gate, 0), new


def read_memory(
    params: Params, hidden: Float[Array, "B d"], memory: Float[Array, "B A k"], sharpness: float
) -> Float[Array, "B k"]:
    """The vectors of attributes by how well their keys match the session."""
    return jnp.einsum("ba,bak->bk", attended(params, hidden, sharpness), memory)


def attended(params: Params, hidden: Float[Array, "B d"], sharpness: float) -> Float[Array, "B A"]:
    """Weights of attributes, which sum to one."""
    query = jnp.tanh(dense(params["read"], hidden))
    return jax.nn.softmax(sharpness * query @ params["facts"]["attribute"].T, axis=1)
