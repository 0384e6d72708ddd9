"""Users to whom a model gives all items the same score: popular items, wherever it ranks."""

import json

import numpy as np
import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.evaluate import eval_tasks
from jaxrec.graph import user_items
from jaxrec.ops import tie_rank
from jaxrec.runs.store.run_folder import read_data
from tests.cli.conftest import without_manifest

SHORT = [
    "--dim",
    "4",
    "--batch-size",
    "64",
    "--epochs",
    "3",
    "--learning-rate",
    "1e-2",
    "--no-refit",
]
LONE = [f"lone{n}" for n in range(3)]


@pytest.fixture(scope="module")
def run(clicks, facts, tmp_path_factory):
    """Three users more, of ten items of their own, which are in no fact or a fact's tail alone."""
    folder = tmp_path_factory.mktemp("unknown")
    rows = [(name, f"odd{item}") for name in LONE for item in range(10)]
    more = pl.DataFrame(rows, schema=["customer", "product"], orient="row")
    pl.concat([pl.read_csv(clicks), more]).write_csv(folder / "clicks.csv")
    (folder / "facts.tsv").write_text(facts.read_text() + "block 0\tis like\todd0\n")
    words = ["--data", str(folder / "clicks.csv"), "--kg", str(folder / "facts.tsv")]
    words += ["--model", "ripplenet", "--out", str(folder / "run"), *SHORT, "--no-refit"]
    assert main(["train", *words]) == 0
    return folder / "run"


def said(capfd):
    return " ".join(capfd.readouterr().err.split())


def popular(data, user, past):
    """The best ten items by training interactions, those of ``past`` left out."""
    train = data.split.train
    count = np.bincount(train.item, minlength=train.n_items)
    own = [part.item[part.user == user] for part in past]
    order = np.lexsort((tie_rank(np.arange(train.n_items)), -count))
    return order[~np.isin(order, np.concatenate(own))][:10]


def expected_recall(data, user, past, future):
    """By the chance of each item to be among the ten most popular, ties in any order."""
    train = data.split.train
    count = np.bincount(train.item, minlength=train.n_items)
    own = np.concatenate([part.item[part.user == user] for part in past])
    left = np.setdiff1d(np.arange(train.n_items), own)
    better = np.array([(count[left] > count[item]).sum() for item in future])
    equal = np.array([(count[left] == count[item]).sum() for item in future])
    return np.clip((10 - better) / equal, 0, 1).mean()


def test_they_get_the_popular_items_and_a_line_says_so(run, tmp_path, capfd):
    out = str(tmp_path / "lists.csv")
    assert main(["recommend", str(run), "--users", "u3", *LONE, "--k", "10", "--out", out]) == 0
    told = said(capfd)
    assert "3 of 4 users get the same score for all items from this model; they get the" in told
    frame, data = pl.read_csv(out), read_data(run)
    for name in LONE:
        user, parts = data.user_ids.index_of(name), data.split
        expected = popular(data, user, (parts.train, parts.valid, parts.test))
        found = frame.filter(pl.col("user") == name)["item"]
        assert found.to_list() == data.item_ids.gather(expected).to_list()
    assert main(["recommend", str(run), "--users", "u3", "--out", out]) == 0
    assert "the same score" not in said(capfd)


def test_so_do_those_of_concept_knn_whose_items_share_nothing_with_another(
    run, facts, tmp_path, capfd
):
    own = "".join(f"odd{n}\tis like\tnothing {n}\n" for n in range(10))  # Facts of theirs alone.
    (tmp_path / "own.tsv").write_text(facts.read_text() + own)
    words = ["--data", str(run.parent / "clicks.csv"), "--kg", str(tmp_path / "own.tsv")]
    words += ["--model", "concept_knn"]
    assert main(["train", *words, "--out", str(tmp_path / "run")]) == 0
    assert "3 of 63 users of the test slice get the same score for all items" in said(capfd)
    out = str(tmp_path / "lists.csv")
    assert main(["recommend", str(tmp_path / "run"), "--users", "u3", *LONE, "--out", out]) == 0
    assert "3 of 4 users get the same score for all items from this model" in said(capfd)
    frame, data = pl.read_csv(out), read_data(tmp_path / "run")
    parts = data.split.train, data.split.valid, data.split.test
    for name in LONE:
        expected = popular(data, data.user_ids.index_of(name), parts)
        found = frame.filter(pl.col("user") == name)["item"]
        assert found.to_list() == data.item_ids.gather(expected).to_list()


def test_metrics_measure_what_they_get(run, capfd):
    capfd.readouterr()
    assert main(["evaluate", str(run)]) == 0
    told, data = said(capfd), read_data(run)
    for name, question in eval_tasks(data.split, data.repeats, data.hidden).items():
        n = len(question.users)
        assert f"3 of {n} users of the {name} slice get the same score for all items" in told
    measured = pl.read_parquet(run / "per_user.parquet")
    found = dict(measured.select("user", "recall@10").rows())
    test = user_items(data.split.test)
    for name in LONE:
        user = data.user_ids.index_of(name)
        future = test.indices[test.indptr[user] : test.indptr[user + 1]]
        expected = expected_recall(data, user, (data.split.train, data.split.valid), future)
        assert found[name] == pytest.approx(expected, rel=1e-5)
    mean = json.loads((run / "metrics.json").read_text())["test"]["recall@10"]
    assert mean == pytest.approx(measured["recall@10"].mean(), rel=1e-5)


def test_there_is_no_path_to_explain(run, capfd):
    capfd.readouterr()
    assert main(["explain", str(run), "--user", "lone1", "--item", "ä7"]) == 0
    told = said(capfd)
    assert "there is no path: the model gives all items the same score for lone1" in told
    assert main(["explain", str(run), "--user", "lone1", "--item", "odd2"]) == 0
    assert "no fact is known of odd2, and the model gives all items the same score" in said(capfd)
    assert main(["explain", str(run), "--user", "u3", "--item", "odd2"]) == 0
    told = said(capfd)
    assert "no fact is known of odd2" in told and "there is no path" not in told


def test_users_without_training_interactions_are_told_of_as_such(run, tmp_path, capfd):
    rows = pl.read_parquet(run / "interactions.parquet")
    moved = pl.when(pl.col("user") == read_data(run).user_ids.index_of("lone0"))
    moved = moved.then(2).otherwise(pl.col("slice")).cast(pl.Int8)
    copy = tmp_path / "run"
    copy.mkdir()
    for path in run.iterdir():
        (copy / path.name).symlink_to(path)
    (copy / "interactions.parquet").unlink()
    rows.with_columns(slice=moved).write_parquet(copy / "interactions.parquet")
    without_manifest(copy)
    out = str(tmp_path / "lists.csv")
    assert main(["recommend", str(copy), "--users", "lone0", "lone1", "--out", out]) == 0
    told = said(capfd)
    assert "1 of 2 users have no training interactions; they get the popular items" in told
    assert "1 of 2 users get the same score for all items from this model" in told
