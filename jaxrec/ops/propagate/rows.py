"""Compressed rows: the sparse product by JAX's own matrices, with our backward pass.

On CPU ``BCSR @ x`` is a compiled kernel over the rows, the fastest form there. Its derivative by
JAX is not, which is why ``product.diffuse`` never differentiates it.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jax.experimental import sparse
from jaxtyping import Array, Float, Int


class Rows(NamedTuple):
    """A sparse matrix in compressed rows: receiver ``r`` owns ``indptr[r]:indptr[r + 1]``."""

    indptr: Int[Array, "R+1"] | Int[np.ndarray, "R+1"]
    senders: Int[Array, "E"] | Int[np.ndarray, "E"]
    weight: Float[Array, "E"] | Float[np.ndarray, "E"]

    @property
    def n_rows(self) -> int:
        """Receivers."""
        return self.indptr.shape[0] - 1

    def matrix(self, n_columns: int) -> sparse.BCSR:
        """The same as JAX's sparse matrix."""
        arrays = jnp.asarray(self.weight), jnp.asarray(self.senders), jnp.asarray(self.indptr)
        shape = (self.n_rows, n_columns)
        return sparse.BCSR(arrays, shape=shape, indices_sorted=True)

    def times(self, x: Float[Array, "N d"]) -> Float[Array, "R d"]:
        """The product by ``BCSR``."""
        weight, x = widened(self.weight, x)
        return self._replace(weight=weight).matrix(x.shape[0]) @ x


class Pairs(NamedTuple):
    """A sparse matrix as (receiver, sender) pairs in the order of receivers.

    Attributes:
      indptr: as in ``Rows``; only its length is read.
    """

    indptr: Int[Array, "R+1"] | Int[np.ndarray, "R+1"]
    pair: Int[Array, "E 2"] | Int[np.ndarray, "E 2"]
    weight: Float[Array, "E"] | Float[np.ndarray, "E"]

    @property
    def n_rows(self) -> int:
        """Receivers."""
        return self.indptr.shape[0] - 1

    def matrix(self, n_columns: int) -> sparse.BCOO:
        """The same as JAX's sparse matrix."""
        arrays = jnp.asarray(self.weight), jnp.asarray(self.pair)
        shape = (self.n_rows, n_columns)
        return sparse.BCOO(arrays, shape=shape, indices_sorted=True)

    def times(self, x: Float[Array, "N d"]) -> Float[Array, "R d"]:
        """The product by ``BCOO``: a gather and a scatter, through an ``[E, d]`` array."""
        weight, x = widened(self.weight, x)
        return self._replace(weight=weight).matrix(x.shape[0]) @ x


def rows(matrix: scipy.sparse.csr_array) -> Rows:
    """Compressed rows of a matrix with sorted columns."""
    return Rows(matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data)


def pairs(matrix: scipy.sparse.csr_array) -> Pairs:
    """The same as pairs."""
    indptr, senders, weight = rows(matrix)
    receivers = np.repeat(np.arange(len(indptr) - 1, dtype=np.int32), np.diff(indptr))
    return Pairs(indptr, np.stack([receivers, np.asarray(senders)], axis=1), weight)


def widened(weight, x):
    """Both in the wider of their types, at least float32."""
    dtype = jnp.promote_types(jnp.result_type(weight, x), jnp.float32)
    return jnp.asarray(weight, dtype), x.astype(dtype)
