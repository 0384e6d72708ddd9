"""Attention by inner product: a neighbor counts by how alike its row is to one's own."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
from jaxtyping import Array, Float

from jaxrec.base import InputError
from jaxrec.ops.propagate.attention import EdgeList, edge_list, inner, weighted_spmm


class WeightedEdges(NamedTuple):
    """Edges in the order of receivers, and their weights; 0 marks padding."""

    edges: EdgeList
    weight: Float[Array, "*S E"]


def weighted_edges(graph: jraph.GraphsTuple, n_edges: int | None = None) -> WeightedEdges:
    """Prepares a graph sorted by receiver, padded to ``n_edges``, so that several can be stacked.

    Padding runs from the last node to itself, which keeps the order. Cost O(E).

    Raises:
      InputError: an edge ends outside of the graph, edges are not sorted by receiver, or there
        are more than ``n_edges``.
    """
    senders, receivers = np.asarray(graph.senders), np.asarray(graph.receivers)
    falls = np.flatnonzero(receivers[1:] < receivers[:-1])
    if len(falls):
        before, after = receivers[falls[0] : falls[0] + 2]
        raise InputError(f"receiver {after} follows {before}; sort the edges by receiver")
    short = 0 if n_edges is None else n_edges - len(senders)
    if short < 0:
        raise InputError(f"n_edges is {n_edges}; give {len(senders)}, the graph's edges, or more")
    last = int(np.sum(graph.n_node)) - 1
    pad = lambda array, fill: np.pad(array, (0, short), constant_values=fill)
    padded = graph._replace(senders=pad(senders, last), receivers=pad(receivers, last))
    return WeightedEdges(edge_list(padded), jax.device_put(pad(np.asarray(graph.edges), 0)))


@jax.custom_vjp
def affinity(x: Float[Array, "N d"], edges: EdgeList) -> Float[Array, "E"]:
    """``<x_r, x_s>`` for every edge ``s -> r``, in the order of the graph's edges.

    The derivative is propagation, with the cotangent as weights, in both directions of the edges:
    neither pass keeps anything of shape ``[E, d]``.
    """
    return inner(x, x, jnp.asarray(edges.receivers), jnp.asarray(edges.senders))


def _affinity_forward(x, edges):
    return affinity(x, edges), (x, edges)


def _affinity_backward(kept, cotangent):
    x, edges = kept
    turned = EdgeList(edges.receivers, edges.senders, edges.by_sender, edges.by_receiver)
    total = weighted_spmm(x, cotangent, edges) + weighted_spmm(x, cotangent, turned)
    return total.astype(x.dtype), None


affinity.defvjp(_affinity_forward, _affinity_backward)


def affinity_mean(x: Float[Array, "N d"], *graphs: WeightedEdges) -> Float[Array, "N d"]:
    """Mean of the senders in all graphs, weighted by ``softmax_s <x_r, x_s>`` over them together.

    Of weights only zero is read: it hides its edge. Parallel edges count as often as they occur,
    and nodes without edges receive zeros.
    """
    logits = [jnp.where(g.weight != 0, affinity(x, g.edges), -jnp.inf) for g in graphs]
    top = partial(jax.ops.segment_max, num_segments=x.shape[0], indices_are_sorted=True)
    tops = [top(logit, g.edges.receivers) for logit, g in zip(logits, graphs, strict=True)]
    largest = jax.lax.stop_gradient(jnp.max(jnp.stack(tops), axis=0))
    largest = jnp.where(jnp.isfinite(largest), largest, 0)  # Of nodes without edges.
    with_one = jnp.pad(x, ((0, 0), (0, 1)), constant_values=1)  # The last column sums the weights.
    sums = jnp.zeros_like(with_one)
    for logit, g in zip(logits, graphs, strict=True):
        sums += weighted_spmm(with_one, jnp.exp(logit - largest[g.edges.receivers]), g.edges)
    return sums[:, :-1] / jnp.maximum(sums[:, -1:], 0.5)  # At least 1 where there is an edge.
