"""Our own kernels, in Pallas: no messages in memory and no scatter of edges.

Rows are cut into pieces of at most ``LIMIT`` edges, pieces are sorted by length, and ``LANES``
pieces of like length share a block, padded to its longest. After the sort that is little, padding
reads no row, and no program works much longer than another.

- On GPU, lowered by Triton, a program is a block. A step gathers a row of the table for every
  piece of it and adds in registers; an edge costs that row, once, and 8 bytes. JAX has deprecated
  this lowering since 0.11 and warns from 0.12 on.
- On TPU a program is a chunk of edges (``pallas_tpu``).
- On CPU the GPU kernel is interpreted: for tests, not for speed.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jax.experimental import pallas as pl
from jax.experimental.pallas import triton as plgpu
from jaxtyping import Array, Float, Int

from jaxrec.ops.propagate.pallas_tpu import CHUNK, sums_on_tpu
from jaxrec.ops.propagate.pieces import Joined, cut, joined

LIMIT = 64  # Edges a piece: short enough to spread a hub, long enough that few rows need joining.
LANES = 8  # Pieces a block. At 64 columns that is 128 threads, each reading 16 bytes of a row.
UNROLL = 4  # Steps a turn of the loop, so that several rows are on their way at once.
COLUMNS = 128  # Columns a program on GPU, at most; a power of two.


class Kernel(NamedTuple):
    """A matrix in blocks, ``LANES`` edges a step, those of one piece in one lane.

    Attributes:
      start: first step of every block, and the end of the last.
      senders: -1 where padded.
      weight: 0 where padded.
      rows: how the pieces become rows.
    """

    start: Int[Array, "B+1"] | Int[np.ndarray, "B+1"]
    senders: Int[Array, "E"] | Int[np.ndarray, "E"]
    weight: Float[Array, "E"] | Float[np.ndarray, "E"]
    rows: Joined

    @property
    def n_rows(self) -> int:
        """Receivers."""
        return self.rows.source.shape[0]

    def times(self, x: Float[Array, "N d"]) -> Float[Array, "R d"]:
        """The product, accumulated in float32 or wider. It has no gradient of its own."""
        dtype = jnp.result_type(x, self.weight)
        if 0 in (x.size, self.senders.shape[0]):
            return jnp.zeros((self.n_rows, x.shape[1]), dtype)
        wide = jnp.promote_types(dtype, jnp.float32)
        sums = jax.lax.platform_dependent(
            x,
            *(jnp.asarray(array) for array in self[:3]),
            cpu=partial(sums_on_gpu, dtype=wide, interpret=True),
            tpu=partial(sums_on_tpu, dtype=wide, lanes=LANES),
            default=partial(sums_on_gpu, dtype=wide),
        )
        return self.rows.join(sums).astype(dtype)


def kernel(matrix: scipy.sparse.csr_array) -> Kernel:
    """Lays out a matrix. Cost O(E + P log P) for P pieces."""
    pieces = cut(matrix.indptr, LIMIT)
    order = np.argsort(-pieces.length, kind="stable")
    longest = pieces.length[order[::LANES]]
    start = np.cumsum(np.append(0, -(-longest // UNROLL) * UNROLL))
    place = np.argsort(order)
    first = start[place // LANES] * LANES + place % LANES
    nth = np.arange(matrix.nnz) - np.repeat(pieces.start, pieces.length)
    slot = np.repeat(first, pieces.length) + nth * LANES
    n_slots = -(-start[-1] * LANES // CHUNK) * CHUNK
    senders, weight = np.full(n_slots, -1, np.int32), np.zeros(n_slots, matrix.data.dtype)
    senders[slot], weight[slot] = matrix.indices, matrix.data
    rows = joined(pieces, order, len(matrix.indptr) - 1)
    # Lanes of the last block that have no piece come between the pieces and what is behind them.
    moved = (rows.source >= len(order)) * np.int32(-len(order) % LANES)
    return Kernel(
        start.astype(np.int32), senders, weight, rows._replace(source=rows.source + moved)
    )


def sums_on_gpu(x, start, senders, weight, *, dtype, interpret=False):
    """Sums over pieces ``[P, d]``: a program for every block and ``COLUMNS`` columns."""
    n_blocks, n_columns = start.shape[0] - 1, x.shape[1]
    width = min(pl.next_power_of_2(n_columns), COLUMNS)

    def body(x, start, senders, weight, out):
        block, lane = pl.program_id(0), jnp.arange(LANES, dtype=jnp.int32)
        column = pl.program_id(1) * width + jnp.arange(width, dtype=jnp.int32)[None, :]
        inside = column < n_columns
        first = start[block]

        def turn(k, total):
            for step in range(UNROLL):
                edge = (first + k * UNROLL + step) * LANES + lane
                sender, scale = senders[edge][:, None], weight[edge][:, None]
                row = plgpu.load(x.at[sender, column], mask=(sender >= 0) & inside, other=0.0)
                total += scale.astype(dtype) * row.astype(dtype)
            return total

        n_turns = (start[block + 1] - first) // UNROLL
        total = jax.lax.fori_loop(0, n_turns, turn, jnp.zeros((LANES, width), dtype))
        piece = (block * LANES + lane)[:, None]
        plgpu.store(out.at[piece, column], total, mask=(piece >= 0) & inside)

    whole = pl.BlockSpec(memory_space=pl.ANY)
    return pl.pallas_call(
        body,
        jax.ShapeDtypeStruct((n_blocks * LANES, n_columns), dtype),
        grid=(n_blocks, pl.cdiv(n_columns, width)),
        in_specs=[whole] * 4,
        out_specs=whole,
        compiler_params=plgpu.CompilerParams(num_warps=max(1, LANES * width // 128)),
        interpret=interpret,
        name="propagate",
    )(x, start, senders, weight)
