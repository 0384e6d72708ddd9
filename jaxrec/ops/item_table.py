"""Tables of the strongest item-item weights, made and multiplied as sparse matrices on the host.

Scores that are sums over a history of such weights need not be computed for every item: a user's
row of ``history @ table`` holds only items that some item of theirs leads to.
"""

import dataclasses
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Float32, Int, Int32

from jaxrec.graph import Csr
from jaxrec.ops.topk import tie_rank

BLOCK_ENTRIES = 2**22
"""Entries of a sparse product held at a time by each thread."""
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
            return _csr(weight.ravel(), neighbor.ravel(), np.arange(n_rows + 1) * n, n_rows)
        indptr = np.append(0, np.cumsum(kept.reshape(n_rows, n).sum(1)))
        return _csr(weight.ravel()[kept], neighbor.ravel()[kept], indptr, n_rows)


def sizes(matrix: scipy.sparse.csr_array) -> tuple[int, int]:
    """Rows and columns."""
    return cast(tuple[int, int], matrix.shape)


def _csr(data, indices, indptr, n_columns) -> scipy.sparse.csr_array:
    shape = (len(indptr) - 1, n_columns)
    return scipy.sparse.csr_array((data, indices, indptr.astype(np.int32)), shape=shape)


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
    return _csr(data, indices, indptr, n_items)


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


def product_blocks(
    left: scipy.sparse.csr_array, right: scipy.sparse.csr_array, most_rows: int | None = None
) -> list[slice]:
    """Blocks of rows whose product holds ``BLOCK_ENTRIES`` at most, or one row."""
    length = np.diff(right.indptr)
    before = np.append(0, np.cumsum(length[left.indices], dtype=np.int64))
    most = np.minimum(np.diff(before[left.indptr]), sizes(right)[1])
    ends, first = np.cumsum(most), 0
    blocks = []
    while first < len(most):
        done = ends[first - 1] if first else 0
        last = int(np.searchsorted(ends, done + BLOCK_ENTRIES, side="right"))
        last = max(last, first + 1)
        last = last if most_rows is None else min(last, first + most_rows)
        blocks.append(slice(first, last))
        first = last
    return blocks


def in_threads(function: Callable[[Any], Any], arguments: list[Any]) -> Iterator[Any]:
    """Results in order, by a thread for each CPU; SciPy and NumPy compute without the GIL."""
    with ThreadPoolExecutor(n_cpus()) as pool:
        yield from pool.map(function, arguments)


def n_cpus() -> int:
    """CPUs that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def row_of_entry(matrix: scipy.sparse.csr_array) -> Int32[np.ndarray, "E"]:
    """The row that every entry stands in."""
    return np.repeat(np.arange(sizes(matrix)[0], dtype=np.int32), np.diff(matrix.indptr))


def select(matrix: scipy.sparse.csr_array, kept: np.ndarray) -> scipy.sparse.csr_array:
    """The matrix of these entries alone."""
    indptr = np.append(0, np.cumsum(kept))[matrix.indptr]
    return _csr(matrix.data[kept], matrix.indices[kept], indptr, sizes(matrix)[1])


def keep_largest(
    matrix: scipy.sparse.csr_array, n: int, rank: np.ndarray
) -> scipy.sparse.csr_array:
    """The ``n`` largest entries above 0 of every row; of equal ones those of smallest ``rank``.

    >>> matrix = scipy.sparse.csr_array(np.float32([[1, 3, 1], [0, 2, -1]]))
    >>> keep_largest(matrix, 2, np.array([2, 1, 0])).toarray().tolist()
    [[0.0, 3.0, 1.0], [0.0, 2.0, 0.0]]
    """
    row = row_of_entry(matrix)
    least = np.maximum(nth_largest(matrix, n), 0)[row]
    above = matrix.data > least
    equal = np.flatnonzero((matrix.data == least) & (least > 0))
    equal = equal[np.lexsort((rank[matrix.indices[equal]], row[equal]))]
    left = n - np.bincount(row[above], minlength=sizes(matrix)[0])
    first = np.searchsorted(row[equal], row[equal])
    above[equal[np.arange(len(equal)) - first < left[row[equal]]]] = True
    return select(matrix, above)


def nth_largest(matrix: scipy.sparse.csr_array, n: int) -> Float32[np.ndarray, "R"]:
    """The ``n``-th largest entry of every row, ``-inf`` of rows with fewer entries.

    >>> nth_largest(scipy.sparse.csr_array(np.float32([[4, 0, 6], [0, 0, 1]])), 2).tolist()
    [4.0, -inf]
    """
    length = np.diff(matrix.indptr)
    found = np.full(len(length), -np.inf, np.float32)
    rows = np.flatnonzero(length >= n)
    rows = rows[np.argsort(length[rows], kind="stable")]
    first = 0
    while first < len(rows):
        shortest = length[rows[first]]
        last = int(np.searchsorted(length[rows], shortest + shortest // 4 + 16, side="right"))
        some = rows[first:last]
        width = int(length[some[-1]])
        place = np.arange(width, dtype=np.int32)
        entry = np.minimum(matrix.indptr[some][:, None] + place, len(matrix.data) - 1)
        padded = matrix.data[entry]
        padded[place >= length[some][:, None]] = -np.inf
        found[some] = np.partition(padded, width - n, axis=1)[:, width - n]
        first = last
    return found
