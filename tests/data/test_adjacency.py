import time

import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import read_adjacency, read_split_folder


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_lists_become_pairs_in_order(tmp_path):
    write(tmp_path, train="5 1 2\r\n7\n\n6 2  9 \n")
    frame = read_adjacency(tmp_path / "train.txt")
    assert frame.rows() == [(5, 1), (5, 2), (6, 2), (6, 9)] and frame.dtypes == [pl.Int64] * 2


def test_ids_may_be_words(tmp_path):
    write(tmp_path, train="ann 1 x\nΩ 2\n")
    frame = read_adjacency(tmp_path / "train.txt")
    assert frame.rows() == [("ann", "1"), ("ann", "x"), ("Ω", "2")]


def test_parts_are_numbered(tmp_path):
    write(tmp_path, train="0 1 2\n1 1 3 4 5\n", valid="0 3\n", test="1 2\n")
    frame = read_split_folder(tmp_path)
    assert frame.filter(pl.col("split") > 0).rows() == [(0, 3, 1), (1, 2, 2)]
    assert frame["split"].to_list() == [0, 0, 0, 0, 0, 0, 1, 2]


def test_ids_of_all_parts_have_one_type(tmp_path):
    frame = read_split_folder(write(tmp_path, train="0 1 2\n1 3\n", test="0 new\n"))
    assert frame["item"].to_list() == ["1", "2", "3", "new"] and frame["user"].dtype == pl.Int64


@pytest.mark.parametrize("separator", ["\t", ",", " "])
def test_a_folder_may_hold_tables(tmp_path, separator):
    rows = [["0", "10", "4"], ["0", "11", "5"], ["1", "10", "3"]]
    text = "\n".join(separator.join(row) for row in rows)
    frame = read_split_folder(write(tmp_path, train=text, test=text), header=False)
    assert frame.head(3).rows() == [(0, 10, 4.0, 0), (0, 11, 5.0, 0), (1, 10, 3.0, 0)]


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"ratings": "1 2\n"}, ["without train.txt", "ratings.txt", "give one file"]),
        ({}, ["without train.txt", "nothing"]),
        ({"train": "0 1 2\n"}, ["without test.txt"]),
        ({"train": "0 1 2\n1 2\n", "test": ""}, ["test.txt is empty"]),
        ({"train": "0 1 2\n1 2\n", "test": "0\n1\n"}, ["test.txt lists no items", "user item"]),
        ({"train": "0 1 2\n1,2,3\n", "test": "0 1\n"}, ["line 2", "commas"]),
        ({"train": b"0 1 2\n1 \xff 3\n", "test": "0 1\n"}, ["line 2", "UTF-8"]),
        ({"train": "user\titem\n0\t1\n", "test": "user\titem\tstars\n0\t1\t2\n"}, ["different"]),
    ],
)
def test_bad_folders_are_refused_in_one_line(tmp_path, files, named):
    with pytest.raises(InputError) as error:
        read_split_folder(write(tmp_path, **files))
    assert all(word in str(error.value) for word in named), error.value
    assert "\n" not in str(error.value)


def test_gowalla_is_read_whole_and_fast(data_dir):
    start = time.process_time()
    frame = read_split_folder(data_dir / "gowalla")
    seconds = time.process_time() - start
    sizes = frame.group_by("split").len().sort("split").rows()
    assert sizes == [(0, 810_128), (2, 217_242)]
    assert (frame["user"].n_unique(), frame["item"].n_unique()) == (29_858, 40_981)
    assert seconds < 10  # Of the processor; about one.
