"""Edges from files and frames, against the ids of a data set.

A long file: mostly tables of edges that are read, and of those that are refused.
"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import Dataset, Relation, read_relation, relation_line
from jaxrec.runs.store import relation_file
from tests.same import differences
from tests.strategies import relations

DATA = Dataset.from_frame({"user": ["ann", "bob", "cid"], "item": [7, 9, 7]}, name="shop")
NUMBERED = Dataset.from_frame({"user": [1, 2, 12], "item": ["x", "007", "x"]})
TRUST = pl.DataFrame(
    {
        "from": ["ann", "bob", "ann", "bob", "eve", "cid", "ann"],
        "to": ["bob", "ann", "bob", "bob", "ann", "dan", "cid"],
    }
)


def named(relation, dataset):
    """Both ends of every edge in the caller's words."""
    senders = dataset.ids(relation.source).gather(relation.senders)
    return list(zip(senders, dataset.ids(relation.target).gather(relation.receivers), strict=True))


def write(folder, kind, frame):
    path = folder / f"edges.{kind}"
    if kind == "csv":
        frame.write_csv(path)
    elif kind == "txt":
        frame.write_csv(path, separator=" ", include_header=False)
    elif kind == "jsonl":
        path.write_text("\n".join(map(json.dumps, frame.to_dicts())))
    else:
        frame.write_parquet(path)
    return path


def test_what_is_dropped_is_counted():
    relation, entities = read_relation(TRUST, DATA, directed=True)
    assert named(relation, DATA) == [("ann", "bob"), ("bob", "ann"), ("ann", "cid")]
    assert relation.counts == {
        "rows_read": 7, "unknown_user": 2, "self_links": 1, "repeated": 1, "both_directions": 1,
    }  # fmt: skip
    assert (relation.source, relation.target, relation.directed) == ("user", "user", True)
    assert (relation.n_sources, relation.n_targets, dict(entities)) == (3, 3, {})
    assert relation_line("trust", relation) == (
        "trust: 3 links of 3 of 3 users, 2 of unknown users dropped, 1 self-link dropped, "
        "1 repeat dropped, 1 pair in both directions"
    )


def test_edges_without_direction_are_listed_once():
    relation, _ = read_relation(TRUST, DATA, directed=False)
    assert named(relation, DATA) == [("ann", "bob"), ("ann", "cid")]
    assert not relation.directed and relation.counts["both_directions"] == 1
    both = {frozenset(pair) for pair in named(relation.both_directions(), DATA)}
    assert both == {frozenset(("ann", "bob")), frozenset(("ann", "cid"))}


def test_self_links_and_repeats_can_stay():
    relation, _ = read_relation(TRUST, DATA, directed=True, self_links="keep", repeats="keep")
    assert named(relation, DATA) == [
        ("ann", "bob"), ("bob", "ann"), ("ann", "bob"), ("bob", "bob"), ("ann", "cid"),
    ]  # fmt: skip
    assert relation.counts["self_links"] == relation.counts["repeated"] == 1


@pytest.mark.parametrize("kind", ["csv", "txt", "jsonl", "parquet", "pandas", "dict"])
def test_every_format_gives_one_relation(tmp_path, kind):
    tables = {"pandas": lambda: pd.DataFrame(TRUST.to_dict(as_series=False)), "dict": TRUST.to_dict}
    table = tables[kind]() if kind in tables else write(tmp_path, kind, TRUST)
    relation = read_relation(table, DATA, directed=True).relation
    expected = read_relation(TRUST, DATA, directed=True).relation
    assert relation.origin == ("frame" if kind in tables else f"edges.{kind}")
    assert differences(replace(relation, origin="frame"), expected) == []


def test_an_entity_type_that_is_not_there_gets_the_ids_of_the_edges_that_are_left():
    brands = {"sku": [9, 7, 8], "brand": ["Zola", "Ale & Co", "Never"]}
    relation, entities = read_relation(brands, DATA, source="item", target="brand")
    assert entities["brand"].to_list() == ["Ale & Co", "Zola"]
    assert relation.counts == {"rows_read": 3, "unknown_item": 1, "repeated": 0}
    data = DATA.with_relation("item_brand", relation, entities)
    assert named(relation, data) == [(9, "Zola"), (7, "Ale & Co")]
    turned = {"sku": [7, 9], "brand": ["Zola", "Other"]}
    again, none = read_relation(
        turned, data, source="brand", target="item", columns=("brand", "sku")
    )
    assert named(again, data) == [("Zola", 7)] and dict(none) == {}
    assert again.counts["unknown_brand"] == 1 and again.n_sources == 2


def test_a_new_type_at_both_ends_has_one_list_of_ids():
    relation, entities = read_relation(
        {"head": ["b", "a"], "rel": ["is", "has"], "tail": ["c", "b"], "sure": [0.5, 1]},
        DATA, source="entity", target="entity", directed=True, kind="rel", weight="sure",
    )  # fmt: skip
    assert entities["entity"].to_list() == ["a", "b", "c"]
    assert (relation.n_sources, relation.n_targets) == (3, 3)
    assert relation.kinds.gather(relation.kind).to_list() == ["is", "has"]
    assert relation.kinds.to_list() == ["has", "is"] and relation.weight.tolist() == [0.5, 1]


def test_edges_of_two_kinds_are_no_repeats():
    table = {"a": ["ann"] * 3, "b": ["bob"] * 3, "what": ["trusts", "knows", "trusts"]}
    relation, _ = read_relation(table, DATA, directed=True, kind="what")
    assert relation.kinds.gather(relation.kind).to_list() == ["trusts", "knows"]
    assert relation.counts["repeated"] == 1


@pytest.mark.parametrize(
    ("user", "item", "found"),
    [
        (["1", "12"], ["x", "007"], 2),
        (["1.0", "12"], ["x", " 007"], 2),
        ([1.0, 12.0], ["x", "7"], 1),
        (["1.0", "odd"], ["x", "x"], 1),
        ([1, 12], ["X", "x"], 1),
    ],
)
def test_ids_are_found_by_the_rules_of_files(tmp_path, user, item, found):
    table = pl.DataFrame({"user": user, "item": item})
    for each in (table, write(tmp_path, "csv", table), write(tmp_path, "parquet", table)):
        relation, _ = read_relation(each, NUMBERED, target="item")
        assert len(relation) == found


def test_numbers_as_text_are_found_among_ids_that_are_text():
    data = Dataset.from_frame({"user": ["7.0", "8.0", "x"], "item": [1, 2, 1]})
    table = {"a": ["7.0", "8.0"], "b": ["x", "x"]}
    assert len(read_relation(table, data, directed=True).relation) == 2


@pytest.mark.parametrize(
    ("text", "rows_read"),
    [
        ("userID friendID\nann bob\nbob cid\n", 2),
        ("who whom\nann bob\nbob cid\n", 2),
        ("ann bob\nbob cid\n", 2),
        ("eve ann\nann bob\n", 2),
        ("eve dan\neve ann\nann bob\n", 3),
        ("5 6\nann bob\nann cid\n", 3),
    ],
)
def test_a_header_is_told_from_an_edge(tmp_path, text, rows_read):
    path = tmp_path / "trust.txt"
    path.write_text(text)
    relation, _ = read_relation(path, DATA, directed=True)
    assert relation.counts["rows_read"] == rows_read
    assert ("ann", "bob") in named(relation, DATA)


def test_a_header_that_nothing_tells_is_asked_for(tmp_path):
    path = tmp_path / "facts.txt"
    path.write_text("tea is drink\nale has malt\n")
    options = {"source": "entity", "target": "entity", "directed": True, "kind": "2"}
    with pytest.raises(InputError, match=r"line 1 \(tea is drink\) may be a header or an edge"):
        read_relation(path, DATA, **options)
    assert len(read_relation(path, DATA, header=False, **options).relation) == 2


def test_columns_of_text_without_header_are_called_by_number(tmp_path):
    path = tmp_path / "trust.txt"
    path.write_text("3 bob ann\n5 cid ann\n")
    relation, _ = read_relation(path, DATA, directed=True, columns=("3", "2"), weight="1")
    assert named(relation, DATA) == [("ann", "bob"), ("ann", "cid")]
    assert relation.weight.tolist() == [3, 5] and relation.weight.dtype == np.float32
    path.write_text("ann bob 1\nann cid 1\n")
    assert len(read_relation(path, DATA, directed=True).relation) == 2


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (TRUST, {}, "edges between users may have a direction or not; say directed=True or False"),
        (
            {"a": ["eve"], "b": ["dan"]},
            {"directed": True},
            "none of 1 edges of frame, with user 'eve', ..., is of users of shop, 'ann', ...",
        ),
        ({"a": ["ann"], "b": ["ann"]}, {"directed": True}, "frame has self-links alone"),
        (
            TRUST,
            {"directed": True, "unknown": "refuse"},
            "frame: 2 of 7 edges have a user that shop lacks; remove them, or say unknown='drop'",
        ),
        (
            {"a": ["ann"], "b": ["bob"], "c": ["cid"]},
            {"directed": True},
            r"the columns a, b, c; leave the two of the ends, or name them in Python",
        ),
        (TRUST, {"directed": True, "kind": "why"}, "no column 'why' for the kind; it has from, to"),
        (
            TRUST,
            {"directed": True, "columns": ("from", "from")},
            "source='from', target='from' give one column two roles; its columns are from, to",
        ),
        (
            {"a": ["ann", None], "b": ["bob", "cid"]},
            {"directed": True},
            r"frame row 1 \(the first is 0\) has no user; fill or remove it",
        ),
        (
            {"a": ["ann", "ann"], "b": ["bob", None]},
            {"directed": True},
            r"frame row 1 \(the first is 0\) has no user",
        ),
        (
            {"a": ["eve", "ann"], "b": ["bob", "bob"], "w": ["1", "much"]},
            {"directed": True, "weight": "w"},
            r"frame row 1 \(the first is 0\): weight 'much' is not a finite number",
        ),
        ({"a": ["ann"], "b": [7]}, {"target": "item", "directed": False}, "have a direction"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_in_one_line(table, options, message):
    with pytest.raises(InputError, match=message) as error:
        read_relation(table, DATA, **options)
    assert "\n" not in str(error.value)


def test_files_that_are_none_are_refused(tmp_path):
    with pytest.raises(InputError, match="none.txt does not exist"):
        read_relation(tmp_path / "none.txt", DATA, directed=True)
    with pytest.raises(InputError, match="is a folder; give a file of edges"):
        read_relation(str(tmp_path), DATA, directed=True)
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": "ann", "b": ["bob"]}\n')
    with pytest.raises(InputError, match=r"line 1: the target 'b' holds an object or an array"):
        read_relation(path, DATA, directed=True)


@given(relations(), st.sampled_from(["csv", "parquet", "jsonl"]))
def test_a_relation_is_read_from_its_file_as_it_was(tmp_path_factory, relation, kind):
    ids = pl.Series([f"u{row}" for row in range(relation.n_sources)])
    data = Dataset("made", DATA.interactions, ids, DATA.item_ids, None, None, {}, False)
    if not len(relation):
        return
    columns = {"source": ids.gather(relation.senders), "target": ids.gather(relation.receivers)}
    options = {"directed": True, "self_links": "keep", "repeats": "keep"}
    if relation.kinds is not None:
        columns["kind"] = relation.kinds.gather(relation.kind)
        options["kind"] = "kind"
    if relation.weight is not None:
        columns["weight"] = pl.Series(relation.weight)
        options["weight"] = "weight"
    path = write(tmp_path_factory.mktemp("edges"), kind, pl.DataFrame(columns))
    again = read_relation(path, data, header=True, **options).relation
    np.testing.assert_array_equal(again.senders, relation.senders)
    np.testing.assert_array_equal(again.receivers, relation.receivers)
    assert again.n_sources == again.n_targets == relation.n_sources
    if relation.kinds is not None:
        assert again.kinds.gather(again.kind).to_list() == columns["kind"].to_list()
    if relation.weight is not None:
        np.testing.assert_array_equal(again.weight, relation.weight)


@pytest.mark.parametrize(("n_columns", "ends_in"), [(12, "c11"), (13, "c11, ...")])
def test_a_wide_file_lists_its_first_twelve_columns(n_columns, ends_in):
    wide = pl.DataFrame({f"c{n}": ["ann"] for n in range(n_columns)})
    with pytest.raises(InputError, match="has no column 'x'") as told:
        read_relation(wide, DATA, columns=("x", "c0"), directed=True)
    assert str(told.value).endswith(f"c10, {ends_in}")


def test_what_a_run_folder_keeps_of_typed_edges_is_all_of_them(tmp_path):
    typed = Relation(
        "user",
        "item",
        np.int32([0, 2]),
        np.int32([1, 0]),
        3,
        2,
        kind=np.int32([1, 0]),
        kinds=pl.Series(["saw", "has"]),
        weight=np.float32([0.5, 2]),
        given=np.int8([0, 2]),
    )
    for name, frame in relation_file.frames({"typed": typed}).items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    stored = json.loads(json.dumps(relation_file.about({"typed": typed})))
    back = relation_file.read(tmp_path, stored, {"user": 3, "item": 2})["typed"]
    assert differences(typed, replace(back, counts={})) == []
