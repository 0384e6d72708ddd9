"""Graphs of one kind of node: normalized edges, and nodes with features."""

from typing import Any, NamedTuple

import jraph
import numpy as np
import scipy.sparse
from jaxtyping import Int

from jaxrec.base import InputError


class Featured(NamedTuple):
    """What models of nodes read: features, and a graph in the form that the model names.

    Attributes:
      feature: one row a node: an array, or ``ops.sparse`` of a matrix of few entries.
    """

    feature: Any
    graph: Any


def homogeneous(
    senders: Int[np.ndarray, "E"],
    receivers: Int[np.ndarray, "E"],
    n_nodes: int,
    r: float = 0.5,
    self_loops: bool = False,
) -> jraph.GraphsTuple:
    """Builds the normalized graph of edges ``senders -> receivers``; give both directions.

    Weights, order and arguments are those of ``graph.bipartite``: ``1 / (deg_r^r deg_s^(1 - r))``,
    sorted by receiver and then by sender, repeated edges once. Degrees count what a node receives.

    Raises:
      InputError: no edges, an edge that ends nowhere, or ``r`` out of range.

    >>> graph = homogeneous(np.array([0, 1]), np.array([1, 0]), n_nodes=3, self_loops=True)
    >>> graph.senders.tolist(), graph.receivers.tolist()
    ([0, 1, 0, 1, 2], [0, 0, 1, 1, 2])
    >>> graph.edges.tolist()
    [0.5, 0.5, 0.5, 0.5, 1.0]
    """
    if len(senders) == 0:
        raise InputError("the graph has no edges: 0 given, at least 1 needed")
    check_ends(senders, receivers, n_nodes)
    ones = np.ones(len(senders), np.float32)
    adjacency = scipy.sparse.csr_array((ones, (receivers, senders)), shape=(n_nodes, n_nodes))
    adjacency.sum_duplicates()
    return normalized(adjacency, r, self_loops)


def check_ends(senders: Any, receivers: Any, n_nodes: int) -> None:
    """Refuses edges that end outside of the graph.

    Raises:
      InputError: names the first.
    """
    for name, ends in (("senders", np.asarray(senders)), ("receivers", np.asarray(receivers))):
        outside = ends[(ends < 0) | (ends >= n_nodes)]
        if len(outside):
            raise InputError(f"{name} hold {outside[0]}; give 0 to {n_nodes - 1}, the nodes")


def normalized(adjacency: scipy.sparse.csr_array, r: float, self_loops: bool) -> jraph.GraphsTuple:
    """The graph of a matrix ``[receiver, sender]`` of sorted columns, its values not read.

    Raises:
      InputError: ``r`` out of range.
    """
    if not 0 <= r <= 1:
        raise InputError(f"the exponent r is {r}; give 0 to 1")
    n_nodes = len(adjacency.indptr) - 1
    if self_loops:
        adjacency = scipy.sparse.csr_array(adjacency + scipy.sparse.eye_array(n_nodes))
    degree = np.diff(adjacency.indptr)
    receivers = np.repeat(np.arange(n_nodes, dtype=np.int32), degree)
    senders = adjacency.indices.astype(np.int32)
    counts = np.maximum(degree, 1).astype(np.float64)  # 0 sends only where edges go one way.
    if r == 0.5:  # One product, so that both directions are the same to the bit.
        weight = 1 / np.sqrt(counts[senders] * counts[receivers])
    else:
        weight = counts[receivers] ** -r * counts[senders] ** (r - 1)
    arrays: dict[str, Any] = {  # Typed as device arrays by jraph; host arrays serve as well.
        "nodes": None,
        "edges": weight.astype(np.float32),
        "senders": senders,
        "receivers": receivers,
        "globals": None,
        "n_node": np.array([n_nodes], np.int32),
        "n_edge": np.array([len(senders)], np.int32),
    }
    return jraph.GraphsTuple(**arrays)
