"""Inner products against NumPy, and the two forms of candidates against each other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Embeddings, InputError
from jaxrec.ops import cosine, dot

RNG = np.random.default_rng(0)
QUERY, ITEM = (RNG.normal(size=(n, 3)).astype(np.float32) for n in (4, 6))
REPS = Embeddings(jnp.asarray(QUERY), jnp.asarray(ITEM))
QUERIES = np.array([2, 0, 2], np.int32)
ASKING = jnp.asarray(QUERIES)


@pytest.fixture(autouse=True)
def _strict():
    with jax.numpy_dtype_promotion("strict"):
        yield


def test_shared_candidates_are_scored_for_every_query():
    items = np.array([5, 1], np.int32)
    expected = QUERY[QUERIES] @ ITEM[items].T
    np.testing.assert_allclose(dot(REPS, ASKING, jnp.asarray(items)), expected, rtol=1e-5)


def test_listed_candidates_are_scored_for_their_own_query():
    items = np.array([[5, 1], [0, 0], [3, 2]], np.int32)
    expected = [
        [QUERY[query] @ ITEM[item] for item in row]
        for query, row in zip(QUERIES, items, strict=True)
    ]
    np.testing.assert_allclose(dot(REPS, ASKING, jnp.asarray(items)), expected, rtol=1e-5)


def test_permuting_candidates_permutes_scores():
    items, order = np.array([5, 1, 4, 0], np.int32), [2, 0, 3, 1]
    permuted, plain = (dot(REPS, ASKING, jnp.asarray(x)) for x in (items[order], items))
    np.testing.assert_allclose(permuted, np.asarray(plain)[:, order], rtol=1e-6)


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_cosine_is_the_inner_product_by_norms_and_temperature(temperature):
    shared, listed = np.int32([5, 1]), np.int32([[5, 1], [0, 0], [3, 2]])
    norm = lambda rows: np.linalg.norm(rows, axis=1, keepdims=True)
    every = (QUERY / norm(QUERY)) @ (ITEM / norm(ITEM)).T / temperature
    score = jax.jit(cosine(temperature))
    close = {"rtol": 1e-5, "atol": 1e-6}
    np.testing.assert_allclose(score(REPS, QUERIES, shared), every[QUERIES][:, shared], **close)
    expected = every[QUERIES[:, None], listed]
    np.testing.assert_allclose(score(REPS, QUERIES, listed), expected, **close)


@pytest.mark.parametrize("items", [np.int32([5, 1]), np.int32([[5, 1], [0, 5], [5, 5]])], ids=str)
def test_rows_of_zeros_score_zero_with_a_finite_gradient(items):
    reps = Embeddings(QUERY * (np.arange(4) > 0)[:, None], ITEM * (np.arange(6) < 5)[:, None])
    reps = jax.tree.map(np.float32, reps)
    score = jax.jit(cosine(0.1))
    scores, pull = jax.vjp(lambda reps: score(reps, QUERIES, items), reps)
    zero = (QUERIES == 0)[:, None] | np.broadcast_to(items == 5, scores.shape)
    np.testing.assert_array_equal(np.asarray(scores) == 0, zero)
    (gradient,) = pull(np.ones_like(scores))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize("temperature", [0.0, -0.1, float("inf"), float("nan")])
def test_a_temperature_not_above_zero_is_refused(temperature):
    with pytest.raises(InputError, match="temperature is"):
        cosine(temperature)
