"""Indices against exact lists, of lengths so skewed that distance and inner product differ."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Embeddings, InputError
from jaxrec.data import block_model
from jaxrec.graph import user_items
from jaxrec.models import mf
from jaxrec.ops import dot, l2_normalize
from jaxrec.retrieve import (
    approximate,
    by_cosine,
    hnsw,
    ivf_pq,
    list_recall,
    recommend,
    search,
    similar,
    tune_search_effort,
)

N, D = 400, 6
LIKES = user_items(block_model(n_users=50, n_items=N, n_blocks=4, p_in=0.3, p_out=0.02, seed=0))


def rows(n, d=D, seed=0):
    rng = np.random.default_rng(seed)
    centers = rng.standard_normal((20, d))
    near = centers[rng.integers(20, size=n)] + 0.3 * rng.standard_normal((n, d))
    return (near * rng.lognormal(0, 0.5, (n, 1))).astype(np.float32)


REPS = Embeddings(rows(50, seed=1), rows(N))
QUERIES = np.arange(50)


def thorough(ann):
    return dataclasses.replace(ann, effort=ann.most_effort)


@pytest.fixture(scope="module")
def graph():
    return thorough(hnsw(REPS.item))


@pytest.fixture(scope="module")
def large():
    """Enough items to learn codes from, of odd width."""
    reps = Embeddings(rows(60, d=7, seed=1), rows(10_000, d=7))
    return ivf_pq(reps.item), reps


def test_distances_to_lengthened_items_rank_as_inner_products_do(graph):
    raised = graph.index.reconstruct_n(0, N)
    np.testing.assert_allclose(raised[:, :D], REPS.item, rtol=1e-6)
    longest = np.linalg.norm(REPS.item, axis=1).max()
    np.testing.assert_allclose(np.linalg.norm(raised, axis=1), longest, rtol=1e-5)
    query = np.append(REPS.query[0], 0)
    distance = np.sum((query - raised) ** 2, axis=1)
    expected = query @ query + longest**2 - 2 * REPS.item @ REPS.query[0]
    np.testing.assert_allclose(distance, expected, rtol=1e-4, atol=1e-4)  # A difference of sums.


def test_a_thorough_walk_finds_the_largest_inner_products(graph):
    exact = np.argsort(-REPS.query @ REPS.item.T, axis=1)[:, :10]
    assert list_recall(search(graph, REPS.query, 10), exact).mean >= 0.99
    nearest = np.argsort(((REPS.query[:, None] - REPS.item) ** 2).sum(2), axis=1)[:, :10]
    assert list_recall(nearest, exact).mean < 0.5  # Lengths matter here.


def test_all_lists_of_codes_find_what_their_bytes_tell(large):
    ann, reps = large
    ann = thorough(ann)
    exact = np.argsort(-reps.query @ reps.item.T, axis=1)[:, :20]
    rough = list_recall(search(ann, reps.query, 20), exact).mean
    scored = list_recall(approximate(ann, dot, reps, np.arange(60), 20).item, exact).mean
    assert rough > 0.5 and scored > 0.98 > rough


def test_lists_through_an_index_equal_exact_ones_scores_and_ends_included(graph):
    model = mf(50, N)
    for k in (5, N):
        exact = recommend(model, REPS, QUERIES, N, k, seen=LIKES)
        found = recommend(model, REPS, QUERIES, N, k, seen=LIKES, index=graph)
        assert list_recall(found.item, exact.item).mean >= 0.99
        same = found.item == exact.item
        np.testing.assert_array_equal(found.item < 0, exact.item < 0)
        np.testing.assert_allclose(found.score[same], exact.score[same], rtol=1e-5, atol=1e-6)
        assert same.mean() > 0.98
    assert (exact.item[:, -1] == -1).all()  # All have seen something.


def test_a_search_goes_as_deep_as_its_user_has_seen(graph):
    shallow = dataclasses.replace(graph, effort=1)
    best = np.argsort(-REPS.query @ REPS.item.T, axis=1)
    indptr = np.array([0, 200, *[200] * 49], np.int32)
    seen = LIKES._replace(indptr=indptr, indices=np.sort(best[0, :200]).astype(np.int32))
    found = approximate(shallow, dot, REPS, QUERIES, 10, seen=seen)
    assert (found.item >= 0).all()
    assert list_recall(found.item[:1], best[:1, 200:210]).mean >= 0.9


def test_an_index_that_looks_at_little_leaves_lists_short_and_says_so_by_minus_one(large):
    ann, reps = large
    found = approximate(dataclasses.replace(ann, effort=1), dot, reps, np.arange(60), 2000)
    n_found = (found.item >= 0).sum(axis=1)
    assert n_found.min() < 2000
    assert (np.isneginf(found.score) == (found.item < 0)).all()
    for item, n in zip(found.item, n_found, strict=True):
        assert len(set(item[:n])) == n and (item[n:] == -1).all()


def test_over_rows_of_length_one_it_finds_similar_items(graph):
    ann = thorough(hnsw(np.asarray(l2_normalize(jnp.asarray(REPS.item)))))
    exact = similar(REPS, QUERIES, 8)
    found = similar(REPS, QUERIES, 8, index=ann)
    assert list_recall(found.item, exact.item).mean >= 0.99
    assert (found.item != QUERIES[:, None]).all()


def test_effort_grows_until_enough_is_found_of_other_queries(large):
    ann, reps = large
    lazy = dataclasses.replace(ann, effort=1)
    tuned, found = tune_search_effort(lazy, dot, reps, np.arange(60), 20, 0.9)
    assert 1 < tuned.effort <= ann.most_effort
    assert found.k == 20 and found.n_queries == 30
    # The mean of 30 lists stands within three standard errors of the other 30's.
    assert found.mean > 0.9 - 3 * np.sqrt(0.1 * 0.9 / 30)
    easy, _ = tune_search_effort(lazy, dot, reps, np.arange(60), 20, 0.01)
    assert easy.effort == 1
    most, _ = tune_search_effort(
        lazy, by_cosine, reps, np.arange(60), 20, 1.0
    )  # It ranks by something else.
    assert most.effort == ann.most_effort


def test_what_cannot_be_indexed_is_refused():
    with pytest.raises(InputError, match="9,984 items at least and there are 400; choose hnsw"):
        ivf_pq(REPS.item)
    broken = REPS.item.copy()
    broken[3, 1] = np.nan
    with pytest.raises(InputError, match="1 of 400 item vectors are not finite"):
        hnsw(broken)
    with pytest.raises(InputError, match="n_links is 1"):
        hnsw(REPS.item, n_links=1)
    with pytest.raises(InputError, match="n_bytes 5; give .* divisor of 8"):
        ivf_pq(rows(10_000, d=7), n_bytes=5)


def test_an_index_of_other_items_is_refused(graph):
    other = Embeddings(REPS.query, REPS.item[:-1])
    with pytest.raises(InputError, match=r"holds 400 items of width 6 but reps.item is \[399, 6\]"):
        recommend(mf(50, N), other, QUERIES, N - 1, 5, index=graph)
    with pytest.raises(InputError, match="width 5, the index has 6"):
        search(graph, REPS.query[:, :5], 3)
    with pytest.raises(InputError, match="k is 401 but the catalogue has 400 items"):
        approximate(graph, dot, REPS, QUERIES, 401)
    with pytest.raises(InputError, match="no vectors"):
        recommend(mf(50, N), {"table": REPS.item}, QUERIES, N, 5, index=graph)


def test_no_queries_are_refused_and_lists_without_items_do_not_count(graph):
    with pytest.raises(InputError, match="there are no queries to rank for"):
        approximate(graph, dot, REPS, QUERIES[:0], 5, seen=LIKES)
    exact, found = np.array([[1, 2], [-1, -1]]), np.array([[2, 9], [3, 4]])
    assert list_recall(found, exact) == (0.5, 2, 1)
    with pytest.raises(InputError, match="1 exact lists hold no item"):
        list_recall(found[1:], exact[1:])
