"""What GraphSAGE makes of a node's neighbors.

Hamilton et al., NeurIPS 2017, https://arxiv.org/abs/1706.02216, section 3.3.

Means and sums are a propagation over the whole graph, whose weights say which it is. The others
read a table of neighbors (``graph.neighbors``), a block of nodes at a time, and gather a block
again for its gradient rather than keep ``[N, K, d]``. Nodes without neighbors get zeros.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import InputError, Key, Params
from jaxrec.graph import Neighbors
from jaxrec.ops import diffuse

BLOCK = 4096
"""Nodes at a time: 25 MiB of neighbors' rows at 25 neighbors and width 64."""


class Aggregator(NamedTuple):
    """One way to read neighbors.

    Attributes:
      init: ``(key, width) -> params`` of the aggregator itself.
      aggregate: ``(params, x [N, d], graph, key) -> [N, d]``.
      beside: whether the node's own row stands beside the result.
      linear: whether it commutes with a product ``x W``, as sparse features need it.
    """

    init: Callable[[Key, int], Params]
    aggregate: Callable[[Params, Any, Any, Key | None], Array]
    beside: bool = True
    linear: bool = False


def mean(params: Params, x: Float[Array, "N d"], graph: Any, key: Key | None):
    """The weighted sum that the graph says: with ``r=1`` a mean, with ones a sum."""
    del params, key  # Nothing to learn and nothing random.
    if isinstance(graph, Neighbors):
        raise InputError(
            "aggregators mean, gcn and sum read a graph, not a neighbor table; give "
            "graph.bipartite(train, r=1.0), with self_loops=True for gcn and mean_with_self"
        )
    return diffuse(x, graph, (0.0, 1.0))


def init_pool(key: Key, width: int) -> Params:
    """Weights of the layer that every neighbor passes."""
    return {"pool": _dense(width).init(key, jnp.zeros((1, width)))["params"]}


def pool(params: Params, x: Float[Array, "N d"], graph: Any, key: Key | None):
    """The largest entries of ``relu(W h + b)`` over the neighbors (equation 3)."""
    del key  # The largest of a set knows no order.
    passed = _dense(x.shape[1]).apply({"params": params["pool"]}, x)
    z = jax.nn.relu(passed)

    def largest(sender: Int[Array, "K"], mask: Bool[Array, "K"]) -> Float[Array, "d"]:
        return jnp.max(z[sender], axis=0, where=mask[:, None], initial=0.0)  # None is below zero.

    return _in_blocks(largest, graph)


def init_lstm(key: Key, width: int) -> Params:
    """Weights of a cell as wide as its input."""
    return {"lstm": _lstm_cell(width).init(key, *_at_rest(width))["params"]}


def lstm(params: Params, x: Float[Array, "N d"], graph: Any, key: Key | None):
    """The last hidden state of an LSTM over the neighbors, shuffled by ``key`` if there is one."""
    cell, width = _lstm_cell(x.shape[1]), x.shape[1]

    def read(sender: Int[Array, "K"], mask: Bool[Array, "K"]) -> Float[Array, "d"]:
        def step(carry, neighbor):
            row, valid = neighbor
            moved, _ = cell.apply({"params": params["lstm"]}, carry, x[row])
            return jax.tree.map(lambda new, old: jnp.where(valid, new, old), moved, carry), None

        (_, hidden), _ = jax.lax.scan(step, _at_rest(width)[0], (sender, mask))
        return hidden

    return _in_blocks(read, graph if key is None else _shuffled(graph, key))


def _dense(width: int) -> Any:
    from flax import linen  # Takes 0.3 s, and most models do without.

    return linen.Dense(width)


def _lstm_cell(width: int) -> Any:
    from flax import linen

    return linen.OptimizedLSTMCell(width)


def _at_rest(width: int):
    zeros = jnp.zeros(width)
    return (zeros, zeros), zeros


def _shuffled(table: Neighbors, key: Key) -> Neighbors:
    """Neighbors of every node in random order; where padding stands does not matter."""
    order = jnp.argsort(jax.random.uniform(key, table.mask.shape), axis=1)
    return jax.tree.map(lambda array: jnp.take_along_axis(jnp.asarray(array), order, 1), table)


def _in_blocks(of_node, table: Any) -> Array:
    if not isinstance(table, Neighbors):
        raise InputError(
            "aggregators pool and lstm read a neighbor table; give "
            "graph.neighbors(graph.bipartite(train), width)"
        )
    remade = jax.checkpoint(lambda pair: of_node(*pair))
    return jax.lax.map(remade, jax.tree.map(jnp.asarray, tuple(table)), batch_size=BLOCK)


_nothing = lambda key, width: {}
AGGREGATORS = {
    "mean": Aggregator(_nothing, mean, linear=True),
    "mean_with_self": Aggregator(_nothing, mean, linear=True),
    "sum": Aggregator(_nothing, mean, linear=True),
    "gcn": Aggregator(_nothing, mean, beside=False, linear=True),
    "pool": Aggregator(init_pool, pool),
    "lstm": Aggregator(init_lstm, lstm),
}
"""Ways to combine neighbors, by name."""
