import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions, Triples
from jaxrec.graph import ripples, user_items
from jaxrec.graph.ripples import BLOCK
from tests.graph.known import FACTS, triples

ENTITY = np.array([0, 1, 2, 7], np.int32)  # Item 3 is known by no fact.
USER, ITEM = np.array([0, 0, 1, 2], np.int32), np.array([0, 1, 2, 3], np.int32)
LIKES = user_items(Interactions(USER, ITEM, n_users=4, n_items=4))
ALL = {tuple(fact) for fact in FACTS.tolist()}


def read(sets):
    """``[U][H]`` lists of facts."""
    head, tail = sets.head.reshape(-1), sets.tail.reshape(-1)
    relation = np.repeat(sets.relation, BLOCK)
    table = np.stack([head, relation, tail], 1)
    return [
        [[tuple(table[f]) for f in fact[real]] for fact, real in zip(facts, mask, strict=True)]
        for facts, mask in zip(sets.fact, sets.mask, strict=True)
    ]


@pytest.mark.parametrize("pad", [False, True])
@pytest.mark.parametrize("n_memories", [1, 2, 16])
def test_each_hop_begins_where_the_one_before_ended(n_memories, pad):
    sets = ripples(triples(), LIKES, ENTITY, n_hops=3, n_memories=n_memories, pad=pad)
    for user, hops in enumerate(read(sets)):
        seeds = set(ENTITY[ITEM[USER == user]].tolist())
        for hop, facts in enumerate(hops):
            due = {fact for fact in ALL if fact[0] in seeds}
            if not due and hop:
                assert facts == hops[hop - 1]
                continue
            assert set(facts) <= due
            n_due = min(n_memories, len(due)) if pad or n_memories <= len(due) else n_memories
            assert len(facts) == (n_due if due else 0)
            if pad or n_memories <= len(due):
                assert len(set(facts)) == len(facts)
            seeds = {fact[2] for fact in facts}


def test_a_user_without_facts_has_none_at_any_hop():
    hops = read(ripples(triples(), LIKES, ENTITY))
    assert hops[2] == hops[3] == [[], []]  # One has an unknown item, the other no item.


def test_only_what_is_liked_in_training_spreads():
    train = user_items(Interactions(USER[:1], ITEM[:1], n_users=4, n_items=4))
    (first, _), *others = read(ripples(triples(), train, ENTITY))
    assert {fact[0] for fact in first} == {0}
    assert all(hops == [[], []] for hops in others)


def test_the_table_holds_each_fact_once_in_blocks_of_its_relation():
    rng = np.random.default_rng(0)
    facts = np.unique(rng.integers(0, [50, 4, 50], (400, 3)).astype(np.int32), axis=0)
    graph = Triples(*np.ascontiguousarray(facts.T), 50, 4)
    user, item = np.divmod(np.arange(200, dtype=np.int32), np.int32(50))
    likes = user_items(Interactions(user, item, 4, 50))
    sets = ripples(graph, likes, np.arange(50, dtype=np.int32), n_memories=300)
    found = {fact for hops in read(sets) for hop in hops for fact in hop}
    assert found <= {tuple(fact) for fact in facts.tolist()} and len(found) > 250
    assert len(np.unique(sets.fact)) == len(found)
    assert (np.diff(sets.relation) >= 0).all()


def test_a_graph_of_no_facts_gives_padding():
    sets = ripples(triples(FACTS[:0]), LIKES, ENTITY)
    assert not sets.mask.any() and sets.relation.tolist() == [0]


def test_nothing_to_remember_is_refused():
    with pytest.raises(InputError, match="n_hops is 0 and n_memories 32; give 1 or more"):
        ripples(triples(), LIKES, ENTITY, n_hops=0)


@pytest.mark.parametrize(
    ("entity", "wrong"),
    [
        ([0, 1, -1, 7], "entity row -1 lies outside"),
        ([0, 1, 2, 8], "entity row 8 lies outside"),
        ([0, 1, 2], "entity has 3 rows but there are 4 items"),
    ],
)
def test_entities_that_are_not_there_are_refused(entity, wrong):
    with pytest.raises(InputError, match=wrong):
        ripples(triples(), LIKES, np.array(entity, np.int32))


def test_items_of_one_entity_count_its_facts_once():
    """A user who has two items of entity 0 draws as one who has one of them."""
    entity = np.array([0, 0, 2, 7], np.int32)
    user, item = np.array([0, 0, 0, 1, 1], np.int32), np.array([0, 1, 2, 0, 2], np.int32)
    likes = user_items(Interactions(user, item, n_users=2, n_items=4))
    due = sorted(fact for fact in ALL if fact[0] in (0, 2))
    both, once = read(ripples(triples(), likes, entity, n_memories=len(due) + 3, pad=True))
    assert sorted(both[0]) == sorted(once[0]) == due
