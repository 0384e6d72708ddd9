"""Baselines of sessions against counts."""

from collections import Counter

import jax.numpy as jnp
import numpy as np

from jaxrec.evaluate import overall_popularity, session_popularity, session_recency
from jaxrec.graph import SessionQuery

LISTS = [[3, 1, 3, 3, 0], [2], [4, 4]]
N_ITEMS, WIDTH = 6, 8
ITEM = jnp.array([one + [0] * (WIDTH - len(one)) for one in LISTS])
QUERIES = SessionQuery(ITEM, jnp.array([[n < len(one) for n in range(WIDTH)] for one in LISTS]))
COUNTS = jnp.array([5.0, 0.0, 2.0, 9.0, 1.0, 7.0])
EVERY = jnp.arange(N_ITEMS)


def test_popularity_is_that_of_training_for_all_sessions():
    scores = overall_popularity(COUNTS, QUERIES, EVERY)
    np.testing.assert_array_equal(scores, np.tile(COUNTS, (len(LISTS), 1)))
    listed = jnp.array([[5, 0], [1, 1], [3, 4]])
    np.testing.assert_array_equal(overall_popularity(COUNTS, QUERIES, listed), COUNTS[listed])


def test_popularity_in_the_session_is_how_often_it_has_an_item():
    expected = [[Counter(one)[item] for item in range(N_ITEMS)] for one in LISTS]
    np.testing.assert_array_equal(session_popularity(COUNTS, QUERIES, EVERY), expected)
    some = jnp.array([3, 0])
    np.testing.assert_array_equal(
        session_popularity(COUNTS, QUERIES, some), np.array(expected)[:, [3, 0]]
    )


def test_recency_ranks_items_by_their_last_place():
    scores = np.asarray(session_recency(COUNTS, QUERIES, EVERY))
    for row, one in zip(scores, LISTS, strict=True):
        ranked = np.argsort(-row)[: len(set(one))].tolist()
        assert ranked == list(dict.fromkeys(one[::-1]))
        assert set(np.flatnonzero(row)) == set(one)
