"""A table in memory and the file of it make one data set.

A long file: mostly tables of frames that are read, and of those that are refused.
"""

import datetime
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import Columns, Dataset, load
from tests.same import differences

NOON = datetime.datetime(2024, 1, 31, 12, tzinfo=datetime.UTC)
TABLE = {
    "customer": ["b", "a", "a", "a", "a", "b", "c"],
    "sku": [10, 10, 10, 10, 9, 9, 10],
    "rating": [5.0, 4.0, 4.0, 3.5, 5.0, 1.0, 2.0],
    "timestamp": [1700000000 + second for second in (30, 20, 20, 10, 40, 50, 60)],
    "title": ["Tea", "Tea", "Tea", "Tea", None, None, "Tea"],
    "color": ["red"] * 7,
}
KINDS = {
    "polars": pl.DataFrame,
    "polars, lazy": pl.LazyFrame,
    "pandas": pd.DataFrame,
    "pandas of objects": lambda table: pd.DataFrame(table, dtype=object),
    "pandas of its own types": lambda table: pd.DataFrame(table).convert_dtypes(),
    "pandas of categories": lambda table: pd.DataFrame(table).astype({"customer": "category"}),
    "Arrow": pa.table,
    "Arrow, batch": lambda table: pa.table(table).to_batches()[0],
    "lists": dict,
    "arrays": lambda table: {name: np.array(cells) for name, cells in table.items()},
    "arrays of objects": lambda table: {n: np.array(c, object) for n, c in table.items()},
    "series": lambda table: {name: pd.Series(cells) for name, cells in table.items()},
    "Arrow arrays": lambda table: {name: pa.array(cells) for name, cells in table.items()},
}


def from_csv(folder, table, columns=None, **options):
    pl.DataFrame(table).write_csv(folder / "table.csv")
    return load(str(folder / "table.csv"), columns=columns or Columns(), **options)


def alike(frame, file):
    """Where they differ, but for their names and for the words on how times were written."""
    assert frame.reading is not None and file.reading is not None
    written = [
        tuple("times" if line.startswith("times:") else line for line in each.reading.remarks)
        for each in (frame, file)
    ]
    readings = [
        replace(each.reading, remarks=remarks)
        for each, remarks in zip((frame, file), written, strict=True)
    ]
    return differences(
        replace(frame, name="", reading=readings[0]), replace(file, name="", reading=readings[1])
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "options",
    [{}, {"repeats": "keep"}, {"min_rating": 3.0}, {"k_core": 2}],
    ids=lambda options: " ".join(map(str, options)) or "as it is",
)
def test_every_kind_of_table_gives_what_its_file_gives(tmp_path, kind, options):
    frame = Dataset.from_frame(KINDS[kind](TABLE), **options)
    assert alike(frame, from_csv(tmp_path, TABLE, **options)) == []


def test_the_data_set_holds_these_values():
    dataset = Dataset.from_frame(TABLE, name="drinks", min_rating=2.5)
    met = dataset.interactions
    assert dataset.user_ids.to_list() == ["a", "b"] and dataset.item_ids.to_list() == [9, 10]
    assert met.user.tolist() == [1, 0, 0] and met.item.tolist() == [1, 1, 0]
    assert met.rating.tolist() == [5, 3.5, 5] and met.rating.dtype == np.float32
    assert met.time.tolist() == [1700000030, 1700000010, 1700000040]
    assert dataset.titles.to_list() == ["9", "Tea"] and dataset.name == "drinks"
    low = dataset.low_rated
    assert (low.user.tolist(), low.item.tolist()) == ([1], [0])
    assert dataset.counts == {
        "rows_read": 7, "below_min_rating": 2, "duplicate_rows": 1, "repeated_pairs": 1,
    }  # fmt: skip
    assert dataset.reading.ignored == ("color",)
    assert dataset.reading.columns == {
        "user": "customer", "item": "sku", "rating": "rating", "time": "timestamp",
        "title": "title",
    }  # fmt: skip


def test_columns_are_named_by_keyword_and_empty_words_read_none():
    table = {"who": [1, 2], "what": [3, 4], "rating": [0, 1], "when": [NOON, NOON]}
    dataset = Dataset.from_frame(table, "who", "what", rating="", time="when")
    assert dataset.interactions.rating is None
    assert dataset.interactions.time.tolist() == [NOON.timestamp()] * 2
    numbered = pd.DataFrame([[1, 2], [3, 4]])
    assert Dataset.from_frame(numbered, "0", "1").item_ids.to_list() == [2, 4]
    assert Dataset.from_frame(numbered, 0, 1).user_ids.to_list() == [1, 3]


def test_named_levels_of_a_pandas_index_are_columns():
    plays = pd.DataFrame({"user": [1, 1, 2], "item": [3, 3, 4], "n": 1}).groupby(["user", "item"])
    dataset = Dataset.from_frame(plays.sum(), rating="n")
    assert dataset.user_ids.to_list() == [1, 2] and dataset.item_ids.to_list() == [3, 4]
    assert dataset.interactions.rating.tolist() == [2, 1]


def test_pandas_needs_no_pyarrow(monkeypatch):
    frame = pd.DataFrame({"user": ["x", "y"], "item": [1, 2], "rating": [3, 4]}).convert_dtypes()
    frame["time"] = pd.to_datetime(["2024-01-31 12:00+01:00", "2024-01-31 13:00+01:00"])
    frame["film_title"] = pd.Series(["tea", None], dtype="category")
    whole = Dataset.from_frame(frame)

    def refuse(column):
        raise ModuleNotFoundError("No module named 'pyarrow'")

    monkeypatch.setattr(pl, "from_pandas", refuse)
    assert alike(Dataset.from_frame(frame), whole) == []
    assert whole.titles.to_list() == ["tea", "2"] and whole.user_ids.to_list() == ["x", "y"]


def test_a_column_that_no_role_reads_may_hold_anything():
    odd = [object(), [1, 2], {"a": 1}, b"\xff", 1j]
    table = {"user": [1, 2, 3, 4, 5], "item": [1, 2, 3, 4, 5], "other": odd, "film_title": odd}
    dataset = Dataset.from_frame(table, title="")
    assert dataset.reading.ignored == ("other", "film_title")
    assert Dataset.from_frame(pd.DataFrame(table), title="").reading.ignored == (
        "other",
        "film_title",
    )


@pytest.mark.parametrize(
    ("table", "options", "named"),
    [
        ([1, 2], {}, ["of type list", "pandas or polars DataFrame"]),
        (pd.Series([1, 2]), {}, ["of type Series"]),
        ("x.csv", {}, ["of type str"]),
        ({}, {}, ["frame holds no rows"]),
        ({"user": [], "item": []}, {}, ["frame holds no rows"]),
        ({"user": "abc", "item": [1]}, {}, ["'user' is of type str", "an array, a list"]),
        ({"user": 7, "item": [1]}, {}, ["'user' is of type int"]),
        ({"user": [1, 2], "item": [1, 2, 3]}, {}, ["'item' has 3 values but 'user' has 2"]),
        (pd.DataFrame([[1, 2]], columns=["user", "user"]), {}, ["two columns called 'user'"]),
        (
            pa.Table.from_arrays([pa.array([1])] * 2, names=["user", "user"]),
            {},
            ["cannot be read", "user"],
        ),
        ({"who": [1], "what": [2]}, {}, ["columns are who, what", "with user=, item=, ..."]),
        ({"user": [1], "item": [2]}, {"user": "u"}, ["no column 'u' for the user"]),
        ({"user": [[1], [2]], "item": [1, 2]}, {}, ["user column 'user' holds", "per row"]),
        ({"user": np.ones((2, 2)), "item": [1, 2]}, {}, ["user column 'user' holds"]),
        ({"user": [b"x", b"y"], "item": [1, 2]}, {}, ["user column 'user' holds"]),
        ({"user": ["\ud800", "y"], "item": [1, 2]}, {}, ["'user' holds half of a UTF-16"]),
        (
            {"user": [1, 2], "item": [1, 2], "rating": ["good", "bad"]},
            {},
            ["frame row 0 (the first is 0): rating 'good'", "with rating= ('' reads none)"],
        ),
        (
            {"user": [1, 2], "item": [1, 2], "time": [NOON, NOON.replace(tzinfo=None)]},
            {},
            ["frame row 0 (the first is 0): time '2024-01-31 12:00:00", "with time= ("],
        ),
        (
            {"user": [1, 2], "item": [1, 2], "rating": [0, 5]},
            {},
            ["1 of 2 ratings of frame", "count with min_rating, 0 for all", "rating='' reads"],
        ),
        (
            {"user": [1, 2], "item": [1, 2]},
            {"min_rating": 3.0},
            ["min_rating=3.0 but frame has no ratings", "name their column with rating="],
        ),
        ({"user": [1, 1], "item": [1, 2]}, {}, ["frame has a single user, 1"]),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(table, options, named):
    with pytest.raises(InputError) as error:
        Dataset.from_frame(table, **options)
    message = str(error.value)
    assert all(word in message for word in named), message
    assert "--" not in message and "\n" not in message


GOOD = st.sampled_from(["a", "b", "Zürich", "a b", "007", "1.0", "12", "7", " 3", "1e3"])
WRITTEN = st.sampled_from(
    [GOOD, st.integers(-3, 12).map(str), st.integers(0, 3).map("{}.0".format)]
)


@given(st.data())
def test_text_of_any_content_is_read_as_in_its_file(tmp_path_factory, data):
    n_rows = data.draw(st.integers(3, 9))
    cells = {
        "user": WRITTEN,
        "item": WRITTEN,
        "rating": st.sampled_from([st.sampled_from(["1", "2.5", "0"]), st.sampled_from(["true"])]),
        "time": st.sampled_from(
            [
                st.integers(1_600_000_000, 1_600_000_003).map(str),
                st.sampled_from(["2024-01-31", "2024-01-31T12:00:00.25"]),
            ]
        ),
    }
    columns = {
        name: data.draw(st.lists(data.draw(kind), min_size=n_rows, max_size=n_rows))
        for name, kind in cells.items()
    }

    def read(kind):
        try:
            if kind == "file":
                return from_csv(tmp_path_factory.mktemp("csv"), columns, min_rating=0.0)
            return Dataset.from_frame(KINDS[kind](columns), min_rating=0.0)
        except InputError:
            return None

    file = read("file")
    for kind in ("lists", "pandas", "polars", "Arrow"):
        frame = read(kind)
        assert frame is file is None or alike(frame, file) == []


def test_neither_pandas_nor_pyarrow_is_imported(tmp_path):
    code = (
        "import sys\n"
        "from jaxrec.data import Dataset\n"
        "Dataset.from_frame({'user': [1, 'b'], 'item': [3, 4]})\n"
        "assert not {'pandas', 'pyarrow'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
