"""A shop of eight products: defaults fit it, and questions are tables of any kind."""

import logging
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

import jaxrec
from jaxrec.cli.main import main
from jaxrec.data import Split, check

N_USERS, N_ITEMS = 30, 8


def frame() -> pl.DataFrame:
    """Customers of two kinds, one by one in time."""
    rows = [
        (u, i) for u in range(N_USERS) for i in range(N_ITEMS) if (u + i) % 2 or (u * i) % 5 == 1
    ]
    user, item = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            "customer": [f"c{n}" for n in user],
            "product": [f"p{n}" for n in item],
            "time": [1_700_000_000 + 60 * n for n in range(len(rows))],
        }
    )


@pytest.fixture(scope="module")
def run():
    return jaxrec.fit(jaxrec.Dataset.from_frame(frame()), "item_knn")


def test_default_lengths_of_lists_are_cut_to_the_catalogue(tmp_path, run, capfd):
    assert run.options.k == (8,) and run.options.select == "recall@8"
    assert run.metrics["recall@8"] == 1  # All that is left is listed.
    frame().write_csv(tmp_path / "clicks.csv")
    words = ["train", "--data", str(tmp_path / "clicks.csv"), "--model", "item_knn", "--out"]
    assert main([*words, str(tmp_path / "one")]) == 0
    assert "--k is 8: there are no more to choose from" in capfd.readouterr().err
    assert jaxrec.load(tmp_path / "one").metrics == run.metrics


def test_what_chooses_follows_the_lengths_that_are_named(tmp_path, capfd):
    frame().write_csv(tmp_path / "clicks.csv")
    words = ["train", "--data", str(tmp_path / "clicks.csv"), "--model", "item_knn", "--out"]
    assert main([*words, str(tmp_path / "two"), "--k", "2", "3"]) == 0
    assert jaxrec.load(tmp_path / "two").options.select == "recall@3"
    assert main([*words, str(tmp_path / "three"), "--k", "9"]) == 2  # It was asked for.
    assert "--k is 9 but there are 8 items" in capfd.readouterr().err


def test_histories_are_tables_of_any_kind_named_as_in_the_data(run, monkeypatch):
    asked = {"customer": ["new", "new", "other"], "product": ["p1", "p3", "p4"]}
    lists = run.recommend(histories=asked, k=3)
    assert set(lists["user"]) == {"new", "other"} and lists.height == 6
    assert lists.filter(user="new", rank=1)["item"].item() in {"p5", "p7"}
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for table in (pl.DataFrame(asked), pd.DataFrame(asked)):
        assert run.recommend(histories=table, k=3).equals(lists)
    usual = {"user": asked["customer"], "item": asked["product"]}
    assert run.recommend(histories=usual, k=3).equals(lists)


def test_skipped_ids_are_a_warning_in_python(run, caplog):
    with caplog.at_level(logging.WARNING, "jaxrec"):
        assert set(run.recommend(["c1", "nobody"], k=2)["user"]) == {"c1"}
    assert "1 of 2 users skipped: unknown id 'nobody'" in caplog.text


def test_leaks_count_what_the_measured_model_has_learned():
    data = jaxrec.Dataset.from_frame(frame()).interactions
    order, third = np.argsort(data.time), len(data) // 3
    train, test, valid = (data.take(order[n * third : (n + 1) * third]) for n in range(3))
    split = Split(train, valid, test, "random")
    for refit, count, where in ((False, 0, "train"), (True, third, "train and validation")):
        (found,) = [each for each in check(split, refit) if each.name == "test_before_train_end"]
        assert (found.count, found.total) == (count, third)
        assert found.message == f"test interactions older than the newest in {where}"
