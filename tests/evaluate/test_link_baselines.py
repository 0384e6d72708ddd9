"""Frequent answers and common neighbors, ranked as models are."""

import numpy as np
import pytest

from jaxrec.data import Triples
from jaxrec.evaluate import adamic_adar, common_neighbors, degree, host_ranks, questions_of

E, R = 30, 3


@pytest.fixture(scope="module")
def parts():
    rng = np.random.default_rng(0)
    facts = [
        Triples(*(rng.integers(0, n, size).astype(np.int32) for n in (E, R, E)), E, R)
        for size in (150, 40)
    ]
    return facts[0], facts[1]


def facts_of(part):
    return list(zip(part.head.tolist(), part.relation.tolist(), part.tail.tolist(), strict=True))


def test_degree_counts_the_facts_that_have_the_entity_there(parts):
    train, _ = parts
    entity, relation = np.int32([4, 4, 9]), np.int32([0, 1 + R, 2])
    expected = np.zeros((3, E))
    for head, kind, tail in zip(train.head, train.relation, train.tail, strict=True):
        expected[0, tail] += kind == 0
        expected[1, head] += kind == 1
        expected[2, tail] += kind == 2
    np.testing.assert_array_equal(degree(train)(entity, relation), expected)


def test_common_neighbors_are_counted_or_weighed_by_adamic_adar():
    rng = np.random.default_rng(1)
    head, tail = (rng.integers(0, E, 80).astype(np.int32) for _ in range(2))
    train = Triples(head, np.zeros(80, np.int32), tail, E, 1)
    neighbors = [set() for _ in range(E)]
    for one, other in zip(head.tolist(), tail.tolist(), strict=True):
        if one != other:
            neighbors[one].add(other)
            neighbors[other].add(one)
    expected, counts = np.zeros((2, E, E))
    for one in range(E):
        for other in set(range(E)) - {one}:
            shared = neighbors[one] & neighbors[other]
            expected[one, other] = sum(1 / np.log(len(neighbors[z])) for z in shared)
            counts[one, other] = len(shared)
    every = np.arange(E, dtype=np.int32)
    np.testing.assert_array_equal(common_neighbors(train)(every, 0 * every), counts)
    np.testing.assert_allclose(adamic_adar(train)(every, 0 * every), expected, rtol=1e-5)


@pytest.mark.parametrize("typed", [False, True])
def test_ranks_on_the_host_are_realistic_ranks_among_entities_of_the_type(parts, typed):
    """Counted one by one: the mean of the best and the worst place among equals."""
    train, test = parts
    kind = (np.arange(E) % 2).astype(np.int32) if typed else np.zeros(E, np.int32)
    score, true = degree(train), {*facts_of(train), *facts_of(test)}
    expected = []
    for end in ("tail", "head"):
        for head, relation, tail in facts_of(test):
            asked = relation + R * (end == "head")
            scores = score(np.int32([0]), np.int32([asked]))[0]
            answer = tail if end == "tail" else head
            pairs = [(head, e) if end == "tail" else (e, tail) for e in range(E)]
            facts = [(one, relation, other) for one, other in pairs]
            left = [e for e in range(E) if kind[e] == kind[answer] and facts[e] not in true]
            better = sum(scores[e] > scores[answer] for e in left)
            equal = sum(scores[e] == scores[answer] for e in left)
            expected.append(1 + better + equal / 2)
    given = kind if typed else None
    found = host_ranks(score, questions_of(test, train), given, n_entities=E)
    np.testing.assert_array_equal(found, expected)
    assert (found % 1 == 0.5).any()  # Some are equal.


def test_progress_is_told_in_questions(parts):
    train, test = parts
    told = []
    questions = questions_of(test, train)
    host_ranks(degree(train), questions, on_progress=lambda *n: told.append(n), n_entities=E)
    assert told == [(80, 80)]
