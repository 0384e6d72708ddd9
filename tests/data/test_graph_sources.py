"""Facts from frames and from the relations of a data set."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import Dataset, Relation, graph_from_frame, graph_of_relations

PEOPLE = Dataset.from_frame({"user": ["ann", "bob", "cem"], "item": [7, 8, 9]})
ROWS = {"object": ["x", "y"], "subject": ["b", "b"], "predicate": ["is", "is"]}


def rows(*numbers):
    return np.array(numbers, np.int32)


def words(graph):
    ids, names, facts = graph.entity_ids, graph.relation_ids, graph.triples
    columns = ids.gather(facts.head), names.gather(facts.relation), ids.gather(facts.tail)
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("kind", [dict, pl.DataFrame, pd.DataFrame])
def test_a_frame_is_read_by_the_names_of_its_columns(kind):
    assert words(graph_from_frame(kind(ROWS))) == [("b", "is", "x"), ("b", "is", "y")]


def test_a_frame_whose_columns_cannot_be_told_is_refused():
    with pytest.raises(InputError, match="has the columns a, b, c; name those of the triples head"):
        graph_from_frame({"a": [1], "b": [2], "c": [3]})
    with pytest.raises(InputError, match=r"frame row 1 \(the first is 0\)"):
        graph_from_frame({"head": ["a", None], "relation": ["r", "r"], "tail": ["b", "b"]})


def test_a_relation_of_one_type_keeps_its_ids_and_repeats_count_once():
    trust = Relation("user", "user", rows(0, 2, 0), rows(1, 0, 1), 3, 3)
    graph = graph_of_relations(PEOPLE.with_relation("trust", trust))
    assert words(graph) == [("ann", "trust", "bob"), ("cem", "trust", "ann")]
    assert graph.triples.kind is None and graph.undirected == ()
    assert graph.counts == {"rows_read": 3, "duplicate_rows": 1, "self": 0}


def test_entities_of_several_types_bear_their_type():
    trust = Relation("user", "user", rows(0), rows(1), 3, 3, directed=False)
    kinds = pl.Series(["made by", "sold by"])
    brand = Relation("item", "brand", rows(0, 1), rows(1, 0), 3, 2, kind=rows(1, 0), kinds=kinds)
    data = PEOPLE.with_relation("trust", trust)
    data = data.with_relation("brand", brand, {"brand": pl.Series([7, 5])})
    graph = graph_of_relations(data)
    assert words(graph) == [
        ("user:ann", "trust", "user:bob"),
        ("item:7", "brand:sold by", "brand:5"),
        ("item:8", "brand:made by", "brand:7"),
    ]
    assert graph.triples.kind.tolist() == [0] * 3 + [1] * 3 + [2] * 2
    assert graph.undirected == (0,)
    alone = graph_of_relations(data, ["brand"])
    assert alone.relation_ids.to_list() == ["made by", "sold by"] and alone.undirected == ()


def test_a_split_of_one_relation_leaves_the_others_to_training():
    cut = Relation("user", "user", rows(0, 1), rows(1, 2), 3, 3, given=np.int8([0, 2]))
    free = Relation("user", "user", rows(2), rows(1), 3, 3)
    data = PEOPLE.with_relation("cut", cut).with_relation("free", free)
    assert graph_of_relations(data).given.tolist() == [0, 2, 0]
    assert graph_of_relations(data, ["free"]).given is None


def test_relations_that_are_not_there_are_refused():
    with pytest.raises(InputError, match="frame has no relations; bring one with Dataset"):
        graph_of_relations(PEOPLE)
    with pytest.raises(InputError, match="no relation 'trust'; its relations are none"):
        graph_of_relations(PEOPLE, ["trust"])
