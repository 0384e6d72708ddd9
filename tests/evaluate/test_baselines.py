"""Baselines by hand."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.data import Interactions
from jaxrec.evaluate import count_repetition, popularity, repetition
from jaxrec.graph import user_items
from jaxrec.rank import top_lists

N_USERS, N_ITEMS = 4, 5
# Counts of items: 0 twice, 1 four times, 2 once, 3 three times, 4 never.
USER = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2], np.int32)
ITEM = np.array([0, 2, 0, 1, 1, 3, 1, 3, 3, 1], np.int32)
TRAIN = Interactions(USER, ITEM, N_USERS, N_ITEMS)
COUNTS = jnp.asarray(np.bincount(ITEM, minlength=N_ITEMS), jnp.float32)


def test_popularity_scores_counts_the_same_for_everyone():
    score, queries = jax.jit(popularity), np.array([2, 0])
    assert score(COUNTS, queries, np.array([1, 4])).tolist() == [[4, 0], [4, 0]]
    assert score(COUNTS, queries, np.array([[3, 2], [0, 0]])).tolist() == [[3, 1], [2, 2]]


def test_popularity_ranks_like_a_model():
    users = np.arange(N_USERS)
    top = top_lists(popularity, COUNTS, users, N_ITEMS, 3, seen=user_items(TRAIN))
    assert top.item.tolist() == [[3, 4, -1], [0, 2, 4], [0, 2, 4], [1, 3, 0]]


def repeated(users, k):
    reps = count_repetition(TRAIN)
    score = repetition(N_ITEMS)
    return top_lists(score, reps, np.array(users), N_ITEMS, k, tie_break=np.asarray(COUNTS))


def test_repeats_come_by_times_taken_then_by_popularity():
    top = repeated([0, 2, 3, 1], k=5)
    assert top.item.tolist() == [
        [0, 1, 2, 3, 4],  # 0 twice; 1 is more popular than 2; then 3 and 4.
        [3, 1, 0, 2, 4],
        [1, 3, 0, 2, 4],  # Took nothing, so popularity alone.
        [1, 3, 0, 2, 4],
    ]


def test_repeats_score_the_number_of_times():
    reps, queries = count_repetition(TRAIN), np.array([1, 0])
    score = jax.jit(repetition(N_ITEMS))
    scores = score(reps, queries, np.arange(N_ITEMS))
    assert scores.tolist() == [[0, 2, 0, 1, 0], [2, 1, 1, 0, 0]]
    listed = score(reps, queries, np.array([[3, 4], [0, 2]]))
    assert listed.tolist() == [[1, 0], [2, 1]]
