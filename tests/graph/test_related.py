import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import neighbor_table
from tests.graph.known import FACTS, N_ENTITIES, triples


def said_of(entity):
    """Other end, relation and whether this end is the head, of every fact, once an end."""
    ends = [(t, r, True) for h, r, t in FACTS if h == entity] + [
        (h, r, False) for h, r, t in FACTS if t == entity
    ]
    return sorted(ends)


def rows_of(table, entity):
    real = table.mask[entity]
    columns = table.entity, table.relation, table.forward
    return list(zip(*(column[entity][real] for column in columns), strict=True))


@pytest.mark.parametrize("pad", [False, True])
def test_a_wide_table_holds_every_fact_of_every_entity_and_nothing_else(pad):
    table = neighbor_table(triples(), width=8, pad=pad)
    for entity in range(N_ENTITIES):
        found = rows_of(table, entity)
        if pad:
            assert sorted(found) == said_of(entity)
        else:  # Drawn with replacement.
            assert set(found) <= set(said_of(entity)) and len(found) in (0, 8)
        assert len(found) > 0 or entity in (3, 7)


def test_a_narrow_table_draws_without_replacement():
    table = neighbor_table(triples(), width=2)
    for entity in (0, 1, 4):
        found = rows_of(table, entity)
        assert len(set(found)) == 2 and set(found) <= set(said_of(entity))


def test_the_order_of_facts_changes_no_draw():
    shuffled = FACTS[np.random.default_rng(0).permutation(len(FACTS))]
    for one, other in zip(
        neighbor_table(triples(), 2), neighbor_table(triples(shuffled), 2), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_fact_with_itself_counts_once_an_end():
    table = neighbor_table(triples(), width=4, pad=True)
    assert table.entity[5].tolist()[:3] == [0, 5, 5] and table.mask[5].sum() == 3
    assert table.forward[5].tolist()[1:3] == [True, False]


def test_no_facts_at_all_are_padding():
    assert not neighbor_table(triples(FACTS[:0]), width=2).mask.any()


def test_a_width_of_nothing_is_refused():
    with pytest.raises(InputError, match="width of the table of facts is 0; give 1 or more"):
        neighbor_table(triples(), width=0)
