"""What inspect and train say of how the data were read."""

import dataclasses
import io
import json

import numpy as np
import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.data import Columns, Dataset, block_model, load
from jaxrec.runs.load import load_split
from jaxrec.runs.model_options import options_of
from jaxrec.runs.read import load_dataset
from jaxrec.runs.reading_report import reading_lines
from jaxrec.runs.split_report import split_line

ROWS = [
    (user, f"n{user}", item, f"title {item}", int(user != item), 1_700_000_000 + 60 * (user + item))
    for user in range(12)
    for item in range(12)
]
TOLD = [
    "columns: user=user_id, item=item_id, rating=label, time=timestamp, title=item_name; "
    "ignored: name",
    "ratings: 0 to 1; 12 are 0, 0 negative",
    "time: 2023-11-14 22:13:20 to 2023-11-14 22:35:20 UTC",
    "times: in seconds",
    "144 rows read, dropped: 12 labels of 0, shown and not taken",
]
TWO_READ = (
    "columns: user=client, item=sku, rating=stars, time=bought, title=label; "
    "ignored: user, item, rating, time, title"
)


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.csv"
    lines = [",".join(map(str, row)) for row in ROWS]
    path.write_text("\n".join(["user_id,name,item_id,item_name,label,timestamp", *lines]))
    return path


def test_inspect_says_which_columns_were_read_and_what_they_hold(labels, capfd):
    assert main(["inspect", str(labels), "--no-forecast"]) == 0
    text = capfd.readouterr().out
    for line in [*TOLD, "docs/data.md"]:
        assert line in text


def test_a_column_that_may_say_no_is_pointed_at_where_no_rating_is_read(tmp_path):
    path = tmp_path / "shown.csv"
    path.write_text(
        "user,item,is_click,place\n" + "".join(f"u{n},i{n},{n % 2},1\n" for n in range(4))
    )
    unread = reading_lines(load(str(path)))
    assert [line for line in unread if "is_click is not read" in line and "--rating-column" in line]
    columns = dataclasses.replace(Columns(), rating="is_click")
    assert not any(
        "is not read" in line for line in reading_lines(load(str(path), columns=columns))
    )


def test_train_says_so_and_keeps_it_beside_the_metrics(labels, tmp_path, capfd):
    words = ["--model", "item_knn", "--k", "2", "--select", "recall@2", "--split", "latest"]
    assert main(["train", "--data", str(labels), *words, "--out", str(tmp_path / "run")]) == 0
    said = capfd.readouterr().err.splitlines()
    assert [line for line in said if line in TOLD] == TOLD
    assert not any("at equal times" in line for line in said)
    split = "split: each user's latest 20 %, by time"
    assert said.index(split) == len(TOLD)
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["data"]["reading"] == [
        *TOLD,
        split,
    ]


def test_train_counts_users_whose_list_is_cut_between_equal_times(labels, tmp_path, capfd):
    text = labels.read_text()
    for user, item in ((3, 10), (5, 10)):  # At the time of their last item.
        row = ROWS[12 * user + item]
        text = text.replace(",".join(map(str, row)), ",".join(map(str, (*row[:5], row[5] + 60))))
    labels.write_text(text)
    words = ["--model", "item_knn", "--k", "2", "--select", "recall@2", "--split", "leave_one_out"]
    assert main(["train", "--data", str(labels), *words, "--out", str(tmp_path / "run")]) == 0
    assert "2 users have their first test item and their last one before it at equal times" in (
        capfd.readouterr().err
    )


def test_times_that_are_no_dates_are_told_as_numbers(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("user,item,time\n1,2,3\n3,4,50000\n")
    lines = reading_lines(load(str(path)))
    assert lines[1:] == [
        "time: 3 to 50,000", "times: too small for dates", "2 rows read, dropped: none"
    ]  # fmt: skip


def test_the_columns_that_options_name_are_read(tmp_path, capfd):
    """Each of two that would do: none is taken by its own name."""
    path = tmp_path / "two.csv"
    names = ["user", "client", "item", "sku", "rating", "stars", "time", "bought", "title", "label"]
    lines = [
        f"u{n},c{n % 2},i{n},s{n % 3},1,{n + 1},{n},{10**9 + n},t{n},l{n % 3}" for n in range(6)
    ]
    path.write_text("\n".join([",".join(names), *lines]))
    words = "--user-column client --item-column sku --rating-column stars --time-column bought"
    words += " --title-column label --model item_knn --k 1 --select recall@1"
    assert main(["train", "--data", str(path), *words.split(), "--out", str(tmp_path / "run")]) == 0
    assert TWO_READ in capfd.readouterr().err
    assert main(["recommend", str(tmp_path / "run"), "--all", "--k", "3", "--hide", "none"]) == 0
    listed = pl.read_csv(io.StringIO(capfd.readouterr().out))
    assert set(listed["user"]) == {"c0", "c1"} and set(listed["item"]) == {"s0", "s1", "s2"}
    assert listed["title"].to_list() == [f"l{item[1]}" for item in listed["item"]]


@pytest.mark.parametrize(
    ("model", "words", "slices", "line"),
    [
        (
            "mf",
            ["--valid-fraction", "0.4", "--valid", "latest"],
            [96, 24, 24],
            "own 24 pairs; --valid and",
        ),
        (
            "mf",
            ["--valid-fraction", "0"],
            [120, 0, 24],
            "none; the data's own 24 pairs are learned",
        ),
        ("ease", [], [120, 0, 24], "none; the data's own 24 pairs are learned"),
        ("ease", ["--valid-fraction", "0.1"], [96, 24, 24], "own 24 pairs; --valid and"),
    ],
)
def test_a_folder_s_own_validation_is_used_whole_or_learned_from(
    model, words, slices, line, tmp_path, capfd
):
    folder, run = tmp_path / "parts", tmp_path / "run"
    folder.mkdir()
    for name, items in (("train", range(8)), ("valid", (8, 9)), ("test", (10, 11))):
        rows = [" ".join(map(str, [user, *items])) for user in range(12)]
        (folder / f"{name}.txt").write_text("\n".join(rows))
    few = ["--k", "2", "--select", "recall@2"]
    few += ["--epochs", "1", "--dim", "4"] if model == "mf" else []
    words = ["--model", model, *few, *words, "--out", str(run)]
    assert main(["train", "--data", str(folder), *words]) == 0
    assert line in capfd.readouterr().err
    kept = pl.read_parquet(run / "interactions.parquet")["slice"].to_numpy()
    assert np.bincount(kept, minlength=3).tolist() == slices


CUT = [
    ({}, "each user's latest 20 %, by time (times are known; --split random ignores them)"),
    ({"split": "random"}, "a random 20 % of each user's interactions"),
    (
        {"split": "latest", "split_seed": 3},
        "each user's latest 20 %, by time; --split-seed changes nothing",
    ),
    (
        {"split": "latest", "split_seed": 3, "valid": "random", "valid_fraction": 0.4},
        "each user's latest 20 %, by time",
    ),
    (
        {"split": "latest", "split_seed": 3, "valid": "random"},
        "each user's latest 20 %, by time; --split-seed changes nothing; --valid changes nothing",
    ),
    ({"split": "leave_one_out"}, "each user's last interaction, by time"),
    (
        {"split": "leave_one_out", "test_fraction": 0.5},
        "each user's last interaction, by time; --test-fraction changes nothing",
    ),
    ({"split": "time", "test_fraction": 0.06}, "the newest 6 % of all interactions"),
    (
        {"time_column": ""},
        "a random 20 % of each user's interactions (no times are known; --time-column names their "
        "column)",
    ),
    ({"time_column": "", "split": "latest"}, "each user's latest 20 %, by place in the file"),
]


@pytest.mark.parametrize(("given", "said"), CUT)
def test_a_line_says_which_slice_is_the_test_and_why(labels, given, said):
    options = options_of("item_knn", data=str(labels), **given)
    dataset = load_dataset(options.data, options)
    assert split_line(dataset, load_split(dataset, options), options) == f"split: {said}"


def test_a_split_by_time_says_how_many_share_the_moment_of_its_cut(tmp_path):
    rows = [f"{row},{row % 3},{1_700_000_000 + max(row, 15)}" for row in range(20)]
    rows[9:15] = [f"{row},{row % 3},{1_700_000_016}" for row in range(9, 15)]
    path = tmp_path / "ties.csv"
    path.write_text("\n".join(["user,item,time", *rows]))  # 7 of second 16, then 17, 18, 19.
    options = options_of("item_knn", data=str(path), split="time")
    dataset = load_dataset(options.data, options)
    parts = load_split(dataset, options)
    assert len(parts.test) == 3
    line = "split: the newest 20 % of all interactions, less 1 of the moment of the cut"
    assert split_line(dataset, parts, options) == line


def test_the_data_s_own_split_is_said_to_be_so():
    options, ids = options_of("item_knn", data="made"), pl.Series(range(9))
    dataset = Dataset("made", block_model(9, 9, 3, 0.5, 0.5, 0), ids, ids, None, None, {}, False)
    given = np.arange(len(dataset.interactions), dtype=np.int8) % 3
    dataset = dataclasses.replace(dataset, given=given)
    line = split_line(dataset, load_split(dataset, options), options)
    assert line == "split: the data's own (--split random draws another)"
