"""What is known of items: files and frames to a row an item."""

import datetime

import numpy as np
import polars as pl
import pytest

from jaxrec import Dataset, InputError
from jaxrec.data import fit_item_features, kinds_of, read_features

DATA = Dataset.from_frame({"user": ["ann", "bob", "ann"], "item": ["tea", "ale", "rum"]})
"""Items in the order ale, rum, tea."""
TEXT = """item_id,price,made,kind,vector
tea,2.5,2024-01-03,"hot|green","[0.5, -1]"
gin,9,2024-01-04,cold,"[1, 1]"
ale,NA,2024-01-01,cold,"[0, 2e-1]"
"""


def test_a_text_has_numbers_days_words_and_vectors_and_gaps(tmp_path):
    (tmp_path / "items.csv").write_text(TEXT)
    read = read_features(tmp_path / "items.csv", DATA)
    assert read.frame["price"].to_list() == [None, None, 2.5]
    day = (datetime.date(2024, 1, 1) - datetime.date(1970, 1, 1)).days
    assert read.frame["made"].to_list() == [day, None, day + 2]
    assert read.frame["kind"].to_list() == ["cold", None, "hot|green"]
    assert read.frame["vector"].to_list() == [[0, 0.2], None, [0.5, -1]]
    assert read.counts == {"rows_read": 3, "unknown": 1, "without_row": 1}


@pytest.mark.parametrize("form", ["parquet", "jsonl", "frame", "pandas"])
def test_every_form_says_the_same(form, tmp_path):
    table = pl.DataFrame({"item": ["tea", "ale"], "vector": [[0.5, 1.0], [0.0, 2.0]], "n": [3, 4]})
    path = tmp_path / f"items.{form}"
    write = {"parquet": table.write_parquet, "jsonl": table.write_ndjson}
    if form in write:
        write[form](path)
    elif form == "pandas":
        pytest.importorskip("pandas")
        path = table.to_pandas()
    read = read_features(table if form == "frame" else path, DATA).frame
    assert read["n"].to_list() == [4, None, 3]
    assert [None if row is None else list(row) for row in read["vector"]] == [
        [0, 2],
        None,
        [0.5, 1],
    ]


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "parquet", "frame", "pandas", "gaps"])
def test_ids_are_categories_and_truths_numbers_in_every_form(form, tmp_path):
    pytest.importorskip("pandas")
    table = pl.DataFrame({"item": ["tea", "ale"], "brand_id": [900, 17], "sold": [True, False]})
    if form == "gaps":  # Whole numbers with a gap are floats in pandas.
        table = pl.concat([table, pl.DataFrame({"item": ["rum"]})], how="diagonal").to_pandas()
        assert table["brand_id"].dtype == float
    path = tmp_path / f"items.{form}"
    write = {"parquet": table.write_parquet, "jsonl": table.write_ndjson} if form != "gaps" else {}
    if form in write:
        write[form](path)
    elif form in ("csv", "tsv"):
        table.write_csv(path, separator="," if form == "csv" else "\t")
    else:
        path = table.to_pandas() if form == "pandas" else table
    read = read_features(path, DATA).frame
    assert kinds_of(read) == {"brand_id": "category", "sold": "number"}
    assert read["brand_id"].to_list() == [17, None, 900]
    assert read["sold"].cast(float).to_list() == [0, None, 1]


def test_numbers_of_a_column_of_ids_that_are_not_whole_stay(tmp_path):
    (tmp_path / "items.csv").write_text("item,paid,grid\ntea,2.5,1e30\nale,3,2\nrum,4,3\n")
    read = read_features(tmp_path / "items.csv", DATA).frame
    assert read["paid"].to_list() == [3, 4, 2.5] and read["grid"].to_list() == [2, 3, 1e30]


def test_lists_of_python_in_a_frame_are_vectors_and_words():
    pd = pytest.importorskip("pandas")
    columns = {
        "v": [[1.0, 2.0], [3.0, 4.0]],
        "array": [np.zeros(2), np.ones(2)],
        "w": [["x"], None],
    }
    for table in (
        {"item": ["tea", "ale"]} | columns,
        pd.DataFrame({"item": ["tea", "ale"]} | columns),
    ):
        read = read_features(table, DATA).frame
        assert kinds_of(read) == {"v": "dense", "array": "dense", "w": "category"}
        assert read["v"].to_list() == [[3, 4], None, [1, 2]]


def test_an_infinite_number_of_a_file_is_refused_by_its_row(tmp_path):
    (tmp_path / "items.csv").write_text("item,price\ntea,2\nale,-inf\nrum,1\n")
    read = read_features(tmp_path / "items.csv", DATA).frame
    with pytest.raises(InputError, match="column 'price' row 0 is infinite"):
        fit_item_features(read, np.ones(3, bool))


def test_dates_of_a_frame_are_days():
    made = [datetime.date(1970, 1, 3), None]
    at = [datetime.datetime(1970, 1, 1, 12), datetime.datetime(1970, 1, 2)]
    table = pl.DataFrame({"item": ["tea", "rum"], "made": made, "at": at})
    found = read_features(table, DATA).frame
    assert found["made"].to_list() == [None, None, 2] and found["at"].to_list() == [None, 1, 0.5]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"thing": ["tea"], "n": [1]}, "no column of ids, called item; it has thing, n"),
        ({"item": ["tea"], "item_id": ["tea"], "n": [1]}, "several columns of ids"),
        ({"item": ["tea", "tea"], "n": [1, 2]}, "two rows of item 'tea'; keep one"),
        ({"item": ["gin"], "n": [1]}, "none of 1 ids of frame, 'gin', ..., is one of frame, 'ale'"),
        ({"item": ["tea"]}, "has ids and nothing that is known of them"),
        ({"item": ["tea"], "v": ["[1, ]"]}, "vectors that are no JSON, such as '\\[1, \\]'"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(table, said):
    with pytest.raises(InputError, match=said):
        read_features(table, DATA)


def test_files_that_are_none_are_refused(tmp_path):
    (tmp_path / "items.jsonl").write_text('{"item": 1}\n[')
    for path, said in (("items.jsonl", "no table of JSON lines"), (".", "is a folder")):
        with pytest.raises(InputError, match=said):
            read_features(tmp_path / path, DATA)


def test_features_are_fitted_on_items_of_training_and_say_what_is_missing():
    frame = pl.DataFrame(
        {
            "price": [1.0, 3.0, None, 11.0],
            "kind": ["cold|wet", "cold", None, "new"],
            "vector": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], None],
            "late": [None, None, None, 7.0],
        }
    )
    found = fit_item_features(frame, np.array([True, True, True, False]))
    assert kinds_of(found.frame) == {"price": "number", "kind": "category", "vector": "dense"}
    half = 1 / np.sqrt(2)
    expected = [  # price less 2 over 1, cold, wet, the vector; then what is known.
        [-1, half, half, 1, 2, 1, 1, 1],
        [1, 1, 0, 3, 4, 1, 1, 1],
        [0, 0, 0, 5, 6, 0, 0, 1],
        [9, 0, 0, 0, 0, 1, 0, 0],
    ]
    np.testing.assert_allclose(found.matrix(), expected, rtol=1e-6)
    assert found.encoded().missing() == {"price": 1, "kind": 2, "vector": 1}


def test_a_word_that_returns_is_a_category_and_one_that_does_not_text():
    frame = pl.DataFrame({"shop": ["a", "a", "b", "b"], "title": ["red tea", "ale", "x", "y"]})
    assert kinds_of(frame) == {"shop": "category", "title": "text"}
    assert kinds_of(pl.DataFrame({"brand_id": [1], "year": [2]})) == {
        "brand_id": "category",
        "year": "number",
    }


def test_lists_of_whole_numbers_are_vectors_where_they_have_one_width():
    frame = pl.DataFrame({"brands": [[3], [3, 5], None], "pixels": [[3, 0], [1, 5], None]})
    assert kinds_of(frame) == {"brands": "category", "pixels": "dense"}


def test_columns_that_make_no_features_are_refused():
    with pytest.raises(InputError, match="nothing is known of any item of training: n are empty"):
        fit_item_features(pl.DataFrame({"n": [None, 1.0]}), np.array([True, False]))
    with pytest.raises(InputError, match="column 'n' holds Struct"):
        fit_item_features(pl.DataFrame({"n": [{"a": 1}]}), np.array([True]))
