"""Questions to sorted neighbor lists, answered by bisection on the device."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from jaxrec.graph import Csr


def _bisect(
    lists: Csr, rows: Int[Array, "*n"], go_right: Callable[[Array, Array], Array]
) -> tuple[Int[Array, "*n"], Int[Array, "*n"], Int[Array, "*n"]]:
    """First position of each row's list where ``go_right(position, start)`` is False."""
    indptr = jnp.asarray(lists.indptr)
    start, end = indptr[rows], indptr[rows + 1]

    def halve(_, bounds):
        low, high = bounds
        middle = (low + high) // 2
        right = (low < high) & go_right(middle, start)
        return jnp.where(right, middle + 1, low), jnp.where(right | (low >= high), high, middle)

    n_halvings = max(int(lists.indices.shape[0]).bit_length(), 1)
    position, _ = jax.lax.fori_loop(0, n_halvings, halve, (start, end))
    return position, start, end


def _columns(lists: Csr) -> Int[Array, "E"]:
    """All columns; one that no row owns when every list is empty, for a gather needs a source."""
    return jnp.asarray(lists.indices) if lists.indices.shape[0] else jnp.zeros(1, jnp.int32)


def contains(lists: Csr, rows: Int[Array, "*n"], columns: Int[Array, "*n"]) -> Bool[Array, "*n"]:
    """Whether ``columns`` stand in the lists of ``rows``. Cost O(log n) gathers each."""
    indices = _columns(lists)
    position, _, end = _bisect(lists, rows, lambda at, _: indices[at] < columns)
    return (position < end) & (indices[position] == columns)


def membership_mask(
    lists: Csr, rows: Int[Array, "B"], columns: Int[Array, "C"] | None, n_columns: int
) -> Bool[Array, "B C"]:
    """Whether each of ``columns`` stands in the list of each of ``rows``. Cost O(E + B C).

    One pass over all lists instead of ``B C`` bisections: several times as fast where a batch
    shares its candidates.

    Args:
      columns: None is all of them, in order, which spares a gather of ``[B, C]``.

    >>> import numpy as np
    >>> lists = Csr(np.int32([0, 1, 3]), np.int32([2, 0, 1]), np.int32([0, 1]))
    >>> membership_mask(lists, jnp.array([1, 0, 1]), jnp.array([0, 2]), n_columns=3).tolist()
    [[True, False], [False, True], [True, False]]
    """
    indptr, indices = jnp.asarray(lists.indptr), jnp.asarray(lists.indices)
    n_rows, n_asked = indptr.shape[0] - 1, rows.shape[0]
    # Of a row or a column that is asked twice, one place is filled and read for both.
    row_place = jnp.full(n_rows, n_asked).at[rows].set(jnp.arange(n_asked))
    row = jnp.repeat(row_place, jnp.diff(indptr), total_repeat_length=indices.shape[0])
    if columns is None:
        found = jnp.zeros((n_asked, n_columns), bool).at[row, indices].set(True, mode="drop")
        return found[row_place[rows]]
    n_found = columns.shape[0]
    column_place = jnp.full(n_columns, n_found).at[columns].set(jnp.arange(n_found))
    found = jnp.zeros((n_asked, n_found), bool)
    found = found.at[row, column_place[indices]].set(True, mode="drop")
    return found[row_place[rows]][:, column_place[columns]]


def nth_absent(lists: Csr, rows: Int[Array, "*n"], nth: Int[Array, "*n"]) -> Int[Array, "*n"]:
    """The ``nth`` column (from 0) that is *not* in each row's list. Cost O(log n) gathers each.

    The list's ``j``-th entry has ``entry - j`` absent columns before it, a number that never falls
    along the list, so the entries to skip are found by bisection. A uniform ``nth`` below the
    number of absent columns is thus a uniform draw from the complement, with no rejections.
    """
    indices = _columns(lists)
    position, start, _ = _bisect(lists, rows, lambda at, start: indices[at] - (at - start) <= nth)
    return nth + (position - start)
