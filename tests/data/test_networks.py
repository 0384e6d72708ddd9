"""Typed networks: rows by type, edges by name."""

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import Edges, load_graph, load_network, network

EDGES = {
    "likes": Edges(("user", "film"), pl.Series([7, 5, 7, 5]), pl.Series([10, 9, 10, 7])),
    "friends": Edges(("user", "user"), pl.Series([5]), pl.Series([11])),
    "plays": Edges(("actor", "film"), pl.Series(["ann", "bob"]), pl.Series([12, 9])),
}
SIZES = {"user": 16_239, "business": 14_284, "compliment": 11, "category": 511, "city": 47}


def named(graph):
    """Every fact in the caller's words."""
    types, relations, ids = list(graph.ids), list(graph.ends), graph.ids
    name = [(kind, node) for kind in types for node in ids[kind].to_list()]
    columns = graph.triples.head, graph.triples.relation, graph.triples.tail
    return [(name[h], relations[r], name[t]) for h, r, t in zip(*columns, strict=True)]


def test_facts_lead_back_to_the_edges_and_repeats_count_once():
    graph = network(EDGES)
    expected = [
        ((ends[0], h), relation, (ends[1], t))
        for relation, (ends, head, tail) in EDGES.items()
        for h, t in zip(head, tail, strict=True)
    ]
    assert named(graph) == list(dict.fromkeys(expected))
    assert graph.counts == {"rows_read": 7, "duplicate_rows": 1}


def test_types_are_ranges_that_cover_the_rows_and_ids_may_recur_between_them():
    graph = network(EDGES)
    assert list(graph.ranges) == ["user", "film", "actor"]
    rows = np.concatenate([list(rows) for rows in graph.ranges.values()])
    np.testing.assert_array_equal(rows, np.arange(graph.triples.n_entities))
    for number, rows in enumerate(graph.ranges.values()):
        assert (graph.kind[rows.start : rows.stop] == number).all()
    assert graph.ids["user"].to_list() == [5, 7, 11]
    assert graph.ids["film"].to_list() == [7, 9, 10, 12]


def test_every_end_is_of_its_relations_type():
    graph = network(EDGES)
    types = list(graph.ids)
    for row, ends in enumerate(graph.ends.values()):
        facts = graph.triples.take(graph.triples.relation == row)
        for rows, kind in zip((facts.head, facts.tail), ends, strict=True):
            assert (graph.kind[rows] == types.index(kind)).all()


def test_facts_of_some_relations_keep_their_rows():
    graph = network(EDGES)
    some = graph.of("likes", "plays")
    assert sorted(set(some.relation.tolist())) == [0, 2] and some.n_relations == 3
    with pytest.raises(InputError, match="no relation is called 'hates'; network has likes, fr"):
        graph.of("hates")


def test_rows_are_found_in_an_older_network():
    older = network({name: EDGES[name] for name in ("friends", "likes")})
    graph = network(EDGES)
    rows = graph.rows_in(older)
    old = [(kind, node) for kind, ids in older.ids.items() for node in ids.to_list()]
    new = [(kind, node) for kind, ids in graph.ids.items() for node in ids.to_list()]
    expected = [old.index(node) if node in old else -1 for node in new]
    assert rows["entity"].tolist() == expected and -1 in expected
    assert rows["relation"].tolist() == [1, 0, -1]


def test_edge_lists_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="likes has 2 heads and 1 tails"):
        network({"likes": Edges(("a", "b"), pl.Series([1, 2]), pl.Series([1]))})
    with pytest.raises(InputError, match="network has no edges"):
        network(
            {
                "likes": Edges(
                    ("a", "b"), pl.Series([], dtype=pl.Int64), pl.Series([], dtype=pl.Int64)
                )
            }
        )
    with pytest.raises(InputError, match="no edges"):
        network({})
    with pytest.raises(InputError, match="likes edge 2 has no b"):
        network({"likes": Edges(("a", "b"), pl.Series([1, 2]), pl.Series(["x", None]))})


def test_ids_that_are_numbers_in_one_relation_alone_are_text():
    likes = Edges(("user", "film"), pl.Series([1, 2]), pl.Series(["x", "7"]))
    again = Edges(("film", "film"), pl.Series([7]), pl.Series([8]))
    graph = network({"likes": likes, "again": again})
    assert graph.ids["film"].to_list() == ["7", "8", "x"]
    assert named(graph)[2] == (("film", "7"), "again", ("film", "8"))


def test_the_known_network_has_its_published_size(data_dir):
    graph = load_network("yelp-hin", data_dir=str(data_dir))
    assert {name: len(rows) for name, rows in graph.ranges.items()} == SIZES
    counts = np.bincount(graph.triples.relation).tolist()
    assert counts == [198_397, 158_590, 76_875, 40_009, 14_267]
    untyped = load_graph("yelp-hin", data_dir=str(data_dir))
    assert len(untyped.triples) == len(graph.triples) == graph.counts["rows_read"]


def test_an_unknown_network_names_those_there_are():
    with pytest.raises(InputError, match="did you mean yelp-hin"):
        load_network("yelp-hn")
