"""A graph prepared on the host for products with tables of features."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import jax.numpy as jnp
import jraph
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float

from jaxrec.base import InputError


class Form(Protocol):
    """A sparse matrix ``[R, N]`` laid out for one kernel; a pytree of arrays."""

    @property
    def weight(self) -> Any:
        """The matrix's values, in whatever order and padding the kernel reads them."""

    @property
    def n_rows(self) -> int:
        """Receivers."""
        ...

    def times(self, x: Float[Array, "N d"]) -> Float[Array, "R d"]:
        """The product with a table, accumulated in the wider type of weights and table."""
        ...


class Halves(NamedTuple):
    """A bipartite graph: users that receive from items, items that receive from users."""

    user: Any
    item: Any


class Adjacency(NamedTuple):
    """A graph prepared for products.

    Attributes:
      rows: edges by receiver, which the forward pass reads: a ``Form``, or two as ``Halves``.
      transposed: edges by sender, which the backward pass reads; None when the weighted adjacency
        is symmetric, for then both passes are the same product.
    """

    rows: Any
    transposed: Any


def adjacency(
    graph: jraph.GraphsTuple,
    build: Callable[[scipy.sparse.csr_array], Any],
    n_users: int | None = None,
) -> Adjacency:
    """Prepares a graph for products, once, on the host. Cost O(E), beside that of ``build``.

    Args:
      build: lays out one matrix, its columns sorted and unique, for a kernel.
      n_users: keeps the first ``n_users`` nodes and the others apart; no edge may join two nodes
        of one side.

    Raises:
      InputError: the graph is not bipartite as ``n_users`` says.
    """
    forward = matrix(graph)
    backward = scipy.sparse.csr_array(forward.T)
    symmetric = (
        np.array_equal(forward.indptr, backward.indptr)
        and np.array_equal(forward.indices, backward.indices)
        and np.array_equal(forward.data, backward.data)
    )
    rows = _laid_out(forward, build, n_users)
    return Adjacency(rows, None if symmetric else _laid_out(backward, build, n_users))


def matrix(graph: jraph.GraphsTuple) -> scipy.sparse.csr_array:
    """The weighted adjacency ``A[receiver, sender]``; weights of parallel edges are added.

    Edges that are None weigh one.
    """
    receivers, senders = np.asarray(graph.receivers), np.asarray(graph.senders)
    weight = np.ones(len(senders), np.float32) if graph.edges is None else np.asarray(graph.edges)
    weight = weight.astype(jnp.promote_types(weight.dtype, jnp.float32))  # Sums need the room.
    n_nodes = int(np.sum(graph.n_node))
    summed = scipy.sparse.csr_array((weight, (receivers, senders)), shape=(n_nodes, n_nodes))
    summed.sort_indices()
    return summed


def check_weights(graph: jraph.GraphsTuple) -> None:
    """Refuses more than one weight an edge.

    Raises:
      InputError: names the shape.
    """
    shape = None if graph.edges is None else np.asarray(graph.edges).shape
    if shape is not None and len(shape) != 1:
        raise InputError(f"edges have shape {shape}; one weight an edge [E] is needed")


def _laid_out(matrix: scipy.sparse.csr_array, build, n_users: int | None):
    if n_users is None:
        return build(matrix)
    user, item = matrix[:n_users], matrix[n_users:]
    within = int(np.sum(user.indices < n_users) + np.sum(item.indices >= n_users))
    if within:
        raise InputError(
            f"{within} edges join two users or two items at n_users={n_users}; leave n_users out"
        )
    return Halves(build(user[:, n_users:]), build(item[:, :n_users]))
