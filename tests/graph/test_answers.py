"""Answers of questions, by a loop."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.graph import known_answers

E, R = 6, 2
RNG = np.random.default_rng(0)


def drawn(n: int, n_entities: int = E) -> Triples:
    columns = [RNG.integers(0, size, n).astype(np.int32) for size in (E, R, E)]
    return Triples(*columns, n_entities, R)


def test_every_fact_finds_all_that_is_true_of_its_question():
    facts, known = drawn(15), drawn(40)
    asked, every = facts.both_ways(), [facts.both_ways(), known.both_ways()]
    true = {row for part in every for row in zip(part.head, part.relation, part.tail, strict=True)}
    row, lists = known_answers(facts, known)
    for n in range(len(asked)):
        expected = [a for a in range(E) if (asked.head[n], asked.relation[n], a) in true]
        start, end = lists.indptr[row[n]], lists.indptr[row[n] + 1]
        assert lists.indices[start:end].tolist() == expected


def test_facts_of_another_numbering_are_refused():
    with pytest.raises(InputError, match="known triples are of 7 entities and 2 relations"):
        known_answers(drawn(3), drawn(3, n_entities=E + 1))
