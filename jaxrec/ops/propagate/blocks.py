"""Compressed rows in blocks of senders, for tables far larger than a CPU's cache.

A product reads a row of the table for every edge, in no order. When the table is far larger than
the cache, most of those rows come from memory. Cut into blocks of senders that fit, the product
reads each block once into the cache and adds up the blocks' products, which are read and written
in order. That pays where a receiver has many edges in a block, and so not in sparse graphs.
"""

from typing import NamedTuple, cast

import jax
import scipy.sparse
from jaxtyping import Array, Float

from jaxrec.ops.propagate.rows import Rows, rows

BLOCK = 1 << 15
"""Senders in a block, at least: 8 MiB of float32 of width 64."""
EDGES = 16
"""Edges of a receiver in a block, on average and at least, for blocks to pay."""


class Blocks(NamedTuple):
    """Compressed rows of each block of senders; blocks are of equal size, but for one sender."""

    parts: tuple[Rows, ...]

    @property
    def n_rows(self) -> int:
        """Receivers."""
        return self.parts[0].n_rows

    @property
    def weight(self):
        """The matrix's values, block by block."""
        return tuple(part.weight for part in self.parts)

    def times(self, x: Float[Array, "N d"]) -> Float[Array, "R d"]:
        """The product, one block after the other."""
        starts = _starts(x.shape[0], len(self.parts))
        total = self.parts[0].times(x[: starts[1]])
        for part, start, end in zip(self.parts[1:], starts[1:-1], starts[2:], strict=True):
            # Without the barrier all blocks' products would be alive at once.
            x, total = jax.lax.optimization_barrier((x, total))
            total = total + part.times(x[start:end])
        return total


def blocks(matrix: scipy.sparse.csr_array) -> Rows | Blocks:
    """Lays out a matrix in as many blocks as pay, ``Rows`` if that is one."""
    n_rows, n_columns = cast(tuple[int, int], matrix.shape)
    n_blocks = min(n_columns // BLOCK, matrix.nnz // (EDGES * max(1, n_rows)))
    if n_blocks < 2:
        return rows(matrix)
    by_column = scipy.sparse.csc_array(matrix)
    starts = _starts(n_columns, n_blocks)
    cut = [by_column[:, start:end].tocsr() for start, end in zip(starts, starts[1:], strict=False)]
    return Blocks(tuple(rows(scipy.sparse.csr_array(part)) for part in cut))


def _starts(n_columns: int, n_blocks: int) -> list[int]:
    return [n_columns * block // n_blocks for block in range(n_blocks + 1)]
