"""KSR: a recurrent network over the items of a session, and a memory of the facts about them.

Huang et al., Improving sequential recommendation with knowledge-enhanced memory networks, SIGIR
2018, https://doi.org/10.1145/3209978.3210017
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import ItemFacts, SessionQuery
from jaxrec.models.gru4rec import gru_states, init_gru
from jaxrec.models.item_facts import fact_vectors
from jaxrec.models.kg_sequential import (
    beside_identity,
    check_sharpness,
    read_memory,
    write_memory,
)
from jaxrec.models.sasrec import DroppedReps
from jaxrec.models.srgnn import check_sizes, dense, uniform_by
from jaxrec.models.triples import products
from jaxrec.ops import by_width, check_rate, dropout as drop_out, latest


def ksr(
    graph: ItemFacts,
    n_items: int,
    dim: int = 100,
    max_length: int = 50,
    dropout: float = 0.2,
    kg_dim: int = 64,
    kg_epochs: int = 20,
    sharpness: float = 1.0,
) -> Model:
    """Builds the score ``tanh([h, m] W_u + b_u) . [v_i, e_i] W_i``, h the last state of a GRU.

    The memory is that of ``kg_sequential`` with items that write themselves moved by an attribute:
    m is what h reads of it. Vectors of items e_i and attributes are learned from the facts by
    TransE when training begins, and stay as they are. Where the authors begin at vectors of items
    that BPR has learned, v_i is random, and the loss is the run's. W_u and W_i begin at the
    identity for h and v_i. An empty session scores 0 with all items.

    Graph: ``ItemFacts``, which ``init`` reads and ``encode`` does not. Cost a batch: that of
    ``gru4rec``, ``B L A kg_dim`` for the memory of A attributes, and ``I (dim + kg_dim) dim``.

    Args:
      dim: width of item vectors and of the network.
      max_length: latest items of a session that the model reads.
      dropout: chance of an entry of the item vectors that enter to be 0.
      kg_dim: width of the vectors of facts and of the memory.
      kg_epochs: passes over the facts when their vectors are learned.
      sharpness: factor of the attention over attributes.

    Raises:
      InputError: a number out of range.
    """
    check_sizes(0, max_length)
    check_rate("dropout", dropout)
    for name, value in (("kg_dim", kg_dim), ("kg_epochs", kg_epochs)):
        if value < 1:
            raise InputError(f"{name} is {value}; give 1 or more")
    check_sharpness(sharpness)
    learn = fact_vectors(graph, n_items, kg_dim, kg_epochs)

    def init(key: Key) -> Params:
        key_facts, key_item, key_gru, *keys = jax.random.split(key, 7)
        uniform = uniform_by(dim)
        layer = lambda kernel: {"kernel": kernel, "bias": jnp.zeros(kernel.shape[1])}
        return {
            "item": uniform(key_item, (n_items, dim)),
            "gru": init_gru(key_gru, dim),
            "facts": learn(key_facts),
            "write": layer(uniform(keys[0], (kg_dim, kg_dim))),
            "read": layer(uniform(keys[1], (dim, kg_dim))),
            "user": layer(beside_identity(uniform(keys[2], (kg_dim, dim)))),
            "candidate": beside_identity(uniform(keys[3], (kg_dim, dim))),
        }

    def encode(params: Params, graph: None, *, key: Key | None = None) -> DroppedReps:
        del graph  # Its facts are in the parameters.
        params = params | {"facts": jax.lax.stop_gradient(params["facts"])}
        both = jnp.concatenate([params["item"], params["facts"]["entity"][:n_items]], axis=1)
        return DroppedReps(both @ params["candidate"], params, key if dropout else None)

    def session(reps: DroppedReps, queries: SessionQuery) -> Float[Array, "B d"]:
        params = reps.weights
        entering = drop_out(params["item"][queries.item], dropout, reps.key)
        hidden = gru_states(params["gru"], entering, queries.mask)[:, -1]
        memory = write_memory(params, queries, "translate")
        read = read_memory(params, hidden, memory, sharpness)
        vectors = jnp.tanh(dense(params["user"], jnp.concatenate([hidden, read], axis=1)))
        return jnp.where(queries.mask[:, :1], vectors, 0)

    def score(
        reps: DroppedReps, queries: SessionQuery, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        return products(by_width(session, reps, latest(queries, max_length)), reps.item, items)

    return Model(init, encode, score)
