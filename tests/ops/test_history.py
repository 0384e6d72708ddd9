"""Histories and sums of rows against loops over users."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.graph import Csr
from jaxrec.ops import bag_sum, histories
from jaxrec.ops.history import CHUNK


def csr(rows):
    rows = [np.unique(np.array(row, np.int32)) for row in rows]
    indptr = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    nonempty = np.flatnonzero([len(row) for row in rows]).astype(np.int32)
    return Csr(indptr, np.concatenate([*rows, np.zeros(0, np.int32)]).astype(np.int32), nonempty)


@st.composite
def histories_of_one_size(draw, n_items=7, n_entries=12, n_rows=6):
    """Lists of different lengths, some empty; of one size, so that one program serves all."""
    cells = st.integers(0, n_rows * n_items - 1)
    drawn = draw(st.sets(cells, min_size=n_entries, max_size=n_entries))
    return [[cell % n_items for cell in drawn if cell // n_items == row] for row in range(n_rows)]


COMPILED = jax.jit(histories, static_argnums=2), jax.jit(bag_sum)
TABLE = jnp.asarray(np.random.default_rng(0).standard_normal((7, 3)), jnp.float32)


@given(histories_of_one_size(), st.lists(st.integers(0, 5), min_size=4, max_size=4))
def test_columns_and_sums_are_those_of_each_query(rows, queries):
    assert_those_of_each_query(rows, queries, *COMPILED)


@pytest.mark.parametrize("rows", [[[]], [[], [6]], [range(7), [], [0]]], ids=str)
@pytest.mark.parametrize("queries", [[0], [0, 0, 0, 0, 0]], ids=str)
def test_so_are_those_of_few_users_and_of_none_with_items(rows, queries):
    assert_those_of_each_query(rows, queries, histories, bag_sum)


def assert_those_of_each_query(rows, queries, histories, sums):
    likes, queries = csr(rows), jnp.array(queries)
    dense = np.zeros((len(rows), 7))
    for row, items in enumerate(rows):
        dense[row, list(items)] = 1
    np.testing.assert_array_equal(histories(likes, queries, 7), dense[queries].T)
    expected = dense[queries] @ np.asarray(TABLE)
    np.testing.assert_allclose(sums(likes, queries, TABLE), expected, rtol=1e-5, atol=1e-6)


def test_lists_longer_than_a_chunk_are_summed_whole():
    n_items = 3 * CHUNK + 7
    rows = [range(n_items), [], range(0, n_items, 2), range(5)]
    likes, table = csr(rows), jnp.arange(2.0 * n_items).reshape(n_items, 2) / n_items
    expected = [np.asarray(table)[list(row)].sum(0) for row in rows]
    add = jax.jit(partial(bag_sum, likes))
    np.testing.assert_allclose(add(jnp.arange(4), table), expected, rtol=1e-5)
