"""Features of few entries: a constant sparse matrix that multiplies a table of weights.

Products and their gradients cost what there are entries, where a dense matrix of words costs a
hundred times as much; dropout draws for the entries alone, which is the same, for zeros stay.
"""

from typing import NamedTuple, cast

import jax
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float

from jaxrec.ops.propagate.attention import EdgeList, ordered, weighted_spmm


class Sparse(NamedTuple):
    """A matrix ``[N, F]``, of which entries that are not stored are zero.

    Attributes:
      edges: where the entries are: receivers are rows, senders columns.
    """

    edges: EdgeList
    value: Float[Array, "E"]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        orders = self.edges.by_receiver, self.edges.by_sender
        n_rows, n_columns = (order.indptr.shape[0] - 1 for order in orders)
        return n_rows, n_columns


def sparse(matrix: scipy.sparse.csr_array) -> Sparse:
    """Prepares a matrix for ``sparse_matmul``, on the host; entries of one place add up. O(E)."""
    entry = scipy.sparse.coo_array(matrix)
    row, column = (np.asarray(ends, np.int32) for ends in entry.coords)
    n_rows, n_columns = cast(tuple[int, int], matrix.shape)
    where = jax.device_put(ordered(column, row, n_columns, n_rows))
    return Sparse(where, jax.device_put(entry.data.astype(np.float32)))


def sparse_matmul(
    x: Float[Array, "N F"] | Sparse, table: Float[Array, "F d"]
) -> Float[Array, "N d"]:
    """``x @ table``, differentiable in the table and, dense or not, in the entries of ``x``.

    >>> matrix = scipy.sparse.csr_array(np.array([[0.0, 2.0], [0.0, 0.0], [1.0, 1.0]]))
    >>> sparse_matmul(sparse(matrix), jax.numpy.array([[1.0], [10.0]])).tolist()
    [[20.0], [0.0], [11.0]]
    """
    return weighted_spmm(table, x.value, x.edges) if isinstance(x, Sparse) else x @ table
