"""Two stages against sorting by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Embeddings, InputError
from jaxrec.models import ease, mf
from jaxrec.ops import dot, tie_rank
from jaxrec.rank import rerank
from jaxrec.retrieve import recommend
from tests.test_contract import HISTORY, LIKES, N

RNG = np.random.default_rng(0)
REPS = Embeddings(
    jnp.asarray(RNG.standard_normal((7, 5)), jnp.float32),
    jnp.asarray(RNG.standard_normal((30, 5)), jnp.float32),
)
CANDIDATES = np.stack([RNG.permutation(30)[:12] for _ in range(6)])
QUERIES = np.array([6, 0, 3, 3, 1, 5])


@pytest.mark.parametrize("block_size", [None, 1, 4])
def test_candidates_are_sorted_by_the_second_models_scores(block_size):
    top = rerank(dot, REPS, QUERIES, CANDIDATES, 5, block_size=block_size)
    for row, (query, items) in enumerate(zip(QUERIES, CANDIDATES, strict=True)):
        scores = np.asarray(REPS.item)[items] @ np.asarray(REPS.query)[query]
        order = np.argsort(-scores)[:5]
        np.testing.assert_array_equal(top.item[row], items[order])
        np.testing.assert_allclose(top.score[row], scores[order], rtol=1e-5, atol=1e-6)


def test_a_candidate_named_twice_counts_once_and_missing_ones_end_the_list():
    candidates = np.array([[4, -1, 4, 9, 4, -1]])
    top = rerank(dot, REPS, QUERIES[:1], candidates, 4)
    assert set(top.item[0, :2]) == {4, 9} and top.item[0, 2:].tolist() == [-1, -1]
    assert np.isneginf(top.score[0, 2:]).all() and np.isfinite(top.score[0, :2]).all()


def test_a_list_of_one_is_the_best_candidate():
    scores = np.asarray(REPS.item)[CANDIDATES[0]] @ np.asarray(REPS.query)[QUERIES[0]]
    top = rerank(dot, REPS, QUERIES[:1], CANDIDATES[:1], 1)
    assert top.item.tolist() == [[CANDIDATES[0][scores.argmax()]]]


def test_equal_scores_come_in_the_order_of_ties():
    equal = Embeddings(REPS.query, jnp.ones((30, 5)))
    top = rerank(dot, equal, QUERIES[:1], np.array([[8, 3, 20, 5]]), 3)
    rows = np.array([3, 5, 8, 20])
    assert top.item.tolist() == [rows[np.argsort(tie_rank(rows))][:3].tolist()]


def test_all_items_as_candidates_are_full_ranking(key):
    model = mf(N, N, dim=16)
    reps = model.encode(model.init(key), None)
    every = np.tile(np.arange(N)[::-1], (N, 1))
    users = np.arange(N)
    full = recommend(model, reps, users, N, N)
    top = rerank(model.score, reps, users, every, N)
    np.testing.assert_array_equal(top.item, full.item)
    np.testing.assert_allclose(top.score, full.score, rtol=1e-5, atol=1e-7)


def test_candidates_of_one_model_are_ranked_by_another(key):
    first, second = mf(N, N, dim=16), ease(HISTORY, N, N, l2=1.0)
    reps = second.encode(second.init(key), HISTORY)
    users = np.arange(N)
    proposed = recommend(first, first.encode(first.init(key), None), users, N, 8, seen=LIKES)
    top = rerank(second.score, reps, users, proposed.item, 8)
    full = np.asarray(second.score(reps, jnp.arange(N), jnp.arange(N)))
    for user in users:
        listed = proposed.item[user][proposed.item[user] >= 0]
        assert set(top.item[user]) - {-1} == set(listed)
        n = len(listed)
        expected = np.sort(full[user, listed])[::-1]
        np.testing.assert_allclose(top.score[user, :n], expected, rtol=1e-5, atol=1e-6)


def test_lists_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="k is 13 but there are 12 candidates"):
        rerank(dot, REPS, QUERIES, CANDIDATES, 13)
    with pytest.raises(InputError, match="there are no queries"):
        rerank(dot, REPS, QUERIES[:0], CANDIDATES[:0], 3)
