"""Edge lists: two columns of nodes, from files and from memory."""

import gzip

import polars as pl
import pytest

from jaxrec import InputError
from jaxrec.data import is_edge_list, load_edges


def links(graph):
    ids, triples = graph.entity_ids, graph.triples
    return list(zip(ids.gather(triples.head), ids.gather(triples.tail), strict=True))


@pytest.mark.parametrize(
    "name,text",
    {
        "bare.tsv": "ann\tbob\nbob\tcid\n",
        "named.csv": "source,target\nann,bob\nbob,cid\n",
        "typed.tsv": "User_ID:token\tfriendID:token\nann\tbob\nbob\tcid\n",
        "lines.jsonl": '{"x": "ann", "y": "bob"}\n{"x": "bob", "y": "cid"}\n',
        "bare.txt.gz": "ann bob\nbob cid\n",
    }.items(),
)
def test_a_file_is_read_with_and_without_a_header(name, text, tmp_path):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    assert is_edge_list(path)
    graph = load_edges(path)
    assert links(graph) == [("ann", "bob"), ("bob", "cid")]
    assert graph.undirected == (0,) and graph.relation_ids.to_list() == ["link"]


def test_words_above_numbers_are_a_header(tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text("left,right\n7,12\n12,9\n")
    assert links(load_edges(path)) == [(7, 12), (12, 9)]


def test_without_direction_the_other_way_repeats_a_link():
    frame = pl.DataFrame({"from": [1, 2, 1, 3, 3], "to": [2, 1, 2, 1, 3]})
    both, one_way = load_edges(frame), load_edges(frame, directed=True)
    assert links(both) == [(1, 2), (3, 1)]
    assert both.counts == {"rows_read": 5, "duplicate_rows": 2, "self_links": 1}
    assert links(one_way) == [(1, 2), (2, 1), (3, 1)] and one_way.undirected == ()


def test_ends_of_different_types_are_text():
    assert links(load_edges({"a": [1, 2], "b": ["2", "x"]})) == [("1", "2"), ("2", "x")]


def test_facts_are_no_edge_list_and_weights_are_refused(tmp_path):
    facts = tmp_path / "facts.tsv"
    facts.write_text("head\ttail\trelation\na\tb\tis\n")
    assert not is_edge_list(facts)
    weighted = tmp_path / "weighted.csv"
    weighted.write_text("source,target,weight\na,b,0.5\n")
    assert is_edge_list(weighted)
    with pytest.raises(InputError, match="the columns source, target, weight; leave the two"):
        load_edges(weighted)
