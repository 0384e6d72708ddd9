"""Similarity of the nodes of one kind, without training: shared neighbors, and factors of A."""

import numpy as np
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg
from jaxtyping import Float, Int

from jaxrec.base import InputError
from jaxrec.graph.homogeneous import check_ends, summed


def shared_neighbors(
    senders: Int[np.ndarray, "E"], receivers: Int[np.ndarray, "E"], n_nodes: int
) -> scipy.sparse.csr_array:
    """How many neighbors every two nodes share, ``|N(u) and N(v)|`` in ``[N, N]``, 0 on itself.

    Edges count once, whichever way they are given. Cost: the sum of squared degrees.

    Args:
      senders: one end of each edge.
      receivers: the other.
      n_nodes: N; ids are below it.

    Raises:
      InputError: an edge that ends outside of the graph.

    >>> shared = shared_neighbors(np.array([0, 1, 2]), np.array([2, 2, 3]), n_nodes=4)
    >>> shared.toarray().astype(int).tolist()
    [[0, 1, 0, 1], [1, 0, 0, 1], [0, 0, 0, 0], [1, 1, 0, 0]]
    """
    check_ends(senders, receivers, n_nodes)
    both = np.append(senders, receivers), np.append(receivers, senders)
    adjacency = summed(*both, (n_nodes, n_nodes), None)
    shared = scipy.sparse.csr_array(adjacency @ adjacency)
    shared.setdiag(0)
    shared.eliminate_zeros()
    return shared


def adjacency_factors(
    senders: Int[np.ndarray, "E"], receivers: Int[np.ndarray, "E"], n_nodes: int, dim: int
) -> Float[np.ndarray, "N d"]:
    """Vectors Z of nodes for which ``Z Z^T`` is nearest to the adjacency A, in squared error.

    The inner product of two rows then says whether the two nodes are joined: the shallow encoder
    whose similarity is adjacency. The minimum is known: the ``dim`` largest eigenvalues above 0 and
    their eigenvectors (Eckart and Young, 1936); columns beyond these are 0. Signs are arbitrary.
    Edges count once, whichever way they are given; one from a node to itself counts, too.

    Args:
      senders: one end of each edge.
      receivers: the other.
      n_nodes: N; ids are below it.
      dim: numbers in each vector, at most N.

    Raises:
      InputError: an edge that ends outside of the graph, or ``dim`` not within 1 to N.
    """
    check_ends(senders, receivers, n_nodes)
    if not 1 <= dim <= n_nodes:
        raise InputError(f"dim is {dim}; give 1 to {n_nodes}, the nodes")
    both = np.append(senders, receivers), np.append(receivers, senders)
    adjacency = summed(*both, (n_nodes, n_nodes), None)
    if dim < n_nodes - 1:
        start = np.random.default_rng(0).normal(size=n_nodes)  # The same vectors in every process.
        value, vector = scipy.sparse.linalg.eigsh(adjacency, dim, which="LA", v0=start)
    else:
        value, vector = scipy.linalg.eigh(adjacency.toarray())
    largest = np.argsort(-value)[:dim]
    return vector[:, largest] * np.sqrt(np.maximum(value[largest], 0))
