"""Full ranking in blocks against one NumPy sort.

A long file, for all lists are of the same scores.
"""

from functools import partial

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Embeddings, InputError
from jaxrec.data import Interactions
from jaxrec.evaluate import METRICS, per_user
from jaxrec.graph import user_items
from jaxrec.ops import dot, tie_order
from jaxrec.rank import TopLists, top_lists

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
    return user_items(Interactions(user, item, len(dense), N_ITEMS))


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


def test_other_users_find_what_was_compiled():
    score = chex.assert_max_traces(dot, n=1)
    few = partial(top_lists, score, REPS, n_items=N_ITEMS, k=3, seen=SEEN)
    for users in (USERS[:1], USERS[:5], np.array([3, 3, 0, 3])):
        item, _ = by_sorting(users, 3, LIKED)
        np.testing.assert_array_equal(few(users).item, item)


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


def even(reps, queries, items):
    """The same score for all, but 1 for items of ``reps``."""
    scores = jnp.zeros((queries.shape[0], N_ITEMS))
    return scores if reps is None else scores.at[:, reps].set(1)[:, items]


def test_ties_come_in_one_order_that_is_not_that_of_the_rows():
    seen = lists_of(np.eye(N_USERS, N_ITEMS, dtype=bool))
    top = top_lists(even, None, np.array([1, 0]), N_ITEMS, N_ITEMS - 1, seen=seen)
    order = tie_order(N_ITEMS)
    assert top.item.tolist() == [order[order != user].tolist() for user in (1, 0)]
    assert order.tolist() != sorted(order)


def test_what_shares_the_last_score_below_the_list_is_counted():
    first, relevant = np.array([0, 5]), np.zeros((N_USERS, N_ITEMS), bool)
    relevant[:, [5, 6, 7]] = True
    seen = lists_of(np.eye(N_USERS, N_ITEMS, dtype=bool))  # Users 6 and 1 have seen 6 and 1.
    users = np.array([6, 1, 0])
    asked = {"seen": seen, "relevant": lists_of(relevant), "block_size": 2}
    for k in (3, 4):
        top = top_lists(even, jnp.asarray(first), users, N_ITEMS, k, **asked)
        n_first = np.array([2, 2, 1])
        shown = [set(row[n:].tolist()) for row, n in zip(top.item, n_first, strict=True)]
        left = np.array([1, 2, 2]) - [len(items & {6, 7}) for items in shown]
        np.testing.assert_array_equal(top.ties.n_below, N_ITEMS - 1 - k)
        np.testing.assert_array_equal(top.ties.n_relevant_below, left)
    whole = top_lists(even, jnp.asarray(first), users, N_ITEMS, 9, **asked)
    assert not whole.ties.n_below.any() and not whole.ties.n_relevant_below.any()


@pytest.mark.parametrize("tie_break", [None, np.array([3, 1, 3, 3, 1, 0, 1, 3, 3], np.float32)])
def test_metrics_are_means_over_the_orders_of_equals(tie_break):
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 2, (N_USERS, N_ITEMS)).astype(np.float32)
    table = lambda reps, queries, items: reps[queries][:, items]
    asked = {"seen": SEEN, "relevant": TEST}
    top = top_lists(table, jnp.asarray(scores), USERS, N_ITEMS, 4, **asked, tie_break=tie_break)
    found = per_user(top, USERS, TEST, [2, 4])
    n = 2000
    level = 0 if tie_break is None else tie_break / 8
    # Each user n times, with equals in an order of chance, each time anew.
    noisy = (scores + level + rng.random((n, *scores.shape)) / 16).reshape(-1, N_ITEMS)
    users = (np.arange(n)[:, None] * N_USERS + USERS).ravel()
    seen, test = (lists_of(np.tile(dense, (n, 1))) for dense in (LIKED, HELD))
    tried = top_lists(table, jnp.asarray(noisy), users, N_ITEMS, 4, seen=seen, relevant=test)
    mean = {k: v.reshape(n, -1).mean(0) for k, v in per_user(tried, users, test, [2, 4]).items()}
    for name, values in found.items():  # A value lies in [0, 1]: its mean spreads by .5 / sqrt(n).
        np.testing.assert_allclose(mean[name], values, atol=4 * 0.5 / np.sqrt(n))


def test_renumbering_items_and_users_changes_no_metric():
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 3, (N_USERS, N_ITEMS)).astype(np.float32)
    popular = rng.integers(0, 3, N_ITEMS).astype(np.float32)
    table = lambda reps, queries, items: reps[queries][:, items]

    def measured(user, item):
        """Rows and columns in these orders."""
        asked = {"seen": lists_of(LIKED[user][:, item]), "tie_break": popular[item]}
        test = lists_of(HELD[user][:, item])
        rows, reps = np.arange(N_USERS), jnp.asarray(scores[user][:, item])
        top = top_lists(table, reps, rows, N_ITEMS, 4, relevant=test, **asked)
        return {name: v[np.argsort(user)] for name, v in per_user(top, rows, test, [2, 4]).items()}

    expected = measured(np.arange(N_USERS), np.arange(N_ITEMS))
    for _ in range(20):
        found = measured(rng.permutation(N_USERS), rng.permutation(N_ITEMS))
        for name, values in expected.items():
            np.testing.assert_allclose(found[name], values, rtol=1e-12, atol=1e-15)


def test_of_equal_scores_the_larger_tie_break_comes_first():
    factor = jnp.asarray(np.where(np.arange(N_USERS) == 3, 1.0, 0.0))
    score = lambda reps, queries, items: reps[queries][:, None] * items[None, :]
    popular = np.array([0, 5, 9, 1, 7, 2, 8, 3, 4], np.float32)
    liked = np.zeros((N_USERS, N_ITEMS), bool)
    liked[1, [2, 6]] = True
    liked[5, 1:] = True  # One item is left: no model could tell it from another.
    asked = {"seen": lists_of(liked), "tie_break": popular}
    top = top_lists(score, factor, np.array([3, 1, 0, 5]), N_ITEMS, 3, **asked)
    assert top.alike.tolist() == [False, True, True, False]
    assert top.item.tolist() == [[8, 7, 6], [4, 1, 8], [2, 6, 4], [0, -1, -1]]
    longer = top_lists(score, factor, np.array([1]), N_ITEMS, N_ITEMS, **asked)
    assert longer.item.tolist() == [[4, 1, 8, 7, 5, 3, 0, -1, -1]]
    assert longer.alike.tolist() == [True]


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
    full = (QUERY @ ITEM.T)[USERS], HELD[USERS].astype(np.float32), ~LIKED[USERS]
    assert found.keys() == {f"{name}@{k}" for name in METRICS for k in ks}
    each = lambda *full: {f"{name}@{k}": METRICS[name](*full, k) for name in METRICS for k in ks}
    for name, expected in jax.jit(each)(*full).items():
        np.testing.assert_allclose(found[name], expected, rtol=1e-6)


def test_users_without_test_items_measure_zero():
    top = top_lists(dot, REPS, USERS, N_ITEMS, 3, seen=SEEN)
    for values in per_user(top, USERS, lists_of(np.zeros_like(HELD)), [3]).values():
        np.testing.assert_array_equal(values, np.zeros(N_USERS))


def test_metrics_beyond_the_lists_are_refused():
    top = TopLists(np.zeros((1, 3), np.int32), np.zeros((1, 3), np.float32))
    with pytest.raises(InputError, match="k is 4 but the lists hold 3 items"):
        per_user(top, np.array([0]), TEST, [2, 4])


@pytest.mark.parametrize("k", [0, -1])
def test_a_k_below_1_is_refused(k):
    top = TopLists(np.zeros((1, 3), np.int32), np.zeros((1, 3), np.float32))
    with pytest.raises(InputError, match=f"k is {k} but"):
        per_user(top, np.array([0]), TEST, [k, 2])
    for metric in METRICS.values():
        with pytest.raises(InputError, match=f"k is {k}; give"):
            metric(np.zeros((1, 3)), np.zeros((1, 3)), np.ones((1, 3), bool), k)


def test_scores_that_are_no_numbers_are_refused():
    wrong = lambda reps, queries, items: jnp.where(
        queries[:, None] == 4, jnp.nan, items[None, :] * 1.0
    )
    with pytest.raises(InputError, match="scores of 1 of 7 queries are NaN"):
        top_lists(wrong, None, USERS, N_ITEMS, 3, seen=SEEN)
