"""Alias tables of many rows against the law they must hold."""

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from jaxrec.base import InputError
from jaxrec.graph import alias_rows

WEIGHT = st.just(0.0) | st.floats(1e-3, 100)
ROWS = st.lists(
    st.just([]) | st.lists(WEIGHT, min_size=1, max_size=6).filter(any), min_size=1, max_size=8
).filter(any)


def assert_exact(weight, indptr, atol):
    table = alias_rows(weight, indptr)
    degree = np.diff(indptr)
    row = np.repeat(np.arange(len(degree)), degree)
    np.testing.assert_array_equal(row[table.alias], row)  # No draw leaves its row.
    keep = table.keep.astype(np.float64)
    assert (keep >= 0).all() and (keep <= 1).all()
    law = (keep + np.bincount(table.alias, 1 - keep, len(keep))) / degree[row]
    np.testing.assert_allclose(law, weight / np.bincount(row, weight)[row], rtol=1e-5, atol=atol)


@given(ROWS)
@example([[3.0, 3.0, 3.0], [], [0.1, 0.1, 0.1], [7.0]])
@example([[0.0, 5.0], [5.0, 0.0], [1e-3, 100.0, 100.0]])
def test_every_row_holds_its_law(rows):
    indptr = np.cumsum([0, *map(len, rows)])
    assert_exact(np.concatenate([np.array(row, float) for row in rows]), indptr, atol=2e-7)


def test_a_hundred_thousand_rows_do_not_mix():
    rng = np.random.default_rng(0)
    indptr = np.concatenate([[0], np.cumsum(rng.integers(0, 20, 100_000))])
    assert_exact(rng.pareto(1.0, indptr[-1]) + 1e-9, indptr, atol=2e-7)


@pytest.mark.parametrize("bad", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0], [2.0, -1.0]], ids=str)
def test_a_row_that_is_no_law_is_refused(bad):
    with pytest.raises(InputError, match="finite ones of 0 or more"):
        alias_rows(np.array([1.0, 1.0, *bad]), np.array([0, 2, 4]))
