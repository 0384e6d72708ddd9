"""``jaxrec compare`` of runs that ask more than once of a user, or measure errors."""

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec.cli.compare import compare
from jaxrec.cli.options.looking import CompareOptions

RNG = np.random.default_rng(0)
N = 300
FRAME = {
    "user": RNG.integers(0, 20, N),
    "item": RNG.integers(0, 15, N),
    "rating": RNG.integers(1, 6, N),
    "time": np.arange(N),
}


@pytest.fixture(scope="module")
def rows():
    return jaxrec.Dataset.from_frame(FRAME)


@pytest.fixture(scope="module")
def rating_runs(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ratings")
    for name, rate in (("good", 1e-3), ("bad", 1.0)):
        how = {"epochs": 2, "dim": 4, "learning_rate": rate, "refit": False}
        jaxrec.fit(rows, "biased_mf", out=folder / name, **how)
    return folder / "good", folder / "bad"


def compared(*folders, **settings):
    return compare(CompareOptions(runs=tuple(map(str, folders)), **settings))


def test_ratings_are_paired_by_user_and_item_and_the_smaller_error_is_better(rating_runs, capfd):
    good, bad = (jaxrec.load(folder).metrics["rmse"] for folder in rating_runs)
    found = compared(*rating_runs)
    whole, *groups = found.iter_rows(named=True)
    assert whole["metric"] == "rmse" and whole["verdict"] == "worse" and good < bad
    assert whole["difference"] == pytest.approx(bad - good)
    n_ratings = len(pl.read_parquet(rating_runs[0] / "per_user.parquet"))
    assert whole["ratings"] == n_ratings == sum(group["ratings"] for group in groups)
    text = " ".join(capfd.readouterr().out.split())
    assert f"good is better than bad in rmse by {bad - good:.4f}" in text
    assert f"rmse of {n_ratings} ratings" in text


def test_every_place_of_a_history_is_paired_with_itself(rows, tmp_path):
    for name in ("markov", "markov_with_repeats"):
        jaxrec.fit(rows, name, out=tmp_path / name, k=(5,), select="mrr@5")
    folders = tmp_path / "markov", tmp_path / "markov_with_repeats"
    tables = [pl.read_parquet(folder / "per_user.parquet") for folder in folders]
    assert tables[0]["user"].is_duplicated().any()

    found = compared(*folders, groups=0)
    assert found["places"].to_list() == [len(tables[0])]
    expected = np.mean(tables[1]["mrr@5"].to_numpy() - tables[0]["mrr@5"].to_numpy())
    assert found["difference"][0] == pytest.approx(expected)


def test_runs_of_two_tasks_are_refused(rows, rating_runs, tmp_path, fails):
    jaxrec.fit(rows, "item_knn", out=tmp_path / "ranked", k=(2,), select="recall@2")
    line = fails("compare", str(rating_runs[0]), str(tmp_path / "ranked"))
    assert "is a run for the task ranking" in line and "compare runs of one task" in line
