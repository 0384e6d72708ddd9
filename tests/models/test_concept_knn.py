"""Concept kNN against loops over users' items, and what it says of items that nobody took."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph import Csr, concepts, entity_graph, user_items
from jaxrec.models import concept_knn
from jaxrec.models.concept_knn import SIMILARITIES, Described, memory
from jaxrec.ops import prepare, tie_rank
from jaxrec.ops.propagate.rows import rows
from tests.graph.known import FACTS, N_ENTITIES, triples
from tests.ops.test_concepts import (
    DENSE,
    ENTITY,
    N_ITEMS,
    cosine_by_loops,
    nearness_by_loops,
    weighted_by_loops,
)

WEIGHTS = np.array([0.5, 0, 2, 0.25, 1, 0])
LISTS = [[0, 5], [1, 2, 3], [2], [0, 1, 3, 5]]  # Nobody takes items 4 and 6.
USER = np.repeat(np.arange(4, dtype=np.int32), [len(own) for own in LISTS])
TRAIN = Interactions(USER, np.concatenate(LISTS).astype(np.int32), 4, N_ITEMS)
TAKEN = np.array([[item in own for item in range(N_ITEMS)] for own in LISTS], float)
OF_ALL = np.array([[entity, 0, 7] for entity in np.unique(ENTITY) if entity != 7], np.int32)
QUERIES, EVERY = jnp.array([3, 0, 3, 2]), jnp.asarray(np.arange(N_ITEMS))


def described(facts=FACTS, entity=ENTITY, train=TRAIN) -> Described:
    known = triples(facts)
    count = rows(concepts(known, entity, WEIGHTS))
    joined = prepare(entity_graph(known), "bcsr")
    return Described(user_items(train), count, joined, np.int32(N_ENTITIES))


def scores(graph, key, **options):
    model = concept_knn(graph, 4, N_ITEMS, **options)
    score = lambda params, graph: model.score(model.encode(params, graph), QUERIES, EVERY)
    return np.asarray(jax.jit(score)(model.init(key), graph))


def by_loops(similarity, cutoff=2):
    sets = (DENSE > 0).astype(float)
    both = sets @ sets.T
    size = sets.sum(1)
    return {
        "cf_idf": lambda: cosine_by_loops(weighted_by_loops()),
        "binary_cosine": lambda: cosine_by_loops(sets),
        "jaccard": lambda: both / np.maximum(size[:, None] + size - both, 1),
        "distance": lambda: nearness_by_loops(cutoff),
    }[similarity]()


@pytest.mark.parametrize(
    ("similarity", "cutoff"),
    [("cf_idf", 2), ("binary_cosine", 2), ("jaccard", 2), ("distance", 1), ("distance", 3)],
)
def test_scores_are_sums_over_the_users_items(similarity, cutoff, key):
    alike = by_loops(similarity, cutoff) * (1 - np.eye(N_ITEMS))
    found = scores(described(), key, similarity=similarity, cutoff=cutoff)
    np.testing.assert_allclose(found, (TAKEN @ alike)[QUERIES], rtol=1e-5, atol=1e-6)


def test_an_item_keeps_its_nearest_alone(key):
    alike, kept = by_loops("cf_idf") * (1 - np.eye(N_ITEMS)), np.zeros((N_ITEMS, N_ITEMS))
    for item in range(N_ITEMS):
        near = np.lexsort((tie_rank(np.arange(N_ITEMS)), -np.round(alike[item], 5)))[:2]
        kept[item, near] = alike[item, near]
    found = scores(described(), key, n_neighbors=2)
    np.testing.assert_allclose(found, (TAKEN @ kept.T)[QUERIES], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_an_item_that_nobody_took_is_recommended_like_its_twin(similarity, key):
    found = scores(described(), key, similarity=similarity)
    np.testing.assert_allclose(found[1, 4], found[1, 1], rtol=1e-5)  # Item 4 has entity 1, too.
    model = concept_knn(described(), 4, N_ITEMS, similarity)
    alone = Csr(jnp.array([0, 1]), jnp.array([1]), jnp.array([0]))
    reps = model.fold_in(model.encode(model.init(key), described()), alone)
    after = np.asarray(jax.jit(model.score)(reps, np.array([0]), EVERY))[0]
    np.testing.assert_allclose(after[4], 1, rtol=1e-6)
    assert after[4] >= after.max() - 1e-6 and after[4] > after[0] + 0.01


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_an_item_without_concepts_scores_nothing_and_brings_nothing(similarity, key):
    found = scores(described(), key, similarity=similarity)
    assert not found[:, 2].any() and not found[3].any()  # The last query is of item 2 alone.
    assert found[:3].any()


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_permuting_items_permutes_scores(similarity, key):
    order = np.random.default_rng(2).permutation(N_ITEMS)
    place = np.argsort(order).astype(np.int32)
    moved = Interactions(USER, place[TRAIN.item], 4, N_ITEMS)
    found = scores(described(entity=ENTITY[order], train=moved), key, similarity=similarity)
    expected = scores(described(), key, similarity=similarity)
    np.testing.assert_allclose(found, expected[:, order], rtol=1e-5, atol=1e-6)


def test_whoever_took_what_changes_no_similarity(key):
    first = concept_knn(described(), 4, N_ITEMS).init(key)
    nobody = described(train=TRAIN.take(np.arange(1)))
    other = concept_knn(nobody, 4, N_ITEMS).init(key)
    jax.tree.map(np.testing.assert_array_equal, first, other)


def test_with_all_neighbors_a_user_is_the_mean_of_their_items(key):
    unit = weighted_by_loops()
    length = np.linalg.norm(unit, axis=1, keepdims=True)
    unit = np.divide(unit, length, out=np.zeros_like(unit), where=length > 0)
    found = scores(described(), key, n_neighbors=N_ITEMS)[0]
    others = [item for item in range(N_ITEMS) if item not in LISTS[3]]
    expected = unit @ unit[LISTS[3]].mean(0) * len(LISTS[3])
    np.testing.assert_allclose(found[others], expected[others], rtol=1e-5, atol=1e-6)


def test_a_new_user_is_a_list(key):
    model = concept_knn(described(), 4, N_ITEMS)
    reps = model.encode(model.init(key), described())
    one = Csr(jnp.array([0, 2]), jnp.array([0, 5]), jnp.array([0]))
    score = jax.jit(model.score)
    found = score(model.fold_in(reps, one), np.array([0]), EVERY)
    same = score(reps, np.array([0]), EVERY)
    np.testing.assert_array_equal(found, same)


def test_without_any_concept_all_score_nothing(key):
    alone = np.array([[5, 2, 5]], np.int32)  # A fact of an entity with itself.
    for similarity in SIMILARITIES:
        assert not scores(described(alone), key, similarity=similarity).any()


def test_only_distances_take_a_matrix_of_all_items():
    assert memory(10, 1000, "distance") == 16 * 1000**2
    assert memory(10, 1000) == memory(10, 1000, "jaccard") == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"similarity": "cosine"}, "'cosine'; give one of cf_idf, binary_cosine"),
        ({"n_neighbors": 0}, "n_neighbors is 0"),
        ({"similarity": "distance", "cutoff": 0}, "cutoff 0"),
    ],
)
def test_bad_options_are_refused(options, said):
    with pytest.raises(InputError, match=said):
        inspect.unwrap(concept_knn)(described(), 4, N_ITEMS, **options)
