"""Facts in the order of a run, cut in three."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import (
    KnowledgeGraph,
    Split,
    Triples,
    check_links,
    facts_by_appearance,
    fingerprint_facts,
    number_graph,
    split_graph,
)

N = 200


def rows(*numbers):
    return np.array(numbers, np.int32)


def graph(undirected=()):
    """Facts i -> i + 1 of relation i mod 2 among N + 1 entities."""
    head = np.arange(N, dtype=np.int32)
    facts = Triples(head, head % 2, head + 1, N + 1, 2)
    names = pl.Series([f"e{n}" for n in range(N + 1)]), pl.Series(["even", "odd"])
    return KnowledgeGraph("line", facts, *names, None, {}, undirected)


def test_rows_cut_shares_of_all_facts_at_random():
    first, again = (split_graph(graph(), seed=3) for _ in range(2))
    assert [len(part) for part in (first.train, first.valid, first.test)] == [144, 16, 40]
    whole = np.concatenate([part.numbers() for part in (first.train, first.valid, first.test)])
    assert sorted(whole) == sorted(graph().triples.numbers())
    assert first.test.head.tolist() == again.test.head.tolist()
    assert first.test.head.tolist() != split_graph(graph(), seed=4).test.head.tolist()
    assert len(split_graph(graph(), valid_fraction=0.0).valid) == 0


def test_a_given_split_is_kept_and_its_validation_part_used_whole():
    given = np.repeat(np.int8([0, 1, 2]), [150, 20, 30])
    own = replace(graph(), given=given)
    parts = split_graph(own)
    assert parts.method == "given" and parts.valid.head.tolist() == list(range(150, 170))
    assert len(split_graph(own, valid_fraction=0.0).train) == 170
    none = replace(own, given=np.where(given == 1, 0, given).astype(np.int8))
    assert len(split_graph(none).valid) == 17 and len(split_graph(none).train) == 153
    assert split_graph(own, method="rows").method == "rows"


def test_a_split_that_is_not_there_or_leaves_nothing_is_refused():
    with pytest.raises(InputError, match="line has no split of its own; choose rows"):
        split_graph(graph(), method="given")
    with pytest.raises(InputError, match="its test part is empty"):
        split_graph(graph(), test_fraction=0.001)


def test_facts_without_direction_stand_both_ways_in_one_part():
    parts = split_graph(graph(undirected=(1,)))
    for part, n in ((parts.train, 144), (parts.valid, 16), (parts.test, 40)):
        told = set(zip(part.head.tolist(), part.tail.tolist(), strict=True))
        odd = {pair for pair in told if min(pair) % 2}
        assert odd == {(tail, head) for head, tail in odd}
        assert len(part) == len(told) == n + len(odd) // 2
    assert not np.isin(parts.test.numbers(), parts.train.numbers()).any()


def test_rows_follow_the_facts_whatever_they_are_called():
    frame = pl.DataFrame(
        {"head": ["c", "a", "c"], "relation": ["s", "r", "r"], "tail": ["a", "b", "b"]}
    )
    called = {"a": "z", "b": "y", "c": "x", "r": "1", "s": "0"}
    first = facts_by_appearance(number_graph(frame))
    second = facts_by_appearance(number_graph(frame.select(pl.all().replace_strict(called))))
    for role in ("head", "relation", "tail"):
        assert getattr(first.triples, role).tolist() == getattr(second.triples, role).tolist()
    assert first.entity_ids.to_list() == ["c", "a", "b"]
    assert second.entity_ids.to_list() == ["x", "z", "y"]
    assert first.relation_ids.to_list() == ["s", "r"]


def test_entities_and_relations_of_no_fact_leave_and_types_follow():
    facts = Triples(rows(4, 2), rows(2, 2), rows(2, 4), 6, 3, kind=rows(0, 0, 1, 1, 2, 2))
    whole = KnowledgeGraph("", facts, pl.Series([*"abcdef"]), pl.Series([*"rst"]), None, {}, (0, 2))
    found = facts_by_appearance(whole)
    assert found.entity_ids.to_list() == ["e", "c"] and found.relation_ids.to_list() == ["t"]
    assert found.triples.kind.tolist() == [2, 1] and found.undirected == (0,)
    assert found.triples.head.tolist() == [0, 1] and found.triples.sizes == (2, 1)


def test_learning_from_validation_and_all_moves_facts():
    parts = split_graph(graph())
    known = parts.learn_valid()
    assert len(known.train) == 160 and len(known.valid) == 0 and len(known.test) == 40
    assert len(parts.learn_all().train) == N and known.train.sizes == (N + 1, 2)


def test_what_training_tells_of_the_test_is_counted():
    """Of four test facts one is in train, where the ends of two others are joined, too."""
    train = Triples(rows(0, 2, 3), rows(0, 1, 1), rows(1, 0, 2), 6, 2)
    test = Triples(rows(0, 0, 2, 5), rows(0, 0, 0, 0), rows(1, 2, 3, 0), 6, 2)
    findings = check_links(Split(train, train.take(rows()), test, "given"))
    assert {finding.name: (finding.count, finding.total) for finding in findings} == {
        "test_facts_in_train": (1, 4),
        "valid_facts_in_train": (0, 0),
        "test_ends_linked_in_train": (3, 4),
        "test_entities_unseen": (1, 5),
    }


def test_a_fingerprint_of_facts_knows_no_order():
    facts = graph().triples
    mixed = facts.take(np.random.default_rng(0).permutation(N))
    assert fingerprint_facts(facts) == fingerprint_facts(mixed)
    assert fingerprint_facts(facts.take(rows(*range(N - 1)))) != fingerprint_facts(facts)
    assert {
        name: fingerprint_facts(facts)[name] for name in ("entities", "relations", "facts")
    } == {
        "entities": N + 1,
        "relations": 2,
        "facts": N,
    }


def test_types_of_another_number_of_entities_are_refused():
    with pytest.raises(InputError, match="kind has 2 entries for 3 entities; give one each"):
        Triples(rows(0), rows(0), rows(1), 3, 1, kind=rows(0, 1))
