"""Tables of the strongest item-item weights, made and multiplied as sparse matrices on the host.

Scores that are sums over a history of such weights need not be computed for every item: a user's
row of ``history @ table`` holds only items that some item of theirs leads to.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Float32, Int

from jaxrec.graph import Csr
from jaxrec.ops.sparse_rows import (
    csr,
    in_threads,
    keep_largest,
    product_blocks,
    row_of_entry,
    sizes,
)
from jaxrec.ops.topk import tie_rank

CHUNK = 256
"""Rows of a table added at a time."""

Weigh = Callable[
    [Int[np.ndarray, "E"], Int[np.ndarray, "E"], Float32[np.ndarray, "E"]],
    Float32[np.ndarray, "E"],
]
"""``(row, column, product) -> weight`` of entries."""


class ItemTable(NamedTuple):
    """The ``n`` largest weights of every row, by ascending column; weight 0 is padding."""

    neighbor: Int[Array, "I n"] | Int[np.ndarray, "I n"]
    weight: Float[Array, "I n"] | Float[np.ndarray, "I n"]

    def matrix(self) -> scipy.sparse.csr_array:
        """The same on the host, without padding."""
        neighbor, weight = np.asarray(self.neighbor), np.asarray(self.weight)
        n_rows, n = neighbor.shape
        kept = weight.ravel() != 0
        if kept.all():
            return csr(weight.ravel(), neighbor.ravel(), np.arange(n_rows + 1) * n, n_rows)
        indptr = np.append(0, np.cumsum(kept.reshape(n_rows, n).sum(1)))
        return csr(weight.ravel()[kept], neighbor.ravel()[kept], indptr, n_rows)


@dataclasses.dataclass(frozen=True)
class TableScore:
    """A model's ``score`` that is a product of sparse matrices, too.

    Attributes:
      program: the ``score`` itself, for any device.
      factors: ``reps -> (history [Q, I], table [I, I])``, on the host, whose product are the scores
        of all queries and items; None where ``reps`` hold no table.
    """

    program: Callable[..., Float[Array, "B C"]]
    factors: Callable[[Any], tuple[scipy.sparse.csr_array, scipy.sparse.csr_array] | None]

    def __call__(self, reps: Any, queries: Any, items: Any) -> Float[Array, "B C"]:
        """Scores ``[B, C]``."""
        return self.program(reps, queries, items)


def history_matrix(
    likes: Csr, n_items: int, weight: Float[Array, "E"] | None = None
) -> scipy.sparse.csr_array:
    """A row a user, with one where they have the item, or that entry's weight."""
    indptr, indices = np.asarray(likes.indptr), np.asarray(likes.indices)
    data = np.ones(len(indices), np.float32) if weight is None else np.asarray(weight)
    return csr(data, indices, indptr, n_items)


def table_sums(
    likes: Csr,
    queries: Int[Array, "B"],
    table: ItemTable,
    weight: Float[Array, "E"] | None = None,
) -> Float[Array, "B I"]:
    """The sum of the table's rows of every query's items, ``CHUNK`` rows at a time."""
    indptr, item = jnp.asarray(likes.indptr), jnp.asarray(likes.indices)
    neighbor, value = jnp.asarray(table.neighbor), jnp.asarray(table.weight)
    start, degree = indptr[queries], indptr[queries + 1] - indptr[queries]
    ends, last = jnp.cumsum(degree), max(item.shape[0] - 1, 0)
    zeros = jnp.zeros((queries.shape[0], neighbor.shape[0]))
    if item.shape[0] == 0:
        return zeros

    def add(state):
        first, total = state
        entry = first + jnp.arange(CHUNK)
        row = jnp.searchsorted(ends, entry, side="right")  # The query that owns the entry, or B.
        own = jnp.minimum(row, queries.shape[0] - 1)
        place = jnp.clip(start[own] + entry - (ends - degree)[own], 0, last)
        rows = value[item[place]]  # [CHUNK, n]
        rows = rows if weight is None else rows * weight[place][:, None]
        total = total.at[row[:, None], neighbor[item[place]]].add(rows, mode="drop")
        return first + CHUNK, total

    more = lambda state: state[0] < ends[-1]
    return jax.lax.while_loop(more, add, (jnp.zeros((), ends.dtype), zeros))[1]


def largest_products(
    left: scipy.sparse.csr_array, right: scipy.sparse.csr_array, n: int, weigh: Weigh
) -> ItemTable:
    """The ``n`` largest entries of every row of ``weigh(left @ right)``, on the host.

    Which of several equal ones are kept is decided by ``tie_rank``. Only entries above 0 are. The
    product is computed for blocks of rows, in a thread for each CPU, and is never held as a whole.

    Args:
      left, right: ``[I, U]`` and ``[U, I]``.
    """
    n_items = sizes(left)[0]
    neighbor = np.full((n_items, n), sizes(right)[1] - 1, np.int32)
    weight = np.zeros((n_items, n), np.float32)
    rank = tie_rank(np.arange(sizes(right)[1]))

    def fill(rows: slice) -> None:
        product = left[rows] @ right
        row = row_of_entry(product)
        weighed = weigh(rows.start + row, product.indices, product.data)
        product.data = weighed.astype(np.float32, copy=False)
        kept = keep_largest(product, n, rank)
        kept.sort_indices()
        row = row_of_entry(kept)
        place = np.arange(kept.nnz) - kept.indptr[row]
        neighbor[rows.start + row, place], weight[rows.start + row, place] = (
            kept.indices,
            kept.data,
        )

    for _ in in_threads(fill, product_blocks(left, right)):
        pass
    return ItemTable(neighbor, weight)
