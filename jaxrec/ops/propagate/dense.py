"""The adjacency as a dense matrix, for graphs of a few thousand nodes."""

from typing import NamedTuple, cast

import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float

from jaxrec.base import InputError

LIMIT = 1 << 28
"""Entries of the largest matrix: 1 GiB of float32."""


class Dense(NamedTuple):
    """All entries, zeros included."""

    weight: Float[Array, "R N"] | Float[np.ndarray, "R N"]

    @property
    def n_rows(self) -> int:
        """Receivers."""
        return self.weight.shape[0]

    def times(self, x: Float[Array, "N d"]) -> Float[Array, "R d"]:
        """The product by one matrix multiplication, in full precision."""
        dtype = jnp.result_type(self.weight, x)
        weight, x = jnp.asarray(self.weight, dtype), x.astype(dtype)
        return jnp.matmul(weight, x, precision="highest")


def dense(matrix: scipy.sparse.csr_array) -> Dense:
    """Lays out a matrix.

    Raises:
      InputError: more than ``LIMIT`` entries.
    """
    rows, columns = cast(tuple[int, int], matrix.shape)
    if rows * columns > LIMIT:
        raise InputError(
            f"a dense matrix of {rows:,} x {columns:,} entries passes the limit of {LIMIT:,}; "
            "choose another formulation, auto for one"
        )
    return Dense(matrix.toarray())
