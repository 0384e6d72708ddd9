"""Data sets in folders: what is read is what was written."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given

from jaxrec.base import InputError
from jaxrec.data import (
    Dataset,
    Relation,
    load,
    read_dataset,
    read_relation,
    renumbered,
    side_about,
    side_frames,
    with_side,
    write_dataset,
)
from tests.same import differences
from tests.strategies import datasets

SHOP = Dataset.from_frame(
    {
        "user": ["bob", "ann", "ann", "bob"],
        "item": [9, 7, 9, 7],
        "rating": [5, 0.1, 4, 1],
        "time": [1.7e9, 1.6e9, 1.6e9, 1.8e9],
        "title": ["Ale", "Tea", "Ale", "Tea"],
    },
    min_rating=0.5,
    name="shop",
)
BRAND = Relation(
    "item", "brand", np.int32([1, 0]), np.int32([0, 0]), 2, 2, weight=np.float32([0.1, 2])
)


def shop():
    data = SHOP.with_relation("item_brand", BRAND, {"brand": pl.Series(["Zola", "Never"])})
    data = data.with_relation(
        "trust", *read_relation({"a": ["ann"], "b": ["bob"]}, data, directed=True)
    )
    return data.with_features("item", pl.DataFrame({"price": [None, 0.1]}))


@given(datasets())
def test_a_data_set_is_read_as_it_was_written(tmp_path_factory, dataset):
    folder = tmp_path_factory.mktemp("data") / "it"
    write_dataset(folder, dataset)
    assert differences(read_dataset(folder), dataset) == []


def test_files_speak_the_callers_words(tmp_path):
    write_dataset(tmp_path / "shop", shop())
    read = lambda name: pl.read_parquet(tmp_path / "shop" / f"{name}.parquet").rows(named=True)
    assert read("interactions") == [
        {"user": "bob", "item": 9, "rating": 5.0, "time": 1_700_000_000},
        {"user": "ann", "item": 9, "rating": 4.0, "time": 1_600_000_000},
        {"user": "bob", "item": 7, "rating": 1.0, "time": 1_800_000_000},
    ]
    assert read("low_rated") == [{"user": "ann", "item": 7}]
    assert read("relations/trust") == [{"source": "ann", "target": "bob"}]
    assert read("relations/item_brand") == [
        {"source": 9, "target": "Zola", "weight": np.float32(0.1)},
        {"source": 7, "target": "Zola", "weight": 2.0},
    ]
    assert read("entities/brand") == [{"brand": "Zola"}, {"brand": "Never"}]
    assert read("features/item") == [{"item": 7, "price": None}, {"item": 9, "price": 0.1}]
    assert read("items") == [{"item": 7, "title": "Tea"}, {"item": 9, "title": "Ale"}]
    about = json.loads((tmp_path / "shop" / "dataset.json").read_text())
    assert (
        about["relations"]["trust"]["directed"] and about["relations"]["trust"]["origin"] == "frame"
    )
    assert about["counts"] == {
        "rows_read": 4, "below_min_rating": 1, "duplicate_rows": 0, "repeated_pairs": 0,
    }  # fmt: skip


def test_what_was_read_is_kept(tmp_path):
    write_dataset(tmp_path / "shop", shop())
    again = read_dataset(tmp_path / "shop")
    assert again.reading == SHOP.reading and again.reading.remarks == ("times: in seconds",)


def test_a_folder_of_another_form_stores_relations_beside_rows_of_its_own(tmp_path):
    data = renumbered(shop(), np.array([1, 0]), np.array([1, 0]))
    for name, frame in side_frames(data).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        frame.write_parquet(tmp_path / f"{name}.parquet")
    about = json.loads(json.dumps(side_about(data)))
    bare = renumbered(SHOP, np.array([1, 0]), np.array([1, 0]))
    again = with_side(bare, about, lambda name: pl.read_parquet(tmp_path / f"{name}.parquet"))
    assert differences(again, data) == []


def test_a_known_data_set_is_stored_with_its_relations(data_dir, tmp_path):
    data = load("lastfm-social", data_dir=str(data_dir))
    write_dataset(tmp_path / "lastfm", data)
    assert differences(read_dataset(tmp_path / "lastfm"), data) == []


def test_a_folder_that_holds_something_is_not_written_to(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="is no empty folder; choose another place"):
        write_dataset(tmp_path, SHOP)
    with pytest.raises(InputError, match="is no empty folder"):
        write_dataset(tmp_path / "mine.txt", SHOP)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("dataset.json", lambda path: path.unlink()),
        ("dataset.json", lambda path: path.write_text("{")),
        ("dataset.json", lambda path: path.write_text('{"format": 9}')),
        ("users.parquet", lambda path: path.unlink()),
        ("interactions.parquet", lambda path: path.write_bytes(b"PAR1")),
        ("relations/trust.parquet", lambda path: path.unlink()),
        (
            "relations/trust.parquet",
            lambda path: pl.DataFrame({"source": ["ann"], "target": ["eve"]}).write_parquet(path),
        ),
        (
            "features/item.parquet",
            lambda path: pl.DataFrame({"item": [9, 7], "price": [1, 2]}).write_parquet(path),
        ),
    ],
)
def test_a_broken_folder_is_refused_in_one_line(tmp_path, file, change):
    write_dataset(tmp_path / "shop", shop())
    change(tmp_path / "shop" / file)
    with pytest.raises(InputError, match=r"shop holds no whole data set \(.*\); write it again"):
        read_dataset(tmp_path / "shop")
