"""Lists of several queries against loops."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph import user_items
from jaxrec.retrieve import nearest

RNG = np.random.default_rng(0)
N_ITEMS = 40
ITEM = RNG.standard_normal((N_ITEMS, 6)).astype(np.float32)
USER = np.array([0, 0, 0, 1, 2, 2], np.int32)
QUERY = RNG.standard_normal((6, 6)).astype(np.float32)
SEEN = {0: [1, 2, 3], 2: list(range(35))}


def seen_lists():
    pairs = [(user, item) for user, items in SEEN.items() for item in items]
    user, item = np.array(pairs, np.int32).T
    return user_items(Interactions(user.copy(), item.copy(), 3, N_ITEMS))


def slow(user: int, k: int, seen: dict[int, list[int]]):
    """The nearest of each query in turn, then the second nearest, each item once."""
    unit = lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)
    cosine = unit(QUERY[user == USER]) @ unit(ITEM).T
    orders = [
        [item for item in order if item not in seen.get(user, [])]
        for order in np.argsort(-cosine, axis=1).tolist()
    ]
    turns = [item for turn in zip(*orders, strict=True) for item in turn]
    found = list(dict.fromkeys(turns))[:k]
    return found + [-1] * (k - len(found))


@pytest.mark.parametrize("k", [1, 2, 7, N_ITEMS])
def test_queries_take_turns(k):
    for seen, lists in [
        ({}, nearest(ITEM, QUERY, USER, k)),
        (SEEN, nearest(ITEM, QUERY, USER, k, seen=seen_lists())),
    ]:
        assert lists.item.tolist() == [slow(user, k, seen) for user in range(3)]


def test_every_query_gets_its_share():
    lists = nearest(ITEM, QUERY, USER, 12)
    unit = lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)
    top = np.argsort(-(unit(QUERY[:3]) @ unit(ITEM).T), axis=1)[:, :4]  # floor(12 / 3) each.
    assert set(top.ravel().tolist()) <= set(lists.item[0].tolist())


def test_scores_keep_the_order():
    lists = nearest(ITEM, QUERY, USER, 5, seen=seen_lists())
    np.testing.assert_array_equal(lists.score[0], [5, 4, 3, 2, 1])
    few = nearest(ITEM, QUERY, USER, 8, seen=seen_lists())
    assert few.item[2, 5:].tolist() == [-1] * 3
    assert few.score[2].tolist() == [8, 7, 6, 5, 4, -np.inf, -np.inf, -np.inf]


def test_one_query_gives_the_items_of_highest_cosine():
    lists = nearest(ITEM, QUERY[3:4], np.array([0]), 5)
    np.testing.assert_array_equal(lists.item[0], slow(1, 5, {}))


def test_a_query_asked_twice_changes_nothing():
    once = nearest(ITEM, QUERY[:1], np.array([0]), 9)
    twice = nearest(ITEM, QUERY[[0, 0]], np.array([0, 0]), 9)
    np.testing.assert_array_equal(once.item, twice.item)


@pytest.mark.parametrize("user", [[1, 2], [0, 2], [1, 0], []])
def test_users_out_of_order_are_refused(user):
    user = np.array(user, np.int32)
    with pytest.raises(InputError, match="queries belong to users 0, 1, 2"):
        nearest(ITEM, QUERY[: len(user)], user, 3)
