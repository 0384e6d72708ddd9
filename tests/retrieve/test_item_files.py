"""Items and vectors on disk."""

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.ops import ImportanceNeighbors
from jaxrec.retrieve import item_files, read_vectors, write_items

TABLE = ImportanceNeighbors(
    np.array([[1, 2], [0, 0]], np.int32), np.array([[0.5, 0.5], [1, 0]], np.float32)
)
FEATURE = np.array([[1, 2, 3], [4, 5, 6]], np.float32)


def test_items_are_read_as_they_were_written(tmp_path):
    write_items(tmp_path / "a.parquet", FEATURE, TABLE, np.array([-7, 2**40]))
    found = item_files.arrays(pl.read_parquet(tmp_path / "a.parquet"), item_files.ITEM)
    expected = np.array([-7, 2**40]), FEATURE, *TABLE
    for array, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(array, other)
    write_items(tmp_path / "a.parquet", FEATURE, TABLE)
    assert pl.read_parquet(tmp_path / "a.parquet")["item"].to_list() == [0, 1]


def test_lists_that_others_wrote_are_read_where_they_have_one_length():
    frame = pl.DataFrame({"item": [3, 4], "vector": [[1.0, 2.0], [3.0, 4.0]]})
    item, vector = item_files.arrays(frame, item_files.VECTOR)
    assert item.tolist() == [3, 4] and vector.tolist() == [[1, 2], [3, 4]]
    ragged = frame.with_columns(vector=pl.Series([[1.0], [3.0, 4.0]]))
    with pytest.raises(InputError, match=r"lists of 'vector' have lengths \[1, 2\]; fill them up"):
        item_files.arrays(ragged, item_files.VECTOR)
    for hole in ([[1.0, None], [3.0, 4.0]], [None, [3.0, 4.0]]):
        with pytest.raises(InputError, match="'vector'"):
            item_files.arrays(frame.with_columns(vector=pl.Series(hole)), item_files.VECTOR)
    with pytest.raises(InputError, match="no column 'item'; the file has id, vector"):
        item_files.arrays(frame.rename({"item": "id"}), item_files.VECTOR)


def test_vectors_of_several_files_come_by_ascending_id(tmp_path):
    for name, ids in {"a": [5, 1], "b": [3]}.items():
        rows = np.array(ids, np.float32)[:, None] * [1, 10]
        item_files.write(str(tmp_path / f"{name}.parquet"), item_files.VECTOR, ids, rows)
    item, vector = read_vectors(tmp_path)
    assert item.tolist() == [1, 3, 5] and vector.tolist() == [[1, 10], [3, 30], [5, 50]]
    with pytest.raises(InputError, match="holds no Parquet files"):
        read_vectors(tmp_path / "none")


def test_a_set_that_lacks_files_or_has_a_torn_one_is_refused(tmp_path):
    rows = np.ones((1, 2), np.float32)
    for n in range(3):
        path = tmp_path / f"vectors-{n:05d}-of-00003.parquet"
        item_files.write(str(path), item_files.VECTOR, [n], rows)
    assert read_vectors(tmp_path)[0].tolist() == [0, 1, 2]
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match=r"vectors-00002-of-00003.parquet is no readable Parquet"):
        read_vectors(tmp_path)
    path.unlink()
    with pytest.raises(InputError, match="has 2 files of 3 that write_vectors made"):
        read_vectors(tmp_path)


def test_columns_of_several_lengths_are_refused(tmp_path):
    table = ImportanceNeighbors(np.zeros((3, 2), int), np.zeros((3, 2), np.float32))
    with pytest.raises(InputError, match=r"columns have \[3, 4\] rows; give each item one in all"):
        write_items(tmp_path / "items.parquet", np.zeros((4, 2), np.float32), table)
    assert not list(tmp_path.iterdir())
