"""The best columns against a stable NumPy sort."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxrec.ops.topk as topk
from jaxrec.ops import mask_pairs, tie_order, tie_rank, top_k

N_COLUMNS = 6


@pytest.fixture(autouse=True)
def _strict():
    with jax.numpy_dtype_promotion("strict"):
        yield


@pytest.mark.parametrize("k", [1, 4, N_COLUMNS])
def test_equals_a_stable_sort_with_ties_in_column_order(k):
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 3, (5, N_COLUMNS)).astype(np.float32)  # Ties in every row.
    best, column = top_k(jnp.asarray(scores), k)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(column, expected)
    np.testing.assert_array_equal(best, np.take_along_axis(scores, expected, axis=1))


def test_struck_out_pairs_come_last_with_minus_infinity():
    scores = jnp.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]], jnp.float32)
    struck = mask_pairs(scores, jnp.array([0, 1, 1]), jnp.array([0, 1, 2]))
    best, column = top_k(struck, 2)
    assert column.tolist() == [[1, 2], [0, 1]]
    assert best.tolist() == [[2.0, 1.0], [3.0, -np.inf]]


def test_pairs_of_rows_beyond_the_block_are_padding():
    scores = jnp.array([[3.0, 2.0, 1.0]], jnp.float32)
    struck = mask_pairs(scores, jnp.array([1, 1, 7]), jnp.array([0, 1, 2]))
    np.testing.assert_array_equal(struck, scores)


def test_no_two_rows_have_the_same_place_among_equals():
    rank = tie_rank(np.arange(200_000))
    assert len(np.unique(rank)) == len(rank)
    np.testing.assert_array_equal(rank[tie_order(200_000)], np.sort(rank))


def test_the_place_among_equals_says_nothing_of_the_row():
    n = 10_000
    place = np.argsort(tie_order(n))
    # A random order has a rank correlation with the rows of standard deviation 1 / sqrt(n - 1).
    assert abs(np.corrcoef(place, np.arange(n))[0, 1]) < 4 / np.sqrt(n)
    assert abs(np.corrcoef(place[1:], place[:-1])[0, 1]) < 4 / np.sqrt(n)


@pytest.mark.parametrize("n_columns", [192, 200, 255])
@pytest.mark.parametrize("k", [1, 3, 7])
def test_many_columns_in_runs_give_what_all_at_once_give(n_columns, k, monkeypatch):
    monkeypatch.setattr(topk, "RUN", 16)
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 9, (20, n_columns)).astype(np.float32)  # Ties across runs.
    scores[0] = -np.inf
    monkeypatch.setattr(topk, "WIDE", 128)
    best, column = jax.jit(partial(top_k, k=k))(scores)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(column, expected)
    np.testing.assert_array_equal(best, np.take_along_axis(scores, expected, axis=1))
