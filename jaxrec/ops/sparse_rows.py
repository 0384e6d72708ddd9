"""Rows of sparse matrices on the host: their largest entries, and products block by block."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np
import scipy.sparse
from jaxtyping import Float32, Int32

BLOCK_ENTRIES = 2**22
"""Entries of a sparse product held at a time by each thread."""


def sizes(matrix: scipy.sparse.csr_array) -> tuple[int, int]:
    """Rows and columns."""
    return cast(tuple[int, int], matrix.shape)


def csr(data, indices, indptr, n_columns) -> scipy.sparse.csr_array:
    """The matrix of these arrays, with 32-bit row pointers."""
    shape = (len(indptr) - 1, n_columns)
    return scipy.sparse.csr_array((data, indices, indptr.astype(np.int32)), shape=shape)


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
    return csr(matrix.data[kept], matrix.indices[kept], indptr, sizes(matrix)[1])


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
