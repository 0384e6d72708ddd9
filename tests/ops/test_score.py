"""Inner products against NumPy, and the two forms of candidates against each other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Embeddings, InputError
from jaxrec.ops import cosine, dot

RNG = np.random.default_rng(0)
REPS = Embeddings(*(jnp.asarray(RNG.normal(size=(n, 3)), jnp.float32) for n in (4, 6)))
QUERIES = jnp.array([2, 0, 2])


@pytest.fixture(autouse=True)
def _strict():
    with jax.numpy_dtype_promotion("strict"):
        yield


def test_shared_candidates_are_scored_for_every_query():
    items = jnp.array([5, 1])
    expected = REPS.query[QUERIES] @ REPS.item[items].T
    np.testing.assert_allclose(dot(REPS, QUERIES, items), expected, rtol=1e-5)


def test_listed_candidates_are_scored_for_their_own_query():
    items = jnp.array([[5, 1], [0, 0], [3, 2]])
    expected = [
        [REPS.query[query] @ REPS.item[item] for item in row]
        for query, row in zip(QUERIES, items, strict=True)
    ]
    np.testing.assert_allclose(dot(REPS, QUERIES, items), expected, rtol=1e-5)


def test_permuting_candidates_permutes_scores():
    items, order = jnp.array([5, 1, 4, 0]), jnp.array([2, 0, 3, 1])
    permuted = dot(REPS, QUERIES, items[order])
    np.testing.assert_allclose(permuted, dot(REPS, QUERIES, items)[:, order], rtol=1e-6)


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_cosine_is_the_inner_product_by_norms_and_temperature(temperature):
    shared, listed = jnp.array([5, 1]), jnp.array([[5, 1], [0, 0], [3, 2]])
    norm = lambda rows: np.linalg.norm(rows, axis=1, keepdims=True)
    every = (REPS.query / norm(REPS.query)) @ (REPS.item / norm(REPS.item)).T / temperature
    score = cosine(temperature)
    close = {"rtol": 1e-5, "atol": 1e-6}
    np.testing.assert_allclose(score(REPS, QUERIES, shared), every[QUERIES][:, shared], **close)
    expected = every[QUERIES[:, None], listed]
    np.testing.assert_allclose(score(REPS, QUERIES, listed), expected, **close)


@pytest.mark.parametrize("items", [jnp.array([5, 1]), jnp.array([[5, 1], [0, 5], [5, 5]])], ids=str)
def test_rows_of_zeros_score_zero_with_a_finite_gradient(items):
    reps = Embeddings(REPS.query.at[0].set(0), REPS.item.at[5].set(0))
    scores = cosine(0.1)(reps, QUERIES, items)
    zero = (QUERIES == 0)[:, None] | jnp.broadcast_to(items == 5, scores.shape)
    np.testing.assert_array_equal(scores == 0, zero)
    gradient = jax.grad(lambda reps: jnp.sum(cosine(0.1)(reps, QUERIES, items)))(reps)
    assert jax.tree.all(jax.tree.map(lambda leaf: jnp.isfinite(leaf).all(), gradient))


@pytest.mark.parametrize("temperature", [0.0, -0.1, float("inf"), float("nan")])
def test_a_temperature_not_above_zero_is_refused(temperature):
    with pytest.raises(InputError, match="temperature is"):
        cosine(temperature)
