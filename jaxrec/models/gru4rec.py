"""GRU4Rec: a recurrent network over the items of a session.

Hidasi et al., Session-based recommendations with recurrent neural networks, ICLR 2016,
https://arxiv.org/abs/1511.06939
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import SessionQuery
from jaxrec.models.sasrec import DroppedReps
from jaxrec.models.srgnn import check_sizes, uniform_by
from jaxrec.models.triples import products
from jaxrec.ops import by_width, check_rate, dropout as drop_out, latest


def gru4rec(
    n_items: int, dim: int = 100, n_layers: int = 1, max_length: int = 50, dropout: float = 0.2
) -> Model:
    """Builds GRU4Rec: the score is ``h . v_i``, h the last state of the network.

    The units are flax's (``GRUCell``), and vectors of items both enter and are scored, the
    "constrained embedding" of the authors' later code, where the paper has a matrix for each.
    Sessions of a batch are read whole, not side by side in parts, and the loss is the run's.
    Queries are ``graph.SessionQuery``, of sessions that need not be in training; an empty one
    scores 0 with all items.

    Graph: none. Cost a batch: ``6 B L n_layers dim^2`` for sessions of up to L items, one after the
    other, and ``B C dim`` for C candidates.

    Args:
      dim: width of item vectors and of the network.
      n_layers: gated layers on top of one another.
      max_length: latest items of a session that the model reads.
      dropout: chance of an entry of the item vectors that enter to be 0.

    Raises:
      InputError: a number out of range.
    """
    check_sizes(n_layers, max_length)
    check_rate("dropout", dropout)
    if n_layers < 1:
        raise InputError(f"n_layers is {n_layers}; give 1 or more")

    def init(key: Key) -> Params:
        key_item, *keys = jax.random.split(key, 1 + n_layers)
        item = uniform_by(dim)(key_item, (n_items, dim))
        layers = {str(n): init_gru(keys[n], dim) for n in range(n_layers)}
        return {"item": item, "layers": layers}

    def encode(params: Params, graph: None, *, key: Key | None = None) -> DroppedReps:
        del graph  # Sessions are in the queries.
        return DroppedReps(params["item"], params, key if dropout else None)

    def session(reps: DroppedReps, queries: SessionQuery) -> Float[Array, "B d"]:
        x = drop_out(reps.weights["item"][queries.item], dropout, reps.key)
        for n in range(n_layers):
            x = gru_states(reps.weights["layers"][str(n)], x, queries.mask)
        return x[:, -1]  # Padding has left the last state as it was.

    def score(
        reps: DroppedReps, queries: SessionQuery, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        return products(by_width(session, reps, latest(queries, max_length)), reps.item, items)

    return Model(init, encode, score)


def init_gru(key: Key, dim: int) -> Params:
    """Weights of ``gru_states``."""
    x = jnp.zeros((1, dim))
    return _cell(dim).init(key, x, x)["params"]


def gru_states(weights: Params, x: Float[Array, "B L d"], mask) -> Float[Array, "B L d"]:
    """The state after each position; 0 before the first."""
    cell = _cell(x.shape[2])

    def one(state, position):
        item, real = position
        moved, _ = cell.apply({"params": weights}, state, item)
        state = jnp.where(real[:, None], moved, state)
        return state, state

    start = jnp.zeros((len(x), x.shape[2]))
    return jnp.swapaxes(jax.lax.scan(one, start, (jnp.swapaxes(x, 0, 1), mask.T))[1], 0, 1)


def _cell(dim: int) -> Any:
    from flax import linen  # Takes 0.3 s, and most models do without.

    return linen.GRUCell(dim)
