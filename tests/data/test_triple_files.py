"""Triples and links from files, and what is wrong with them."""

import pytest

from jaxrec.base import InputError
from jaxrec.data import load_graph, read_links, read_triple_folder, read_triples

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


def test_numbered_folders_have_head_tail_relation(tmp_path):
    frame = read_triple_folder(openke(tmp_path))
    assert frame.rows() == [("a", "likes", "b", 0), ("b", "likes", "a", 2)]


def test_a_numbered_triple_outside_its_lists_is_refused(tmp_path):
    with pytest.raises(InputError, match="train2id.txt line 2: tail '9' is not in entity2id.txt"):
        read_triple_folder(openke(tmp_path, train="0 9 0"))
    with pytest.raises(InputError, match="line 2: relation '3' is not in relation2id.txt"):
        read_triple_folder(openke(tmp_path, train="0 1 3"))


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
        (["a\tb"], "has 2 columns; give three"),
        (["a\tis\tb", "a\t\tb"], "line 2 has no relation"),
        (["head\trelation\ttail", "a\tis\tb", "\tis\tb"], "line 3 has no head"),
        (["a\tis\tb", "a\tis\tb\tc"], "line 2 has 4 values"),
        (["head\trelation\ttail"], "holds a header and no triples; give one a line"),
    ],
)
def test_bad_lines_are_named(tmp_path, lines, message):
    with pytest.raises(InputError, match=message):
        read_triples(write(tmp_path / "kg.tsv", *lines))


def test_a_missing_file_names_its_neighbours(tmp_path):
    write(tmp_path / "triples.tsv", "a\tb\tc")
    with pytest.raises(InputError, match="near it lie triples.tsv"):
        read_triples(tmp_path / "triple.tsv")


def test_links_have_two_columns(tmp_path):
    links = read_links(write(tmp_path / "links.tsv", "7\tdrink", "8\ttea"))
    assert links.rows() == [("7", "drink"), ("8", "tea")]
    with pytest.raises(InputError, match="has 3 columns; give two"):
        read_links(write(tmp_path / "three.tsv", "7\tdrink\t1"))
