"""Membership and complements against Python sets."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import example, given, strategies as st

from jaxrec.graph import Csr
from jaxrec.ops import contains, membership_mask, nth_absent

N_COLUMNS = 5
ROWS = st.lists(
    st.sets(st.integers(0, N_COLUMNS - 1)).map(sorted), min_size=4, max_size=4
)  # Sorted lists; empty and full ones among them.
FULL = list(range(N_COLUMNS))


def csr(rows):
    """Lists padded to one total length by a last row, so that one program serves all examples."""
    n_missing = len(rows) * N_COLUMNS - sum(map(len, rows))
    rows = [*rows, range(n_missing)]
    lengths = [len(row) for row in rows]
    indices = np.array([column for row in rows for column in row], np.int32)
    indptr = np.cumsum([0, *lengths]).astype(np.int32)
    return Csr(indptr, indices, np.flatnonzero(lengths).astype(np.int32))


@given(ROWS)
@example([[], [], [], []])
@example([FULL, FULL, FULL, FULL])
@example([[], FULL, [], FULL])
def test_contains_is_membership(rows):
    row, column = np.indices((4, N_COLUMNS + 2), np.int32)
    column = column - 1  # -1 and N_COLUMNS are in no list.
    with jax.numpy_dtype_promotion("strict"):
        found = jax.jit(contains)(csr(rows), row, column)
    assert found.tolist() == [[c in r for c in range(-1, N_COLUMNS + 1)] for r in rows]


@given(ROWS, st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_owned_is_membership_of_every_pair_however_often_asked(rows, asked):
    columns = np.array([4, 0, 4, 2])
    found = jax.jit(membership_mask, static_argnums=3)(
        csr(rows), np.array(asked), columns, N_COLUMNS
    )
    assert found.tolist() == [[int(c) in rows[r] for c in columns] for r in asked]


@given(ROWS)
@example([[], [], [], []])
@example([[], FULL, [0], FULL])
def test_nth_absent_counts_through_the_complement(rows):
    row, nth = np.indices((4, N_COLUMNS), np.int32)
    with jax.numpy_dtype_promotion("strict"):
        columns = jax.jit(nth_absent)(csr(rows), row, nth)
    for found, have in zip(columns.tolist(), rows, strict=True):
        absent = sorted(set(range(N_COLUMNS)) - set(have))
        assert found[: len(absent)] == absent
        assert all(column >= N_COLUMNS for column in found[len(absent) :])


def test_lists_that_are_all_empty_contain_nothing():
    lists = Csr(np.zeros(4, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32))
    row, column = np.indices((3, N_COLUMNS), np.int32)
    assert not np.any(jax.jit(contains)(lists, row, column))
    np.testing.assert_array_equal(jax.jit(nth_absent)(lists, row, column), column)


def test_answers_are_the_same_under_jit():
    lists = csr([[0, 3], [], FULL, [1, 2, 4]])
    row, column = jnp.indices((4, N_COLUMNS))
    for ask in (contains, nth_absent):
        np.testing.assert_array_equal(jax.jit(ask)(lists, row, column), ask(lists, row, column))
