"""Measures of concepts against loops over items and entities."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.data import Triples
from jaxrec.graph import concepts, entity_graph
from jaxrec.ops import (
    cf_idf,
    cosines,
    jaccard,
    kg_distance,
    min_distances,
    path_similarity,
    prepare,
    sets,
    unit_rows,
)
from jaxrec.ops.propagate.rows import rows
from tests.graph.known import FACTS, N_ENTITIES, triples

ENTITY = np.array([0, 1, 3, 5, 1, 6, 2], np.int32)  # Item 2 has no concepts; 1 and 4 have the same.
BAGS = concepts(triples(), ENTITY, np.array([0.5, 0, 2, 0.25, 1, 0]))
COUNTS, DENSE = rows(BAGS), BAGS.toarray().astype(np.float64)
N_ITEMS, ALL = len(ENTITY), jnp.asarray(np.arange(len(ENTITY)))
KNOWN = DENSE.sum(1) > 0
LINKS = prepare(entity_graph(triples()), "bcsr")
distances = jax.jit(kg_distance, static_argnums=2)


def weighted_by_loops():
    weight = np.zeros_like(DENSE)
    for item, concept in zip(*np.nonzero(DENSE), strict=True):
        n_documents = sum(DENSE[other, concept] > 0 for other in range(N_ITEMS))
        share = DENSE[item, concept] / DENSE[item].sum()
        weight[item, concept] = share * np.log(N_ITEMS / n_documents)
    return weight


def cosine_by_loops(x):
    length = np.linalg.norm(x, axis=1)
    found = np.zeros((N_ITEMS, N_ITEMS))
    for a in range(N_ITEMS):
        for b in range(N_ITEMS):
            if length[a] * length[b] > 0:
                found[a, b] = x[a] @ x[b] / (length[a] * length[b])
    return found


def distances_by_loops(cutoff):
    """All pairs, by Floyd and Warshall."""
    d = np.where(np.eye(N_ENTITIES) > 0, 0, np.inf)
    for head, _, tail in FACTS:
        d[head, tail] = d[tail, head] = min(d[head, tail], 1)
    for middle in range(N_ENTITIES):
        d = np.minimum(d, d[:, [middle]] + d[[middle]])
    return np.where(d <= cutoff, d, cutoff + 1)


def nearness_by_loops(cutoff):
    d, found = distances_by_loops(cutoff), np.zeros((N_ITEMS, N_ITEMS))
    own = [np.flatnonzero(row) for row in DENSE]
    for a in range(N_ITEMS):
        for b in range(N_ITEMS):
            if len(own[a]) and len(own[b]):
                least = [min(d[c, other] for other in own[b]) for c in own[a]]
                least += [min(d[c, other] for other in own[a]) for c in own[b]]
                found[a, b] = 1 - np.mean(least) / (cutoff + 1)
    return found


def near(cutoff, counts=COUNTS, graph=LINKS):
    sums = min_distances(sets(counts), ALL, graph, N_ENTITIES, cutoff)
    return path_similarity(sums, jnp.diff(jnp.asarray(counts.indptr)), cutoff)


@jax.jit
def measures(counts=COUNTS, graph=LINKS):
    return {
        "cf_idf": cosines(unit_rows(cf_idf(counts, N_ENTITIES)), ALL, N_ENTITIES),
        "binary_cosine": cosines(unit_rows(sets(counts)), ALL, N_ENTITIES),
        "jaccard": jaccard(sets(counts), ALL, N_ENTITIES),
        "distance": near(2, counts, graph),
    }


def test_weights_are_those_of_the_equation():
    dense = jax.jit(lambda: cf_idf(COUNTS, N_ENTITIES).matrix(N_ENTITIES).todense())
    np.testing.assert_allclose(dense(), weighted_by_loops(), rtol=1e-5)


def test_measures_are_those_of_the_loops():
    found, taken = measures(), DENSE > 0
    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    close(found["cf_idf"], cosine_by_loops(weighted_by_loops()))
    close(found["binary_cosine"], cosine_by_loops(taken.astype(float)))
    either = np.array([[(a | b).sum() for b in taken] for a in taken])
    both = np.array([[(a & b).sum() for b in taken] for a in taken])
    close(found["jaccard"], both / np.maximum(either, 1))
    close(found["distance"], nearness_by_loops(2))


@pytest.mark.parametrize("name", ["cf_idf", "binary_cosine", "jaccard", "distance"])
def test_similarity_is_symmetric_and_one_with_itself_where_something_is_known(name):
    found = np.asarray(measures()[name])
    np.testing.assert_allclose(found, found.T, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(np.diag(found), KNOWN, rtol=1e-6)
    assert np.all((found >= 0) & (found <= 1 + 1e-6))
    assert not found[2].any() and not KNOWN[2]
    np.testing.assert_allclose(found[1], found[4], rtol=1e-6)


@pytest.mark.parametrize("name", ["cf_idf", "binary_cosine", "jaccard", "distance"])
def test_permuting_entities_changes_nothing(name):
    order = np.random.default_rng(1).permutation(N_ENTITIES).astype(np.int32)
    moved = FACTS.copy()
    moved[:, [0, 2]] = order[FACTS[:, [0, 2]]]
    counts = rows(concepts(triples(moved), order[ENTITY], np.array([0.5, 0, 2, 0.25, 1, 0])))
    found = measures(counts, prepare(entity_graph(triples(moved)), "bcsr"))[name]
    np.testing.assert_allclose(found, measures()[name], rtol=1e-5, atol=1e-6)


def test_a_block_of_items_is_those_columns():
    some = np.array([3, 0, 3])
    found = jax.jit(lambda some: jaccard(sets(COUNTS), some, N_ENTITIES))(some)
    np.testing.assert_array_equal(found, np.asarray(measures()["jaccard"])[:, some])


def test_a_concept_of_every_item_weighs_nothing():
    everywhere = rows(concepts(triples(np.array([[0, 0, 4], [1, 0, 4]], np.int32)), ENTITY[:2]))
    weighted = jax.jit(cf_idf, static_argnums=1)(everywhere, N_ENTITIES)
    assert not np.any(weighted.weight)
    assert not np.any(jax.jit(unit_rows)(weighted).weight)


@pytest.mark.parametrize("formulation", ["bcsr", "segment_sum", "buckets", "dense"])
@pytest.mark.parametrize("cutoff", [1, 2, 5])
def test_distances_are_those_of_all_shortest_paths(cutoff, formulation):
    graph = prepare(entity_graph(triples()), formulation)
    found = distances(graph, np.eye(N_ENTITIES, dtype=np.float32), cutoff)
    np.testing.assert_array_equal(found, distances_by_loops(cutoff))


def test_a_set_is_as_far_as_its_nearest_and_an_empty_one_beyond():
    sources = np.zeros((N_ENTITIES, 2), np.float32)
    sources[[1, 5], 0] = 1
    found = np.asarray(distances(LINKS, sources, 3))
    d = distances_by_loops(3)
    np.testing.assert_array_equal(found[:, 0], np.minimum(d[1], d[5]))
    assert np.all(found[:, 1] == 4)


def test_ends_of_a_chain_are_its_length_apart():
    n = 12
    place = np.arange(n, dtype=np.int32)
    graph = prepare(entity_graph(Triples(place[:-1], 0 * place[1:], place[1:], n, 1)), "bcsr")
    found = distances(graph, np.eye(n, dtype=np.float32), n)
    np.testing.assert_array_equal(found, np.abs(np.subtract.outer(place, place)))
