"""Rows cut into pieces of bounded length, so that one hub does not hold up the others.

A degree distribution with a heavy tail has rows a thousand times the median. Kernels that give
every row the same room waste most of it, so they work on pieces instead: a row of 70 edges at a
limit of 32 is pieces of 32, 32 and 6. Sums over pieces become rows again by ``Joined``.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int


class Pieces(NamedTuple):
    """Pieces in the order of their rows; arrays on the host.

    Attributes:
      row: the row that a piece belongs to.
      start: its first edge.
      length: its edges, 1 to the limit. Rows without edges have no piece.
    """

    row: Int[np.ndarray, "P"]
    start: Int[np.ndarray, "P"]
    length: Int[np.ndarray, "P"]


class Joined(NamedTuple):
    """How sums over pieces become rows.

    Attributes:
      source: where each row stands among the pieces, the rows of several pieces, and one zero.
      several: pieces of rows of several pieces, row by row.
      owner: which of the shared rows each belongs to, ascending.
      shared: the rows of several pieces.
    """

    source: Int[Array, "R"] | Int[np.ndarray, "R"]
    several: Int[Array, "S"] | Int[np.ndarray, "S"]
    owner: Int[Array, "S"] | Int[np.ndarray, "S"]
    shared: Int[Array, "M"] | Int[np.ndarray, "M"]

    def join(self, sums: Float[Array, "P d"]) -> Float[Array, "R d"]:
        """Rows from the sums over pieces; rows without pieces are zero."""
        several, owner = sums[jnp.asarray(self.several)], jnp.asarray(self.owner)
        n_shared = self.shared.shape[0]
        shared = jax.ops.segment_sum(several, owner, n_shared, indices_are_sorted=True)
        zero = jnp.zeros((1, sums.shape[1]), sums.dtype)
        return jnp.concatenate([sums, shared, zero])[jnp.asarray(self.source)]


def cut(indptr: Int[np.ndarray, "_"], limit: int) -> Pieces:
    """Cuts every row into pieces of ``limit`` edges and a remainder.

    >>> cut(np.array([0, 3, 3, 8]), limit=4)
    Pieces(row=array([0, 2, 2]), start=array([0, 3, 7]), length=array([3, 4, 1]))
    """
    degree = np.diff(indptr)
    count = -(-degree // limit)
    row = np.repeat(np.arange(len(degree)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    start = indptr[row] + nth * limit
    return Pieces(row, start, np.minimum(indptr[row + 1] - start, limit))


def joined(pieces: Pieces, order: Int[np.ndarray, "P"], n_rows: int) -> Joined:
    """How to join pieces that a kernel leaves in ``order`` (piece ``order[i]`` at place ``i``)."""
    place = np.argsort(order)
    count = np.bincount(pieces.row, minlength=n_rows)
    n_pieces, shared = len(order), count > 1
    of_shared = shared[pieces.row]
    source = np.full(n_rows, n_pieces + shared.sum())  # Where the zero stands.
    source[pieces.row[~of_shared]] = place[~of_shared]
    source[shared] = n_pieces + np.arange(shared.sum())
    owner = (np.cumsum(shared) - 1)[pieces.row[of_shared]]
    arrays = source, place[of_shared], owner, np.flatnonzero(shared)
    return Joined(*(array.astype(np.int32) for array in arrays))
