"""Bags of concepts against loops over facts."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import concepts, entity_graph
from tests.graph.known import FACTS, N_ENTITIES, N_RELATIONS, triples

ENTITY = np.array([0, 1, 3, 5, 1], np.int32)  # Entity 3 has no facts; two items share entity 1.
WEIGHTS = np.array([0.5, 0.0, 2.0, 0.25, 1.0, 0.0])


def by_loops(entity, weights=None):
    """Counts of one item."""
    found = np.zeros(N_ENTITIES)
    for head, _, tail in FACTS:
        found[tail] += head == entity
        found[head] += tail == entity
    found[entity] = 0
    more = found.copy()
    for head, relation, tail in FACTS if weights is not None else ():
        more[tail] += weights[relation] * found[head]
        more[head] += weights[N_RELATIONS + relation] * found[tail]
    more[entity] = 0
    return more


def test_own_facts_count_from_either_end():
    bags = concepts(triples(), ENTITY)
    np.testing.assert_array_equal(bags.toarray(), [by_loops(e) for e in ENTITY])
    assert bags.has_sorted_indices and np.all(bags.data > 0)


def test_related_concepts_weigh_by_relation_and_direction():
    entity = np.arange(7, dtype=np.int32)
    bags = concepts(triples(), entity, WEIGHTS).toarray()
    np.testing.assert_allclose(bags, [by_loops(e, WEIGHTS) for e in entity], rtol=1e-6)
    same = concepts(triples(), entity, np.zeros(6)).toarray()
    np.testing.assert_array_equal(same, concepts(triples(), entity).toarray())


def test_two_facts_with_one_entity_count_twice_and_itself_never():
    facts = np.array([[0, 0, 4], [0, 1, 4], [4, 1, 0], [0, 2, 0]], np.int32)
    bags = concepts(triples(facts), np.array([0, 7], np.int32)).toarray()
    assert bags[0, 4] == 3 and bags.sum() == 3


def test_permuting_entities_permutes_columns():
    order = np.random.default_rng(0).permutation(N_ENTITIES).astype(np.int32)
    moved = FACTS.copy()
    moved[:, [0, 2]] = order[FACTS[:, [0, 2]]]
    bags = concepts(triples(moved), order[ENTITY], WEIGHTS).toarray()
    expected = concepts(triples(), ENTITY, WEIGHTS).toarray()
    np.testing.assert_allclose(bags[:, order], expected, rtol=1e-6)


def test_links_join_both_ends_of_every_fact():
    graph = entity_graph(triples())
    pairs = {(h, t) for h, _, t in FACTS.tolist()}
    found = set(zip(graph.senders.tolist(), graph.receivers.tolist(), strict=True))
    assert found == pairs | {(t, h) for h, t in pairs} and np.all(graph.edges > 0)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (np.ones(3), "give 6 numbers of 0 or more"),
        (np.array([1, 1, 1, 1, 1, -0.5]), "-0.5"),
        (np.array([np.nan, 1, 1, 1, 1, 1]), "nan"),
    ],
)
def test_weights_that_are_none_are_refused(weights, said):
    with pytest.raises(InputError, match=said):
        concepts(triples(), ENTITY, weights)


def test_no_facts_have_no_links():
    with pytest.raises(InputError, match="no edges"):
        entity_graph(triples(FACTS[:0]))
