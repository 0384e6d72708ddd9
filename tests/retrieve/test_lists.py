"""Exact lists against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Embeddings, InputError
from jaxrec.data import checkerboard
from jaxrec.graph import user_items
from jaxrec.models import mf
from jaxrec.retrieve import recommend, similar

N = 8
TRAIN = checkerboard(N).train
SEEN = user_items(TRAIN)


@pytest.fixture
def reps(key):
    model = mf(N, N, dim=3)
    return model.encode(model.init(key), None)


def test_recommendations_are_the_best_unseen(reps):
    users = np.array([6, 1, 3])
    top = recommend(mf(N, N), reps, users, N, 3, seen=SEEN)
    scores = np.array(reps.query @ reps.item.T)
    scores[TRAIN.user, TRAIN.item] = -np.inf
    np.testing.assert_array_equal(top.item, np.argsort(-scores[users], axis=1)[:, :3])


def test_nothing_seen_is_recommended_even_when_all_is_asked_for(reps):
    top = recommend(mf(N, N), reps, np.arange(N), N, N, seen=SEEN)
    for user, items in enumerate(top.item):
        seen = set(TRAIN.item[TRAIN.user == user].tolist())
        assert set(items.tolist()) - {-1} == set(range(N)) - seen


def test_similar_items_are_those_of_highest_cosine(reps):
    items = np.array([5, 0, 5])
    top = similar(reps, items, 4)
    unit = np.asarray(reps.item) / np.linalg.norm(reps.item, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    order = np.argsort(-cosine[items], axis=1)[:, :4]
    np.testing.assert_array_equal(top.item, order)
    expected = np.take_along_axis(cosine[items], order, axis=1)
    np.testing.assert_allclose(top.score, expected, rtol=1e-5, atol=1e-6)


def test_an_item_is_never_similar_to_itself(reps):
    doubled = jax.tree.map(lambda table: jnp.concatenate([table, table]), reps)
    top = similar(doubled, np.arange(2 * N), 2 * N)
    for item, others in enumerate(top.item):
        assert item not in others
        assert others[0] == (item + N) % (2 * N)  # The twin has cosine one.
        assert others[-1] == -1  # All others are fewer than asked for.


def test_zero_rows_have_cosine_zero():
    rows = jnp.array([[0.0, 0.0], [1.0, 0.0], [-2.0, 0.0], [0.0, 0.0]])
    top = similar(Embeddings(rows, rows), np.array([0, 1]), 3)
    assert top.item.tolist() == [[1, 2, 3], [0, 3, 2]]
    assert top.score.tolist() == [[0, 0, 0], [0, 0, -1]]


def test_more_than_the_catalogue_is_refused(reps):
    with pytest.raises(InputError, match="k is 9 but the catalogue has 8 items"):
        similar(reps, np.array([0]), 9)


@pytest.mark.parametrize("row", [-1, 8])
def test_items_outside_the_table_are_refused(reps, row):
    with pytest.raises(
        InputError, match=f"item rows reach from {row} to .*; give rows of the 8 in"
    ):
        similar(reps, np.array([row]), 2)
