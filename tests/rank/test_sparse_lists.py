"""Lists of a sparse product against those of the dense program."""

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph import user_items
from jaxrec.ops import TableScore, largest_products
from jaxrec.ops.sparse_rows import keep_largest, nth_largest
from jaxrec.rank import sparse_lists, top_lists

N_USERS, N_ITEMS = 40, 23


def pairs(dense):
    user, item = (rows.astype(np.int32) for rows in np.nonzero(dense))
    return user_items(Interactions(user, item, *dense.shape))


def program(reps, queries, items):
    history, table = reps
    return (history[queries] @ table)[:, items]


def sparse_score():
    as_csr = lambda dense: scipy.sparse.csr_array(np.asarray(dense))
    return TableScore(program, lambda reps: (as_csr(reps[0]), as_csr(reps[1])))


def problem(seed, density):
    """Whole numbers, so that sums are exact and many are equal; two users have nothing or all."""
    rng = np.random.default_rng(seed)
    liked = rng.random((N_USERS, N_ITEMS)) < 0.2
    liked[0], liked[1], liked[2, 1:] = False, True, True
    table = rng.integers(1, 4, (N_ITEMS, N_ITEMS)) * (rng.random((N_ITEMS, N_ITEMS)) < density)
    reps = tuple(jnp.asarray(each, jnp.float32) for each in (liked, table))
    relevant = rng.random((N_USERS, N_ITEMS)) < 0.3
    return reps, pairs(liked), pairs(relevant), rng.integers(0, 3, N_ITEMS).astype(np.float32)


@pytest.mark.parametrize("entries", [60, 2**22])
@pytest.mark.parametrize("k", [1, 5, N_ITEMS])
@pytest.mark.parametrize("density", [0.02, 0.2, 1.0])
def test_lists_and_ties_are_those_of_the_dense_program(density, k, entries, monkeypatch):
    monkeypatch.setattr("jaxrec.ops.sparse_rows.BLOCK_ENTRIES", entries)
    users = np.random.default_rng(0).permutation(N_USERS)
    for seed in range(2):
        reps, seen, relevant, popular = problem(seed, density)
        for hidden in (seen, None):
            for tie_break in (popular, None):
                asked = {"seen": hidden, "relevant": relevant, "tie_break": tie_break}
                found = top_lists(sparse_score(), reps, users, N_ITEMS, k, **asked)
                dense = top_lists(program, reps, users, N_ITEMS, k, **asked)
                np.testing.assert_array_equal(found.item, dense.item)
                np.testing.assert_array_equal(found.score, dense.score)
                for own, expected in zip(found.ties, dense.ties, strict=True):
                    np.testing.assert_array_equal(own, expected)
                np.testing.assert_array_equal(found.alike, dense.alike)


def test_users_whose_items_all_score_the_same_are_alike():
    history = jnp.asarray(np.eye(3, 4), jnp.float32)
    table = jnp.asarray([[1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]], jnp.float32)
    found = top_lists(sparse_score(), (history, table), np.arange(3), 4, 2)
    assert found.alike.tolist() == [True, True, False]


def test_scores_that_are_no_numbers_are_refused():
    reps, *_ = problem(0, 0.5)
    broken = reps[0], reps[1].at[3, 4].set(jnp.nan)
    with pytest.raises(InputError, match="of 40 queries are NaN"):
        top_lists(sparse_score(), broken, np.arange(N_USERS), N_ITEMS, 3)


def test_negative_weights_are_ranked_densely(monkeypatch):
    monkeypatch.setattr(sparse_lists, "keep_largest", None)  # Nobody calls it.
    reps, *_ = problem(0, 0.5)
    less = reps[0], -reps[1]
    found = top_lists(sparse_score(), less, np.arange(N_USERS), N_ITEMS, 3)
    dense = top_lists(program, less, np.arange(N_USERS), N_ITEMS, 3)
    np.testing.assert_array_equal(found.item, dense.item)


def test_progress_counts_every_query_once(monkeypatch):
    monkeypatch.setattr("jaxrec.ops.sparse_rows.BLOCK_ENTRIES", 60)
    reps, *_ = problem(0, 0.2)
    for score in (sparse_score(), program):
        done = []
        tell = lambda *counts, done=done: done.append(counts)
        users = np.arange(N_USERS)
        top_lists(score, reps, users, N_ITEMS, 3, block_size=7, on_progress=tell)
        assert len(done) > 1 and done == sorted(set(done))
        assert done[-1] == (N_USERS, N_USERS)


@pytest.mark.parametrize("n", [1, 3, N_ITEMS])
def test_a_table_keeps_the_largest_of_each_row(n, monkeypatch):
    monkeypatch.setattr("jaxrec.ops.sparse_rows.BLOCK_ENTRIES", 60)
    rng = np.random.default_rng(0)
    dense = rng.random((N_ITEMS, N_USERS)) < 0.2
    left = scipy.sparse.csr_array(dense.astype(np.float32))
    weigh = lambda row, column, both: both * (1 + row) / (2 + column)
    table = largest_products(left, left.T.tocsr(), n, weigh).matrix().toarray()
    numbers = np.arange(N_ITEMS)
    whole = (dense.astype(float) @ dense.T) * (1 + numbers[:, None]) / (2 + numbers)
    for row, kept in zip(whole, table, strict=True):
        most = np.sort(row)[::-1][:n]
        np.testing.assert_allclose(np.sort(kept)[::-1][:n], most, rtol=1e-6)
        assert (kept > 0).sum() == (most > 0).sum()


def test_of_equal_entries_those_of_smallest_rank_are_kept():
    matrix = scipy.sparse.csr_array(np.float32([[2, 1, 1, 1], [0, 0, 3, 3]]))
    kept = keep_largest(matrix, 2, np.array([3, 2, 0, 1]))
    assert kept.toarray().tolist() == [[2, 0, 1, 0], [0, 0, 3, 3]]
    assert nth_largest(matrix, 2).tolist() == [1, 3]
