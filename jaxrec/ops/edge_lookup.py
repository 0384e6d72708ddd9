"""Edges of a sorted graph, found by their ends and left out."""

import jax
import jax.numpy as jnp
import jraph
from jaxtyping import Array, Int


def edge_positions(
    graph: jraph.GraphsTuple, senders: Int[Array, "n"], receivers: Int[Array, "n"]
) -> Int[Array, "n"]:
    """Positions of the edges ``senders -> receivers``; the number of edges where there is none.

    Edges are sorted by receiver and then by sender, as ``graph.between`` and ``graph.homogeneous``
    have them; of repeated edges the first is found. Cost O(log E) gathers each.

    >>> ends = {"senders": jnp.array([1, 0, 2]), "receivers": jnp.array([0, 1, 1])}
    >>> rest = dict.fromkeys(("nodes", "edges", "globals", "n_node", "n_edge"))
    >>> graph = jraph.GraphsTuple(**ends, **rest)
    >>> edge_positions(graph, jnp.array([2, 1]), jnp.array([1, 1])).tolist()
    [2, 3]
    """
    sender, receiver = jnp.asarray(graph.senders), jnp.asarray(graph.receivers)
    n_edges = receiver.shape[0]
    if n_edges == 0:
        return jnp.zeros(receivers.shape, jnp.int32)

    def halve(_, bounds):
        low, high = bounds
        middle = (low + high) // 2
        same = (receiver[middle] == receivers) & (sender[middle] < senders)
        right = (low < high) & ((receiver[middle] < receivers) | same)
        return jnp.where(right, middle + 1, low), jnp.where(right | (low >= high), high, middle)

    bounds = jnp.zeros(receivers.shape, jnp.int32), jnp.full(receivers.shape, n_edges, jnp.int32)
    place, _ = jax.lax.fori_loop(0, n_edges.bit_length(), halve, bounds)
    there = (place < n_edges) & (receiver[place] == receivers) & (sender[place] == senders)
    return jnp.where(there, place, n_edges)


def without_edges(
    graph: jraph.GraphsTuple, senders: Int[Array, "n"], receivers: Int[Array, "n"]
) -> jraph.GraphsTuple:
    """The graph whose edges ``senders -> receivers`` reach nobody.

    Their receiver becomes ``n_node``, which sums over receivers and ``nn.softmax_sum`` drop. The
    number of edges stays, so that a program is compiled once; the order by receiver does not.
    """
    place = edge_positions(graph, senders, receivers)
    nobody = jnp.sum(jnp.asarray(graph.n_node))
    return graph._replace(receivers=jnp.asarray(graph.receivers).at[place].set(nobody, mode="drop"))
