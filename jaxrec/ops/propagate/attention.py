"""Propagation whose edge weights are computed, and so need gradients: attention.

``y_r = sum over edges (s -> r) of w_e x_s`` has two derivatives: with respect to the features it
is propagation over the transposed graph, and with respect to a weight it is the inner product
``<g_r, x_s>`` of the edge's two ends (a sampled dense-dense product). Both read the edges in the
order of their rows, so neither scatters, and nothing of shape ``[E, d]`` is kept between them.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError
from jaxrec.graph.homogeneous import check_ends
from jaxrec.ops.propagate.chunks import CHUNK, Chunks
from jaxrec.ops.propagate.product import multiply
from jaxrec.ops.propagate.rows import Rows


class Order(NamedTuple):
    """Edges in the order of one of their ends.

    Attributes:
      indptr: end ``n`` owns ``indptr[n]:indptr[n + 1]``.
      other: the other end.
      edge: where each stands in the graph.
    """

    indptr: Int[Array, "N+1"] | Int[np.ndarray, "N+1"]
    other: Int[Array, "E"] | Int[np.ndarray, "E"]
    edge: Int[Array, "E"] | Int[np.ndarray, "E"]


class EdgeList(NamedTuple):
    """What ``weighted_spmm`` reads: a graph without its weights.

    Attributes:
      senders, receivers: in the graph's own order, which is that of the weights.
      by_receiver, by_sender: the same edges, ordered.
    """

    senders: Int[Array, "E"] | Int[np.ndarray, "E"]
    receivers: Int[Array, "E"] | Int[np.ndarray, "E"]
    by_receiver: Order
    by_sender: Order


def edge_list(graph: jraph.GraphsTuple) -> EdgeList:
    """Prepares a graph for ``weighted_spmm``, once, on the host; ignores its weights. Cost O(E).

    Raises:
      InputError: an edge ends outside of the graph.
    """
    senders, receivers = np.asarray(graph.senders), np.asarray(graph.receivers)
    n_nodes = int(np.sum(graph.n_node))
    check_ends(senders, receivers, n_nodes)
    return jax.device_put(ordered(senders, receivers, n_nodes, n_nodes))


def ordered(
    senders: Int[np.ndarray, "E"],
    receivers: Int[np.ndarray, "E"],
    n_senders: int,
    n_receivers: int,
) -> EdgeList:
    """Edges between two kinds of nodes, or of one, on the host; ends are not checked."""
    orders = _order(receivers, senders, n_receivers), _order(senders, receivers, n_senders)
    return EdgeList(senders, receivers, *orders)


@jax.custom_vjp
def weighted_spmm(
    x: Float[Array, "N d"], weight: Float[Array, "E"], edges: EdgeList
) -> Float[Array, "R d"]:
    """Propagates ``x`` with one weight an edge; differentiable in both.

    Rows of ``x`` are senders, those of the result receivers: the nodes of a graph, both.

    Several heads: ``jax.vmap`` over the last axis of ``weight [E, H]`` and of ``x [N, d, H]``.

    Args:
      weight: in the order of the graph's edges.

    Raises:
      InputError: not one weight an edge, or not one row of ``x`` a node.
    """
    n_edges, n_nodes = edges.senders.shape[0], edges.by_sender.indptr.shape[0] - 1
    if (weight.shape[0], x.shape[0]) != (n_edges, n_nodes):
        raise InputError(
            f"{weight.shape[0]} weights and {x.shape[0]} rows given; the graph has {n_edges} edges "
            f"and {n_nodes} nodes; give one weight an edge and one row a node"
        )
    return _multiply(edges.by_receiver, weight, x)


def _attend_forward(x, weight, edges):
    return weighted_spmm(x, weight, edges), (x, weight, edges)


def _attend_backward(kept, cotangent):
    x, weight, edges = kept
    turned = edges._replace(
        senders=edges.receivers,
        receivers=edges.senders,
        by_receiver=edges.by_sender,
        by_sender=edges.by_receiver,
    )
    to_x = weighted_spmm(cotangent, weight, turned).astype(x.dtype)
    to_weight = inner(cotangent, x, edges.receivers, edges.senders).astype(weight.dtype)
    return to_x, to_weight, None


weighted_spmm.defvjp(_attend_forward, _attend_backward)


def inner(
    a: Float[Array, "A d"], b: Float[Array, "B d"], row: Int[Array, "E"], column: Int[Array, "E"]
) -> Float[Array, "E"]:
    """``<a[row_e], b[column_e]>`` for every edge, a chunk of edges at a time."""
    dtype = jnp.promote_types(jnp.result_type(a, b), jnp.float32)
    ones = jnp.ones(a.shape[1], dtype)

    def product(pair):
        ends = a[pair[0]].astype(dtype) * b[pair[1]].astype(dtype)  # [C, d]
        return jnp.matmul(ends, ones, precision="highest")  # A sum is slower on CPU.

    if 0 in (*a.shape, *b.shape, *row.shape):
        return jnp.zeros(row.shape, dtype)
    ends = _in_chunks(row), _in_chunks(column)
    return jax.lax.map(product, ends).reshape(-1)[: row.shape[0]]


def _multiply(order: Order, weight, x) -> Any:
    weight = weight.astype(jnp.promote_types(weight.dtype, jnp.float32))
    arrays = order.indptr, order.other, weight[order.edge]
    compressed = lambda indptr, other, weight, x: multiply(Rows(indptr, other, weight), x)
    return jax.lax.platform_dependent(*arrays, x, cpu=compressed, default=_by_chunks)


def _by_chunks(indptr, other, weight, x):
    n_edges = other.shape[0]
    row = jnp.searchsorted(indptr, jnp.arange(n_edges), side="right").astype(jnp.int32) - 1
    last = max(0, indptr.shape[0] - 2)  # Keeps the receivers sorted.
    return multiply(Chunks(indptr, _in_chunks(other), _in_chunks(row, last), _in_chunks(weight)), x)


def _in_chunks(array, fill=0):
    n_chunks = max(1, -(-array.shape[0] // CHUNK))
    length = -(-array.shape[0] // n_chunks)
    short = n_chunks * length - array.shape[0]
    return jnp.pad(array, (0, short), constant_values=fill).reshape(n_chunks, length)


def _order(row, column, n_nodes) -> Order:
    place = np.arange(len(row), dtype=np.int32)
    order = np.lexsort((column, row))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n_nodes))])
    arrays = indptr.astype(np.int32), column[order].astype(np.int32), place[order]
    return Order(*arrays)
