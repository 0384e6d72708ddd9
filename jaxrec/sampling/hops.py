"""Sampled hops: the nodes that a batch's items need, layer by layer, in arrays of fixed shape.

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, algorithm 2: ``S^(K)`` holds the
items of the batch, ``S^(k-1)`` also the neighbors of ``S^(k)``. A set holds a node once, so what
many items share is computed once; the last rows of a set may repeat a node where fewer differ than
fit. Sizes are bounds, ``min(n (1 + T), N)`` after a set of n, so nothing overflows. Cost of a set:
one pass over N marks, less than sorting for catalogues of some millions.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key
from jaxrec.graph import Csr
from jaxrec.ops import ImportanceNeighbors
from jaxrec.ops.walk import below

Near = Callable[[Key, Int[Array, "n"]], ImportanceNeighbors]
"""A law of neighbors: ``(key, nodes) -> who, and with what weights``."""

Ends = tuple[Int[Array, "B"], Int[Array, "B"]]
"""Nodes b of both are a query and its target."""


class Hop(NamedTuple):
    """What one layer gathers from the set before.

    Attributes:
      own: row there of each node of this set.
      sender: rows there of its neighbors.
      weight: of these, in sum 1; 0 marks padding, all of a row where a node has none.
    """

    own: Int[Array, "n"]
    sender: Int[Array, "n T"]
    weight: Float[Array, "n T"]


class Hops(NamedTuple):
    """What an encoder of features reads.

    Attributes:
      feature: of the nodes of ``S^(0)``.
      hop: a layer each, in the order in which layers run.
      seed: row in ``S^(K)`` of every item that was asked for; ``reps`` has these.
    """

    feature: Float[Array, "n F"]
    hop: tuple[Hop, ...]
    seed: Int[Array, "S"]


def by_table(table: ImportanceNeighbors) -> Near:
    """Every node's neighbors in a table ``[N, T]``, such as ``item_neighbors`` makes."""

    def near(key: Key, node: Int[Array, "n"]) -> ImportanceNeighbors:
        del key  # They were drawn before training.
        return ImportanceNeighbors(jnp.asarray(table.sender)[node], jnp.asarray(table.weight)[node])

    return near


def uniform(lists: Csr, width: int) -> Near:
    """``width`` uniform draws from every node's list, with replacement, anew for every batch.

    Hamilton et al., GraphSAGE, NeurIPS 2017, https://arxiv.org/abs/1706.02216, section 3.1.

    Raises:
      InputError: ``width`` below 1.
    """
    if width < 1:
        raise InputError(f"{width} neighbors are to be drawn; give 1 or more")
    indptr, indices = jnp.asarray(lists.indptr), jnp.asarray(lists.indices)

    def near(key: Key, node: Int[Array, "n"]) -> ImportanceNeighbors:
        degree = (indptr[node + 1] - indptr[node])[:, None]
        bits = jax.random.bits(key, (node.shape[0], width))
        place = indptr[node][:, None] + below(bits, jnp.broadcast_to(degree, bits.shape))
        sender = jnp.where(degree > 0, indices[place], 0)
        return ImportanceNeighbors(
            sender, jnp.where(degree > 0, jnp.full(bits.shape, 1 / width), 0)
        )

    return near


def hops(
    key: Key,
    feature: Float[Array, "N F"] | Float[np.ndarray, "N F"],
    near: Sequence[Near],
    seed: Int[Array, "S"],
    apart: Ends | None = None,
) -> Hops:
    """The sets of algorithm 2 for these seeds, which may repeat.

    Args:
      near: a law for each layer, in the order in which layers run.
      apart: queries and targets whose edges, in both directions, no node of the block may use; what
        is left of a node's weights is brought to sum 1 again. A label thus cannot be read off the
        graph.
    """
    feature = jnp.asarray(feature)
    node, place = _distinct(seed, len(feature))
    row, found = place[seed], []
    for key_hop, law in zip(jax.random.split(key, len(near)), reversed(near), strict=True):
        sender, weight = law(key_hop, node)
        if apart is not None:
            weight = _without(sender, weight, node, place, apart)
        before, place = _distinct(jnp.concatenate([node, sender.ravel()]), len(feature))
        found.append(Hop(place[node], place[sender], weight))
        node = before
    return Hops(feature[node], tuple(reversed(found)), row)


def full_neighborhood(
    feature: Float[Array, "N F"] | Float[np.ndarray, "N F"], tables: Sequence[ImportanceNeighbors]
) -> Hops:
    """Every node in every set, a table a layer: what serves a catalogue that fits at once."""
    own = jnp.arange(len(feature))
    hop = tuple(Hop(own, jnp.asarray(t.sender), jnp.asarray(t.weight)) for t in tables)
    return Hops(jnp.asarray(feature), hop, own)


def _distinct(node: Int[Array, "m"], n_nodes: int) -> tuple[Int[Array, "n"], Int[Array, "N"]]:
    """The nodes, each once and ascending, padded by 0; and the row of each among them."""
    size = min(node.shape[0], n_nodes)
    there = jnp.zeros(n_nodes, bool).at[node].set(True)
    place = jnp.cumsum(there) - 1
    every = jnp.arange(n_nodes, dtype=node.dtype)
    kept = jnp.zeros(size, node.dtype).at[jnp.where(there, place, size)].set(every, mode="drop")
    return kept, place


def _without(
    sender: Int[Array, "n T"],
    weight: Float[Array, "n T"],
    node: Int[Array, "n"],
    place: Int[Array, "N"],
    apart: Ends,
) -> Float[Array, "n T"]:
    """Weights without the edges of ``apart``, in sum 1 again."""
    for end, other in (apart, apart[::-1]):
        row = place[end]
        row = jnp.where(node[row] == end, row, len(node))  # Not all ends need be in the set.
        weight = weight.at[row].multiply(sender[row] != other[:, None], mode="drop")
    total = jnp.sum(weight, axis=1, keepdims=True)
    return weight / jnp.where(total > 0, total, 1)
