"""A graph as compressed rows, for propagation as a sparse matrix product."""

from typing import NamedTuple

import jax.numpy as jnp
import jraph
import numpy as np
import scipy.sparse
from jax.experimental import sparse
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError


class Rows(NamedTuple):
    """A sparse matrix in compressed rows: receiver ``r`` owns ``indptr[r]:indptr[r + 1]``."""

    indptr: Int[Array, "R+1"] | Int[np.ndarray, "R+1"]
    senders: Int[Array, "E"] | Int[np.ndarray, "E"]
    weight: Float[Array, "E"] | Float[np.ndarray, "E"]

    def matrix(self, shape: tuple[int, int]) -> sparse.BCSR:
        """The same as JAX's sparse matrix."""
        arrays = jnp.asarray(self.weight), jnp.asarray(self.senders), jnp.asarray(self.indptr)
        return sparse.BCSR(arrays, shape=shape, indices_sorted=True, unique_indices=True)


class Halves(NamedTuple):
    """Rows of a bipartite graph: users that receive from items, items that receive from users."""

    user: Rows
    item: Rows


class Adjacency(NamedTuple):
    """A graph prepared for the sparse product.

    Attributes:
      rows: edges by receiver, which the forward pass reads.
      transposed: edges by sender, which the backward pass reads; None when the weighted adjacency
        is symmetric, for then both passes are the same product.
    """

    rows: Rows | Halves
    transposed: Rows | Halves | None


def adjacency(graph: jraph.GraphsTuple, n_users: int | None = None) -> Adjacency:
    """Prepares a graph for the sparse product, once, on the host. Cost O(E).

    Args:
      n_users: keeps the first ``n_users`` nodes and the others apart; no edge may join two nodes
        of one side.

    Raises:
      InputError: the graph has no edge weights, more than one weight an edge, or is not bipartite
        as ``n_users`` says.
    """
    weight = np.asarray(graph.edges)
    if weight.ndim != 1:
        raise InputError(f"edges have shape {weight.shape}; one weight an edge [E] is needed")
    n_nodes = int(np.sum(graph.n_node))
    shape = (n_nodes, n_nodes)
    pairs = (weight, (np.asarray(graph.receivers), np.asarray(graph.senders)))
    forward = scipy.sparse.csr_array(pairs, shape=shape)  # Sums parallel edges.
    backward = scipy.sparse.csr_array(forward.T)
    symmetric = (
        np.array_equal(forward.indptr, backward.indptr)
        and np.array_equal(forward.indices, backward.indices)
        and np.array_equal(forward.data, backward.data)
    )
    return Adjacency(_rows(forward, n_users), None if symmetric else _rows(backward, n_users))


def multiply(rows: Rows | Halves, x):
    """The product with a table ``[N, d]``, or with those of users and items as a pair."""
    if isinstance(rows, Halves):
        user, item = x
        return multiply(rows.user, item), multiply(rows.item, user)
    return rows.matrix((rows.indptr.shape[0] - 1, x.shape[0])) @ x


def _rows(matrix: scipy.sparse.csr_array, n_users: int | None) -> Rows | Halves:
    matrix.sort_indices()
    if n_users is None:
        indptr, senders = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
        return Rows(indptr, senders, matrix.data)
    user, item = matrix[:n_users], matrix[n_users:]
    within = int(np.sum(user.indices < n_users) + np.sum(item.indices >= n_users))
    if within:
        raise InputError(
            f"{within} edges join two users or two items at n_users={n_users}; leave n_users out"
        )
    halves = (_rows(user[:, n_users:], None), _rows(item[:, :n_users], None))
    return Halves(*halves)  # pyright: ignore[reportArgumentType]
