"""Padded degree buckets: gathers of regular shape and no scatter, the form that suits TPU.

Rows are cut into pieces of at most 32 edges (``pieces``) and pieces of like length share a bucket:
an array of senders ``[P, width]``, short pieces padded with weight 0. The widths are such that a
piece is padded by less than a fifth whatever the degrees are.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Int

from jaxrec.ops.propagate.pieces import Joined, cut, joined

WIDTHS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32)


class Buckets(NamedTuple):
    """Pieces by length.

    Attributes:
      senders: of every bucket, slot by slot: ``[width, P]``.
      weight: alike.
      rows: how the pieces, bucket after bucket, become rows.
    """

    senders: tuple[Int[Array, "w _"] | Int[np.ndarray, "w _"], ...]
    weight: tuple[Float[Array, "w _"] | Float[np.ndarray, "w _"], ...]
    rows: Joined

    @property
    def n_rows(self) -> int:
        """Receivers."""
        return self.rows.source.shape[0]

    def times(self, x: Float[Array, "N d"]) -> Float[Array, "R d"]:
        """The product: for every piece, its slots gathered, scaled and added."""
        dtype = jnp.result_type(*self.weight, x)
        if 0 in x.shape:
            return jnp.zeros((self.n_rows, x.shape[1]), dtype)

        def gathered(senders, weight):
            features = x.at[senders].get(mode="promise_in_bounds").astype(dtype)
            return weight.astype(dtype)[:, None] * features

        def bucket(senders, weight):
            # Slots are unrolled, so that XLA fuses their gathers into one pass over the sums.
            slots = [gathered(senders[slot], weight[slot]) for slot in range(senders.shape[0])]
            return sum(slots[1:], slots[0])

        arrays = jax.tree.map(jnp.asarray, (self.senders, self.weight))
        sums = [bucket(*pair) for pair in zip(*arrays, strict=True) if pair[0].shape[1]]
        nothing = jnp.zeros((0, x.shape[1]), dtype)
        return self.rows.join(jnp.concatenate([nothing, *sums]))


def buckets(matrix: scipy.sparse.csr_array) -> Buckets:
    """Lays out a matrix."""
    pieces = cut(matrix.indptr, WIDTHS[-1])
    bucket = np.searchsorted(WIDTHS, pieces.length)
    order = np.argsort(bucket, kind="stable")
    senders, weight = [], []
    for index, width in enumerate(WIDTHS):
        chosen = np.flatnonzero(bucket == index)
        slot = np.arange(width)[:, None]
        real = slot < pieces.length[chosen]  # [width, P]
        edge = np.where(real, pieces.start[chosen] + slot, 0)
        senders.append(np.where(real, matrix.indices[edge], 0).astype(np.int32))
        weight.append(np.where(real, matrix.data[edge], 0).astype(matrix.data.dtype))
    rows = joined(pieces, order, len(matrix.indptr) - 1)
    return Buckets(tuple(senders), tuple(weight), rows)


def padding(matrix: scipy.sparse.csr_array) -> float:
    """Slots for each edge, 1 without padding; below 1.2 for every matrix."""
    length = cut(matrix.indptr, WIDTHS[-1]).length
    return np.array(WIDTHS)[np.searchsorted(WIDTHS, length)].sum() / max(1, matrix.nnz)
