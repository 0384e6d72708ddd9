"""Pieces of rows: they tile the rows, and sums over them become rows again."""

import jax
import numpy as np
from hypothesis import given, settings, strategies as st

from jaxrec.ops.propagate.pieces import cut, joined

DEGREES = st.lists(st.integers(0, 9) | st.integers(0, 100), max_size=8)
MANY_DEGREES = st.lists(st.integers(0, 40), min_size=10, max_size=30)
LIMITS = st.integers(1, 12)
join = jax.jit(lambda rows, sums: rows.join(sums))


@given(DEGREES, LIMITS)
def test_pieces_tile_the_rows_exactly(degrees, limit):
    indptr = np.cumsum([0, *degrees])
    pieces = cut(indptr, limit)
    edge = [np.arange(start, start + length) for start, length in zip(*pieces[1:], strict=True)]
    np.testing.assert_array_equal(np.concatenate([np.zeros(0, int), *edge]), np.arange(indptr[-1]))
    owner = np.repeat(np.arange(len(degrees)), degrees)
    np.testing.assert_array_equal(np.repeat(pieces.row, pieces.length), owner)
    assert np.all((pieces.length >= 1) & (pieces.length <= limit))


@given(DEGREES, LIMITS)
def test_a_row_is_of_full_pieces_but_for_its_last(degrees, limit):
    pieces = cut(np.cumsum([0, *degrees]), limit)
    last = np.append(pieces.row[1:] != pieces.row[:-1], True)[: len(pieces.row)]
    assert np.all(pieces.length[~last] == limit)


@settings(max_examples=10)  # Each has a shape of its own, and so is compiled.
@given(MANY_DEGREES, LIMITS, st.randoms(use_true_random=False))
def test_sums_over_pieces_in_any_order_join_to_sums_over_rows(degrees, limit, random):
    n_rows, n_edges = len(degrees), sum(degrees)
    features = np.random.default_rng(random.getrandbits(32)).integers(-9, 10, (n_edges, 2))
    pieces = cut(np.cumsum([0, *degrees]), limit)
    order = np.array(random.sample(range(len(pieces.row)), len(pieces.row)), int)
    sums = np.zeros((len(order), 2), np.float32)
    np.add.at(sums, np.repeat(np.arange(len(order)), pieces.length), features)
    rows = np.zeros((n_rows, 2))
    np.add.at(rows, np.repeat(np.arange(n_rows), degrees), features)
    result = join(joined(pieces, order, n_rows), sums[order])
    np.testing.assert_array_equal(result, rows)  # Sums of small integers are exact.
