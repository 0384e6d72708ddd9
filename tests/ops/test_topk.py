"""The best columns against a stable NumPy sort."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxrec.ops.topk as topk
from jaxrec.ops import top_k

N_COLUMNS = 6
NONE = jnp.zeros(0, jnp.int32)


@pytest.fixture(autouse=True)
def _strict():
    with jax.numpy_dtype_promotion("strict"):
        yield


@pytest.mark.parametrize("k", [1, 4, N_COLUMNS])
def test_equals_a_stable_sort_with_ties_in_column_order(k):
    rng = np.random.default_rng(0)
    scores = jnp.asarray(rng.integers(0, 3, (5, N_COLUMNS)), jnp.float32)  # Ties in every row.
    best, column = top_k(scores, NONE, NONE, k)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(column, expected)
    np.testing.assert_array_equal(best, np.take_along_axis(scores, expected, axis=1))


def test_struck_out_pairs_come_last_with_minus_infinity():
    scores = jnp.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]], jnp.float32)
    best, column = top_k(scores, jnp.array([0, 1, 1]), jnp.array([0, 1, 2]), 2)
    assert column.tolist() == [[1, 2], [0, 1]]
    assert best.tolist() == [[2.0, 1.0], [3.0, -np.inf]]


def test_pairs_of_rows_beyond_the_block_are_padding():
    scores = jnp.array([[3.0, 2.0, 1.0]], jnp.float32)
    best, column = top_k(scores, jnp.array([1, 1, 7]), jnp.array([0, 1, 2]), 3)
    assert (best.tolist(), column.tolist()) == ([[3.0, 2.0, 1.0]], [[0, 1, 2]])


@pytest.mark.parametrize("n_columns", [192, 200, 255])
@pytest.mark.parametrize("k", [1, 3, 7])
def test_many_columns_in_runs_give_what_all_at_once_give(n_columns, k, monkeypatch):
    monkeypatch.setattr(topk, "RUN", 16)
    rng = np.random.default_rng(0)
    scores = jnp.asarray(rng.integers(0, 9, (20, n_columns)), jnp.float32)  # Ties across runs.
    scores = scores.at[0].set(-jnp.inf)
    monkeypatch.setattr(topk, "WIDE", 128)
    best, column = top_k(scores, NONE, NONE, k)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(column, expected)
    np.testing.assert_array_equal(best, np.take_along_axis(scores, expected, axis=1))
