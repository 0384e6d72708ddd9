"""Triples and links from files, and what is wrong with them.

A long file: mostly tables of files that are read, and of those that are refused.
"""

import datetime

import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import link, load_graph, read_links, read_triple_folder, read_triples

ROWS = [("tea", "is a", "drink"), ("cup", "holds", "tea")]


def write(path, *lines: str):
    path.write_text("\n".join(lines) + "\n")
    return path


def openke(folder, train: str = "0 1 0", entities=("a 0", "b 1")):
    write(folder / "entity2id.txt", str(len(entities)), *entities)
    write(folder / "relation2id.txt", "1", "likes 0")
    write(folder / "train2id.txt", "1", train)
    write(folder / "test2id.txt", "1", "1 0 0")
    return folder


def test_a_header_names_columns_in_any_order(tmp_path):
    plain = write(tmp_path / "plain.tsv", *["\t".join(row) for row in ROWS])
    assert read_triples(plain).rows() == ROWS
    turned = [f"{tail}\t1.0\t{head}\t{relation}" for head, relation, tail in ROWS]
    named = write(tmp_path / "named.tsv", "Object\tweight\tSubject\tPredicate", *turned)
    assert read_triples(named).rows() == ROWS


def test_a_folder_fixes_its_split(tmp_path):
    write(tmp_path / "train.txt", "a\tlikes\tb", "b\tlikes\tc")
    write(tmp_path / "test.txt", "a\tlikes\td")
    graph = load_graph(str(tmp_path))
    train, valid, test = graph.parts()
    assert (len(train), len(valid), len(test)) == (2, 0, 1)
    assert graph.counts["unseen_entities"] == 1  # d
    assert graph.entity_ids[int(test.tail[0])] == "d"


def test_numbers_written_as_floats_are_one_entity_in_both_columns_and_all_parts(tmp_path):
    facts = [f"{n}.0\tnext\t{(n + 1) % 3}.0" for n in range(3)]
    whole = tmp_path / "whole.tsv"
    whole.write_text("\n".join(facts) + "\n")
    assert load_graph(str(whole)).entity_ids.to_list() == [0, 1, 2]
    whole.write_text("\n".join([*facts, "a\tnext\t1.0"]) + "\n")
    graph = load_graph(str(whole))
    assert graph.entity_ids.to_list() == ["0.0", "1.0", "2.0", "a"]
    assert graph.triples.tail.tolist() == [1, 2, 0, 1]
    (tmp_path / "train.txt").write_text("\n".join(facts) + "\n")
    (tmp_path / "test.txt").write_text("2.0\tnext\ta\n")
    graph = load_graph(str(tmp_path))
    assert graph.entity_ids.to_list() == ["0.0", "1.0", "2.0", "a"]
    assert graph.triples.head.tolist() == [0, 1, 2, 2] and graph.given.tolist() == [0, 0, 0, 2]


def test_numbered_folders_have_head_tail_relation(tmp_path):
    frame = read_triple_folder(openke(tmp_path))
    assert frame.rows() == [("a", "likes", "b", 0), ("b", "likes", "a", 2)]


def test_a_numbered_triple_outside_its_lists_is_refused(tmp_path):
    with pytest.raises(InputError, match="train2id.txt line 2: tail '9' is not in entity2id.txt"):
        read_triple_folder(openke(tmp_path, train="0 9 0"))
    with pytest.raises(InputError, match="line 2: relation '3' is not in relation2id.txt"):
        read_triple_folder(openke(tmp_path, train="0 1 3"))


def test_a_number_of_two_names_is_refused(tmp_path):
    with pytest.raises(InputError, match="entity2id.txt gives the number 0 to 'a' and 'c'; keep"):
        read_triple_folder(openke(tmp_path, entities=("a 0", "b 1", "c 0")))
    with pytest.raises(InputError, match="the number 0 to 'a' and 'b'; keep"):  # The first.
        read_triple_folder(openke(tmp_path, entities=("a 0", "b 0", "c 1", "d 1")))


def test_numbered_files_have_as_many_lines_as_they_say(tmp_path):
    write(openke(tmp_path) / "train2id.txt", "2", "0 1 0")
    with pytest.raises(InputError, match="train2id.txt line 1 is '2' but 1 lines follow"):
        read_triple_folder(tmp_path)
    write(tmp_path / "train2id.txt", "1", "0 1")
    with pytest.raises(InputError, match="train2id.txt line 2 has 2 values; give 3"):
        read_triple_folder(tmp_path)


def test_a_folder_without_triples_lists_what_it_holds(tmp_path):
    write(tmp_path / "kg.txt", "a\tb\tc")
    with pytest.raises(InputError, match=r"without train.txt or train2id.txt \(it holds kg.txt\)"):
        load_graph(str(tmp_path))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a\tb"], "has 2 columns; give 3, head relation tail"),
        (["a\tis\tb", "a\t\tb"], "line 2 has no relation"),
        (["head\trelation\ttail", "a\tis\tb", "\tis\tb"], "line 3 has no head"),
        (["a\tis\tb", "a\tis\tb\tc"], "line 2 has 4 values"),
        (["head\trelation\ttail"], "holds a header and no triples; give one a line"),
        (["a\tis\tb", "a\tby\tnan"], "line 2 has 'nan' for the tail, as programs write"),
        (
            ["user\titem\ttime", "a\tb\t3"],
            "header .* put a first line head relation tail above it",
        ),
    ],
)
def test_bad_lines_are_named(tmp_path, lines, message):
    with pytest.raises(InputError, match=message):
        read_triples(write(tmp_path / "kg.tsv", *lines))


def test_a_missing_file_names_its_neighbors(tmp_path):
    write(tmp_path / "triples.tsv", "a\tb\tc")
    with pytest.raises(InputError, match="near it lie triples.tsv"):
        read_triples(tmp_path / "triple.tsv")


def test_links_have_two_columns(tmp_path):
    links = read_links(write(tmp_path / "links.tsv", "7\tdrink", "8\ttea"))
    assert links.rows() == [("7", "drink"), ("8", "tea")]
    with pytest.raises(InputError, match="has 3 columns; give 2, item entity"):
        read_links(write(tmp_path / "three.tsv", "7\tdrink\t1"))
    with pytest.raises(InputError, match="is a folder; give a file of links"):
        read_links(tmp_path)
    wide = tmp_path / "wide.tsv"
    wide.write_bytes("7\tdrink".encode("utf-16"))
    with pytest.raises(InputError, match="is UTF-16 text; save it as UTF-8, .* -f utf-16 -t"):
        read_links(wide)


def test_headers_of_atomic_files_are_headers(tmp_path):
    facts = ["\t".join(row) for row in ROWS]
    kg = write(tmp_path / "ml.kg", "head_id:token\trelation_id:token\ttail_id:token", *facts)
    assert read_triples(kg).rows() == ROWS
    links = write(tmp_path / "ml.link", "entity_id:token\titem_id:token", "drink\t7")
    assert read_links(links).rows() == [("7", "drink")]
    both = write(tmp_path / "both.tsv", "head_id\thead\trelation\ttail", "Q1\ta\tis\tb")
    assert read_triples(both).rows() == [("a", "is", "b")]
    with pytest.raises(InputError, match="holds a header and no links; give one a line"):
        read_links(write(tmp_path / "empty.link", "item_id:token\tentity_id:token"))
    with pytest.raises(InputError, match="line 3 has no entity"):
        read_links(write(tmp_path / "hole.link", "item,entity", "7,drink", "8,"))


def parquet(folder, name: str = "kg", /, **columns):
    pl.DataFrame(columns).write_parquet(folder / f"{name}.parquet")
    return folder / f"{name}.parquet"


def test_parquet_bears_names_in_any_order(tmp_path):
    head, relation, tail = (list(column) for column in zip(*ROWS, strict=True))
    named = parquet(tmp_path, Object=tail, weight=[1.0, 2.0], Subject=head, predicate=relation)
    assert read_triples(named).rows() == ROWS


DAY = datetime.date(2024, 1, 31)


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ([7, 12], ["7", "12"]),
        ([7.0, 12.0], ["7", "12"]),
        ([7.5, 12.0], ["7.5", "12.0"]),
        ([" 007", "12"], ["007", "12"]),
        ([True, False], ["true", "false"]),
        ([DAY, DAY], ["2024-01-31"] * 2),
        ([datetime.timedelta(microseconds=3)] * 2, ["3"] * 2),
        (pl.Series(["a", "b"], dtype=pl.Categorical), ["a", "b"]),
        (pl.Series([2**64 - 1, 1], dtype=pl.UInt64), [str(2**64 - 1), "1"]),
    ],
    ids=str,
)
def test_ids_of_any_type_become_text(tmp_path, cells, text):
    path = parquet(tmp_path, head=[1, 2], relation=["a", "b"], tail=cells)
    assert read_triples(path)["tail"].to_list() == text


def test_a_graph_and_its_links_are_the_same_from_parquet(tmp_path):
    columns = {"head": [7, 12, 7], "relation": ["is", "is", "has"], "tail": [3, 3, 12]}
    binary = load_graph(str(parquet(tmp_path, **columns)))
    lines = ["\t".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    plain = load_graph(str(write(tmp_path / "kg.tsv", *lines)))
    assert binary.entity_ids.to_list() == plain.entity_ids.to_list() == [3, 7, 12]
    assert binary.triples.numbers().tolist() == plain.triples.numbers().tolist()
    item_ids = pl.Series([100, 200, 300])
    for links in (
        parquet(tmp_path, "links", item=[300, 100], entity=[12.0, 7.0]),
        parquet(tmp_path, "turned", entity=[12, 7], weight=[1, 1], item=[300, 100]),
        parquet(tmp_path, "unnamed", film=["300", "100"], name=["12", "7"]),
        write(tmp_path / "links.tsv", "300\t12", "100\t7"),
    ):
        assert link(binary, item_ids, read_links(links)).entity.tolist() == [1, 3, 2]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": [1], "relation": [2], "tail": [3]}, "columns a, relation, tail; name those of the"),
        ({"head": [1, None], "relation": [2, 2], "tail": [3, 3]}, "row 2 has no head"),
        ({"head": [1, 1], "relation": ["is", " "], "tail": [3, 3]}, "row 2 has no relation"),
        ({"head": [1, 1], "relation": [2, 2], "tail": [float("nan"), 1]}, "row 1 has no tail"),
        ({"head": [1], "relation": [2], "tail": [[3]]}, "the tail column 'tail' holds List"),
        ({"head": [], "relation": [], "tail": []}, "holds no rows; give a table of triples"),
        ({"head": ["a"], "relation": ["is"], "tail": ["NaN"]}, "row 1 has 'NaN' for the tail"),
    ],
)
def test_bad_parquet_is_refused(tmp_path, columns, message):
    with pytest.raises(InputError, match=message):
        read_triples(parquet(tmp_path, **columns))


def test_bad_parquet_of_links_is_refused(tmp_path):
    with pytest.raises(InputError, match="row 2 has no entity"):
        read_links(parquet(tmp_path, item=[1, 2], entity=["a", None]))
    with pytest.raises(InputError, match="columns a, b, c; name those of the links item, entity"):
        read_links(parquet(tmp_path, a=[1], b=[2], c=[3]))
    (tmp_path / "kg.parquet").write_text("a,b")
    with pytest.raises(InputError, match="is no readable Parquet file"):
        read_links(tmp_path / "kg.parquet")


@pytest.mark.parametrize(
    ("read", "first", "named"),
    [
        (read_triples, "movie,rel,value", "the relation"),
        (read_triples, "item,relation,entity", "the relation"),
        (read_links, "movie,entity", "the entity"),
        (read_links, "item,freebase", "the item"),
    ],
)
def test_a_header_that_names_one_column_is_no_fact(tmp_path, read, first, named):
    rows = ["1,genre,Comedy", "2,genre,Drama"] if read is read_triples else ["1,m.1", "2,m.2"]
    with pytest.raises(InputError, match=rf"line 1 \(.*\) names {named} alone; write "):
        read(write(tmp_path / "facts.csv", first, *rows))


def test_a_word_of_headers_that_comes_again_is_a_fact_s(tmp_path):
    path = write(tmp_path / "facts.csv", "ann,relation,bob", "bob,relation,cid")
    assert read_triples(path).rows() == [("ann", "relation", "bob"), ("bob", "relation", "cid")]


def test_a_value_may_end_in_a_quoted_word(tmp_path):
    lines = ["head,relation,tail", '1,"wrote ""x""","The ""Best"""', '2,is,"""A"" team"']
    found = read_triples(write(tmp_path / "facts.csv", *lines))
    assert found.rows() == [("1", 'wrote "x"', 'The "Best"'), ("2", "is", '"A" team')]
