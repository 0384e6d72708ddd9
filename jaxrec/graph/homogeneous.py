"""Graphs of one kind of node: normalized edges, and nodes with features."""

from typing import Any, NamedTuple

import jraph
import numpy as np
import scipy.sparse
from jaxtyping import Float, Int

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
    weight: Float[np.ndarray, "E"] | None = None,
) -> jraph.GraphsTuple:
    """Builds the normalized graph of edges ``senders -> receivers``; give both directions.

    Weights, order and arguments are those of ``graph.bipartite``: ``w / (deg_r^r deg_s^(1 - r))``,
    sorted by receiver and then by sender. The degree of a node is the sum of what it receives.

    Args:
      senders: where edges start.
      receivers: where they lead.
      n_nodes: N; ids are below it.
      r: exponent of the receiver's degree; the sender's has ``1 - r``.
      self_loops: a node that is not its own neighbor becomes one, by an edge of weight one.
      weight: weights w of edges, those of repeated edges are added; None weighs each edge one, and
        repeated edges count once.

    Raises:
      InputError: no edges, an edge that ends nowhere, ``r`` out of range, or a weight that is not a
        number above 0.

    >>> graph = homogeneous(np.array([0, 1]), np.array([1, 0]), n_nodes=3, self_loops=True)
    >>> graph.senders.tolist(), graph.receivers.tolist()
    ([0, 1, 0, 1, 2], [0, 0, 1, 1, 2])
    >>> graph.edges.tolist()
    [0.5, 0.5, 0.5, 0.5, 1.0]
    """
    if len(senders) == 0:
        raise InputError("the graph has no edges: 0 given, at least 1 needed")
    check_ends(senders, receivers, n_nodes)
    adjacency = summed(receivers, senders, (n_nodes, n_nodes), weight)
    return normalized(adjacency, r, self_loops)


def summed(
    row: Int[np.ndarray, "E"],
    column: Int[np.ndarray, "E"],
    shape: tuple[int, int],
    weight: Float[np.ndarray, "E"] | None,
) -> scipy.sparse.csr_array:
    """The matrix of pairs, columns sorted: added weights, or, where none are given, ones.

    Raises:
      InputError: another number of weights than of pairs, or one that is not a number above 0.
    """
    value = np.ones(len(row)) if weight is None else np.asarray(weight, np.float64)
    if len(value) != len(row):
        raise InputError(f"{len(value)} weights for {len(row)} edges; give one weight an edge")
    wrong = value[~((value > 0) & (value < np.inf))]
    if len(wrong):
        raise InputError(f"an edge weighs {wrong[0]}; give finite weights above 0")
    pairs = scipy.sparse.csr_array((value, (row, column)), shape=shape)
    pairs.sum_duplicates()
    if weight is None:
        pairs.data[:] = 1
    return pairs


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
    """The graph of a matrix ``[receiver, sender]`` of sorted columns and values above 0.

    Raises:
      InputError: ``r`` out of range.
    """
    if not 0 <= r <= 1:
        raise InputError(f"the exponent r is {r}; give 0 to 1")
    if self_loops:
        missing = (adjacency.diagonal() == 0).astype(adjacency.dtype)
        adjacency = scipy.sparse.csr_array(adjacency + scipy.sparse.diags_array(missing))
        adjacency.eliminate_zeros()
    total = adjacency.sum(axis=1, dtype=np.float64)
    degree = np.where(total > 0, total, 1)  # 0 sends only where edges go one way.
    of_sender = degree[adjacency.indices]
    of_receiver = np.repeat(degree, np.diff(adjacency.indptr))
    if r == 0.5:  # One product, so that both directions are the same to the bit.
        weight = adjacency.data / np.sqrt(of_sender * of_receiver)
    else:
        weight = adjacency.data * of_receiver**-r * of_sender ** (r - 1)
    return as_graph(adjacency)._replace(edges=weight.astype(np.float32))


def as_graph(matrix: scipy.sparse.csr_array) -> jraph.GraphsTuple:
    """The graph whose edges carry a matrix ``[receiver, sender]`` of sorted columns."""
    n_nodes, degree = len(matrix.indptr) - 1, np.diff(matrix.indptr)
    arrays: dict[str, Any] = {  # Typed as device arrays by jraph; host arrays serve as well.
        "nodes": None,
        "edges": matrix.data.astype(np.float32),
        "senders": matrix.indices.astype(np.int32),
        "receivers": np.repeat(np.arange(n_nodes, dtype=np.int32), degree),
        "globals": None,
        "n_node": np.array([n_nodes], np.int32),
        "n_edge": np.array([len(matrix.indices)], np.int32),
    }
    return jraph.GraphsTuple(**arrays)
