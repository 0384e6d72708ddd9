"""A graph whose edges carry the chance of a walk's step."""

import jraph
import numpy as np
import scipy.sparse
from jaxtyping import Float, Int

from jaxrec.base import InputError
from jaxrec.graph.homogeneous import as_graph, check_ends, summed


def walk_graph(
    senders: Int[np.ndarray, "E"],
    receivers: Int[np.ndarray, "E"],
    n_nodes: int,
    weight: Float[np.ndarray, "E"] | None = None,
) -> jraph.GraphsTuple:
    """Builds the graph by which ``ops.propagate`` moves a distribution one step of a walk on.

    An edge carries its share of what leaves its sender, ``w_sr / sum_r w_sr``: the transposed
    ``D^-1 A`` of a directed graph. Edges come sorted by receiver and then by sender. Cost O(E).

    Args:
      senders: where steps start; give both directions of an undirected edge.
      receivers: where they lead.
      n_nodes: N; ids are below it.
      weight: weights of edges, those of repeated edges are added; None weighs each edge one, and
        repeated edges count once.

    Raises:
      InputError: no edges, an edge that ends nowhere, or a weight that is not a number above 0.

    >>> graph = walk_graph(np.array([0, 0, 1]), np.array([1, 2, 2]), n_nodes=3)
    >>> graph.senders.tolist(), graph.receivers.tolist(), graph.edges.tolist()
    ([0, 0, 1], [1, 2, 2], [0.5, 0.5, 1.0])
    """
    if len(senders) == 0:
        raise InputError("the graph has no edges: 0 given, at least 1 needed")
    check_ends(senders, receivers, n_nodes)
    steps = summed(senders, receivers, (n_nodes, n_nodes), weight)
    steps.data /= np.repeat(steps.sum(axis=1), np.diff(steps.indptr))
    turned = scipy.sparse.csr_array(steps.T)
    turned.sort_indices()
    return as_graph(turned)
