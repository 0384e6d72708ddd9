"""Relations: what their methods leave of the edges."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import Relation, relation_line
from tests.same import differences
from tests.strategies import relations


def rows(*numbers):
    return np.array(numbers, np.int32)


TRUST = Relation("user", "user", rows(0, 1, 2, 2), rows(1, 0, 0, 2), 4, 4)
FACTS = Relation(
    "entity",
    "entity",
    rows(0, 0, 1),
    rows(1, 1, 0),
    2,
    2,
    kind=rows(1, 0, 1),
    kinds=pl.Series(["is", "has"]),
    weight=np.float32([0.5, 2, 1]),
    given=np.int8([0, 2, 0]),
)
BRAND = Relation("item", "brand", rows(0, 1, 3), rows(2, 0, 0), 4, 3)


def edges(relation):
    return list(zip(relation.senders.tolist(), relation.receivers.tolist(), strict=True))


def test_taken_edges_keep_all_that_is_known_of_them():
    some = FACTS.take(np.array([2, 0]))
    assert edges(some) == [(1, 0), (0, 1)] and some.kind.tolist() == [1, 1]
    assert some.weight.tolist() == [1, 0.5] and some.given.tolist() == [0, 0]
    assert (
        differences(FACTS.take(np.array([True, False, True])), FACTS.take(np.array([0, 2]))) == []
    )


def test_edges_of_rows_that_leave_leave():
    some = BRAND.renumbered({"item": np.array([3, 0]), "user": np.array([0])})
    assert edges(some) == [(1, 2), (0, 0)] and (some.n_sources, some.n_targets) == (2, 3)
    both = BRAND.renumbered({"item": np.array([3, 0]), "brand": np.array([2])})
    assert edges(both) == [(1, 0)] and (both.n_sources, both.n_targets) == (2, 1)
    assert edges(TRUST.renumbered({"user": np.array([2, 1])})) == [(0, 0)]


@given(relations(), st.randoms(use_true_random=False))
def test_renumbering_there_and_back_is_the_identity(relation, random):
    order = np.array(random.sample(range(relation.n_sources), relation.n_sources))
    there = relation.renumbered({"user": order})
    np.testing.assert_array_equal(order[there.senders], relation.senders)
    np.testing.assert_array_equal(order[there.receivers], relation.receivers)
    assert differences(there.renumbered({"user": np.argsort(order)}), relation) == []


@given(relations())
def test_both_directions_hold_each_edge_of_a_kind_once_from_either_end(relation):
    both = relation.both_directions()
    kind = lambda each: np.zeros(len(each)) if each.kind is None else each.kind
    named = lambda each: list(zip(each.senders, each.receivers, kind(each), strict=True))
    expected = {edge for s, r, k in named(relation) for edge in ((s, r, k), (r, s, k))}
    assert len(both) == len(expected) and set(named(both)) == expected
    assert both.directed and differences(both.both_directions(), both) == []


def test_both_directions_keep_the_weight_of_the_first():
    weighted = replace(TRUST, weight=np.float32([1, 2, 3, 4]))
    both = weighted.both_directions()
    assert edges(both) == [(0, 1), (1, 0), (2, 0), (2, 2), (0, 2)]
    assert both.weight.tolist() == [1, 2, 3, 4, 3]
    with pytest.raises(InputError, match="from item to brand have ends of two types"):
        BRAND.both_directions()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"receivers": rows(1, 0)}, "receivers has 2 entries but senders has 3"),
        ({"weight": np.float32([1])}, "weight has 1 entries but senders has 3"),
        ({"senders": rows(0, 0, 2)}, r"senders row 2 lies outside \[0, 2\) set by n_sources=2"),
        ({"receivers": rows(0, -1, 1)}, r"receivers row -1 lies outside \[0, 2\)"),
        ({"kind": rows(0, 2, 0)}, r"kind row 2 lies outside \[0, 2\) set by len\(kinds\)=2"),
        ({"kind": None}, "give both or none"),
        ({"n_targets": 3}, "both ends are of type 'entity' but n_sources=2 and n_targets=3"),
        ({"target": "item", "directed": False}, "from entity to item have a direction"),
    ],
)
def test_a_relation_that_does_not_fit_is_refused(change, named):
    with pytest.raises(InputError, match=named):
        replace(FACTS, **change)


def test_rows_that_are_not_there_or_stand_twice_are_refused():
    with pytest.raises(InputError, match=r"item row 4 lies outside \[0, 4\)"):
        BRAND.renumbered({"item": np.array([0, 4])})
    with pytest.raises(InputError, match="brand row 1 stands twice in the order"):
        BRAND.renumbered({"brand": np.array([1, 1])})


def test_a_line_says_what_there_is_and_what_was_dropped():
    assert relation_line("item_brand", BRAND) == (
        "item_brand: 3 links of 3 of 4 items to 2 of 3 brands"
    )
    counts = {"unknown_user": 1200, "self_links": 1, "repeated": 2, "both_directions": 1}
    told = relation_line("trust", replace(TRUST, counts=counts))
    assert told == (
        "trust: 4 links of 3 of 4 users, 1,200 of unknown users dropped, 1 self-link kept, "
        "2 repeats dropped, 1 pair in both directions"
    )
    friends = replace(TRUST.take(np.array([0, 2, 2])), directed=False, counts=counts)
    assert relation_line("friends", friends).endswith(
        "1 self-link dropped, 2 repeats kept, 1 pair in both directions, each counted once"
    )
