"""Inner products against NumPy, and the two forms of candidates against each other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Embeddings
from jaxrec.ops import dot

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
