"""Histories and sums of rows against loops over users."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, strategies as st

from jaxrec.graph import Csr
from jaxrec.ops import histories, sums
from jaxrec.ops.history import CHUNK


def csr(rows, n_items):
    rows = [np.unique(np.array(row, np.int32)) for row in rows]
    indptr = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    nonempty = np.flatnonzero([len(row) for row in rows]).astype(np.int32)
    return Csr(indptr, np.concatenate([*rows, np.zeros(0, np.int32)]).astype(np.int32), nonempty)


ROWS = st.lists(st.lists(st.integers(0, 6), max_size=7), min_size=1, max_size=6)


@given(ROWS, st.lists(st.integers(0, 5), min_size=1, max_size=5))
def test_columns_and_sums_are_those_of_each_query(rows, queries):
    likes, queries = csr(rows, 7), jnp.array([query % len(rows) for query in queries])
    dense = np.zeros((len(rows), 7))
    for row, items in enumerate(rows):
        dense[row, items] = 1
    np.testing.assert_array_equal(histories(likes, queries, 7), dense[queries].T)
    table = jnp.asarray(np.random.default_rng(0).standard_normal((7, 3)), jnp.float32)
    expected = dense[queries] @ np.asarray(table)
    np.testing.assert_allclose(sums(likes, queries, table), expected, rtol=1e-5, atol=1e-6)


def test_lists_longer_than_a_chunk_are_summed_whole():
    n_items = 3 * CHUNK + 7
    rows = [range(n_items), [], range(0, n_items, 2), range(5)]
    likes, table = csr(rows, n_items), jnp.arange(2.0 * n_items).reshape(n_items, 2) / n_items
    expected = [np.asarray(table)[list(row)].sum(0) for row in rows]
    add = jax.jit(partial(sums, likes))
    np.testing.assert_allclose(add(jnp.arange(4), table), expected, rtol=1e-5)
