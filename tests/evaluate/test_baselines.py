"""Baselines by hand."""

import jax.numpy as jnp
import numpy as np

from jaxrec.data import Interactions
from jaxrec.evaluate import popularity, repeat_lists, top_lists
from jaxrec.graph import user_items

N_USERS, N_ITEMS = 4, 5
# Counts of items: 0 twice, 1 four times, 2 once, 3 three times, 4 never.
USER = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2], np.int32)
ITEM = np.array([0, 2, 0, 1, 1, 3, 1, 3, 3, 1], np.int32)
TRAIN = Interactions(USER, ITEM, N_USERS, N_ITEMS)
COUNTS = jnp.asarray(np.bincount(ITEM, minlength=N_ITEMS), jnp.float32)


def test_popularity_scores_counts_the_same_for_everyone():
    queries = jnp.array([2, 0])
    assert popularity(COUNTS, queries, jnp.array([1, 4])).tolist() == [[4, 0], [4, 0]]
    listed = jnp.array([[3, 2], [0, 0]])
    assert popularity(COUNTS, queries, listed).tolist() == [[3, 1], [2, 2]]


def test_popularity_ranks_like_a_model():
    users = np.arange(N_USERS)
    top = top_lists(popularity, COUNTS, users, N_ITEMS, 3, seen=user_items(TRAIN))
    assert top.item.tolist() == [[3, 4, -1], [0, 2, 4], [0, 2, 4], [1, 3, 0]]


def test_repeats_come_by_times_taken_then_by_popularity():
    top = repeat_lists(TRAIN, np.array([0, 2, 3, 1]), k=5)
    assert top.item.tolist() == [
        [0, 1, 2, 3, 4],  # 0 twice; 1 is more popular than 2; then 3 and 4.
        [3, 1, 0, 2, 4],
        [1, 3, 0, 2, 4],  # Took nothing, so popularity alone.
        [1, 3, 0, 2, 4],
    ]


def test_repeats_are_cut_at_k_and_scored_by_rank():
    top = repeat_lists(TRAIN, np.array([0, 3]), k=2)
    assert top.item.tolist() == [[0, 1], [1, 3]]
    assert top.score.tolist() == [[2, 1], [2, 1]]


def test_a_list_longer_than_the_catalogue_ends_in_minus_one():
    top = repeat_lists(TRAIN, np.array([2]), k=7)
    assert top.item.tolist() == [[3, 1, 0, 2, 4, -1, -1]]
    assert top.score[0, 4:].tolist() == [1, -np.inf, -np.inf]
