"""Full ranking in blocks against one NumPy sort."""

import chex
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Embeddings, InputError
from jaxrec.data import Interactions
from jaxrec.evaluate import METRICS, TopLists, per_user, top_lists
from jaxrec.graph import user_items
from jaxrec.ops import dot

N_USERS, N_ITEMS, DIM = 7, 9, 3
RNG = np.random.default_rng(0)
QUERY, ITEM = (RNG.normal(size=(n, DIM)).astype(np.float32) for n in (N_USERS, N_ITEMS))
REPS = Embeddings(jnp.asarray(QUERY), jnp.asarray(ITEM))
LIKED = RNG.random((N_USERS, N_ITEMS)) < 0.4
LIKED[2] = True  # Has everything.
LIKED[4] = False  # Has nothing.
HELD = ~LIKED & (RNG.random((N_USERS, N_ITEMS)) < 0.4)
USERS = np.array([5, 2, 4, 0, 6, 1, 3])


def lists_of(dense):
    user, item = (rows.astype(np.int32) for rows in np.nonzero(dense))
    return user_items(Interactions(user, item, N_USERS, N_ITEMS))


SEEN, TEST = lists_of(LIKED), lists_of(HELD)


def by_sorting(users, k, liked):
    scores = np.where(liked, -np.inf, QUERY.astype(np.float64) @ ITEM.T)[users]
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    best = np.take_along_axis(scores, order, axis=1)
    return np.where(best > -np.inf, order, -1), best


@pytest.mark.parametrize("block_size", [1, 3, N_USERS, None])
@pytest.mark.parametrize("k", [1, 4, N_ITEMS])
def test_equals_a_sort_without_what_was_seen(block_size, k):
    item, score = by_sorting(USERS, k, LIKED)
    top = top_lists(dot, REPS, USERS, N_ITEMS, k, seen=SEEN, block_size=block_size)
    np.testing.assert_array_equal(top.item, item)
    np.testing.assert_allclose(top.score, score, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("users", [USERS[:1], USERS[:5], np.array([3, 3, 0, 3])])
def test_any_number_of_users_fits_any_block(users):
    item, _ = by_sorting(users, 3, LIKED)
    top = top_lists(dot, REPS, users, N_ITEMS, 3, seen=SEEN, block_size=3)
    np.testing.assert_array_equal(top.item, item)


def test_without_seen_everything_is_ranked():
    item, _ = by_sorting(USERS, N_ITEMS, np.zeros_like(LIKED))
    top = top_lists(dot, REPS, USERS, N_ITEMS, N_ITEMS)
    np.testing.assert_array_equal(top.item, item)


def test_a_user_who_has_everything_gets_an_empty_list():
    top = top_lists(dot, REPS, np.array([2]), N_ITEMS, 4, seen=SEEN)
    assert top.item.tolist() == [[-1] * 4]
    assert top.score.tolist() == [[-np.inf] * 4]


def test_seen_of_nobody_strikes_out_nothing():
    item, _ = by_sorting(USERS, 3, np.zeros_like(LIKED))
    top = top_lists(dot, REPS, USERS, N_ITEMS, 3, seen=lists_of(np.zeros_like(LIKED)))
    np.testing.assert_array_equal(top.item, item)


def test_ties_go_to_the_smaller_row():
    even = lambda reps, queries, items: jnp.zeros((queries.shape[0], items.shape[0]))
    seen = lists_of(np.eye(N_USERS, N_ITEMS, dtype=bool))
    top = top_lists(even, None, np.array([1, 0]), N_ITEMS, 3, seen=seen)
    assert top.item.tolist() == [[0, 2, 3], [1, 2, 3]]


def test_one_trace_serves_all_blocks():
    score = chex.assert_max_traces(dot, n=1)
    top_lists(score, REPS, USERS, N_ITEMS, 3, seen=SEEN, block_size=2)
    top_lists(score, REPS, USERS, N_ITEMS, 3, seen=SEEN, block_size=2)


@pytest.mark.parametrize("k", [0, N_ITEMS + 1])
def test_a_k_beyond_the_catalogue_is_refused(k):
    with pytest.raises(InputError, match=f"k is {k} but the catalogue has {N_ITEMS} items"):
        top_lists(dot, REPS, USERS, N_ITEMS, k)


def test_no_users_are_refused():
    with pytest.raises(InputError, match="no users to rank for"):
        top_lists(dot, REPS, USERS[:0], N_ITEMS, 3)


def test_metrics_of_the_lists_are_those_of_the_full_matrix():
    ks = [1, 2, 5]
    top = top_lists(dot, REPS, USERS, N_ITEMS, max(ks), seen=SEEN, block_size=3)
    found = per_user(top, USERS, TEST, ks)
    full = jnp.asarray(QUERY @ ITEM.T), jnp.asarray(HELD, jnp.float32), jnp.asarray(~LIKED)
    assert found.keys() == {f"{name}@{k}" for name in METRICS for k in ks}
    for name, metric in METRICS.items():
        for k in ks:
            expected = metric(*(array[USERS] for array in full), k)
            np.testing.assert_allclose(found[f"{name}@{k}"], expected, rtol=1e-6)


def test_users_without_test_items_measure_zero():
    top = top_lists(dot, REPS, USERS, N_ITEMS, 3, seen=SEEN)
    for values in per_user(top, USERS, lists_of(np.zeros_like(HELD)), [3]).values():
        np.testing.assert_array_equal(values, np.zeros(N_USERS))


def test_metrics_beyond_the_lists_are_refused():
    top = TopLists(np.zeros((1, 3), np.int32), np.zeros((1, 3), np.float32))
    with pytest.raises(InputError, match="k is 4 but the lists hold 3 items"):
        per_user(top, np.array([0]), TEST, [2, 4])
