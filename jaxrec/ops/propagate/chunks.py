"""Message passing in chunks of edges: memory does not grow with ``E * d``."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Int

from jaxrec.ops.propagate.rows import pairs

CHUNK = 1 << 14
"""Edges at a time: 4 MiB of messages of width 64, which stay in a CPU's cache."""


class Chunks(NamedTuple):
    """Edges in the order of receivers, ``K`` chunks of ``C``; padding has weight 0.

    Attributes:
      indptr: as in ``Rows``; only its length is read.
    """

    indptr: Int[Array, "R+1"] | Int[np.ndarray, "R+1"]
    senders: Int[Array, "K C"] | Int[np.ndarray, "K C"]
    receivers: Int[Array, "K C"] | Int[np.ndarray, "K C"]
    weight: Float[Array, "K C"] | Float[np.ndarray, "K C"]

    @property
    def n_rows(self) -> int:
        """Receivers."""
        return self.indptr.shape[0] - 1

    def times(self, x: Float[Array, "N d"]) -> Float[Array, "R d"]:
        """The product: gather, scale and add one chunk after the other."""
        dtype = jnp.result_type(self.weight, x)

        def add(sums, chunk):
            senders, receivers, weight = chunk
            messages = weight.astype(dtype)[:, None] * x[senders].astype(dtype)  # [C, d]
            return sums.at[receivers].add(messages, indices_are_sorted=True), None

        sums = jnp.zeros((self.n_rows, x.shape[1]), dtype)
        if 0 in (*self.senders.shape, *sums.shape, *x.shape):
            return sums
        edges = self.senders, self.receivers, self.weight
        return jax.lax.scan(add, sums, jax.tree.map(jnp.asarray, edges))[0]


def chunks(matrix: scipy.sparse.csr_array, size: int = CHUNK) -> Chunks:
    """Lays out a matrix; chunks are at most ``size`` edges and of equal length."""
    laid = pairs(matrix)
    n_chunks = max(1, -(-matrix.nnz // size))
    length = -(-matrix.nnz // n_chunks)

    def padded(array, fill):
        array = np.asarray(array)
        rest = np.full(n_chunks * length - len(array), fill, array.dtype)
        return np.concatenate([array, rest]).reshape(n_chunks, length)

    last = max(0, len(matrix.indptr) - 2)  # Keeps the receivers sorted.
    receivers, senders = np.asarray(laid.pair).T
    return Chunks(laid.indptr, padded(senders, 0), padded(receivers, last), padded(laid.weight, 0))
