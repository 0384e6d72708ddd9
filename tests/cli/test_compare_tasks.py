"""``jaxrec compare`` of runs that ask more than once of a user, or measure errors."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

import jaxrec
from jaxrec.cli.compare import compare
from jaxrec.cli.options.looking import CompareOptions
from jaxrec.runs.store import run_folder

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


def squared_errors(folder):
    """A row a test rating, of one user and item each, with the error that predict makes."""
    run = jaxrec.load(folder)
    interactions = run_folder.read_data(folder)
    test = interactions.split.test
    pairs = {
        "user": interactions.user_ids.gather(test.user),
        "item": interactions.item_ids.gather(test.item),
    }
    error = run.predict(pairs)["prediction"].to_numpy() - test.rating
    n_train = np.bincount(interactions.split.train.user, minlength=20)[test.user]
    return pl.DataFrame({"n_train": n_train, "squared": error.astype(np.float64) ** 2})


def test_groups_of_ratings_have_their_own_rmse(rating_runs):
    tables = [squared_errors(folder) for folder in rating_runs]
    for group in compared(*rating_runs).filter(pl.col("group") != "all").iter_rows(named=True):
        least, most = map(int, group["group"].split(" to "))
        inside = [t.filter(pl.col("n_train").is_between(least, most)) for t in tables]
        assert len(inside[0]) == group["ratings"]
        found = group["reference_mean"], group["mean"]
        expected = [np.sqrt(table["squared"].to_numpy().mean()) for table in inside]
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_ratings_that_both_runs_measured_have_their_own_rmse(rows, rating_runs, tmp_path):
    how = {"epochs": 2, "dim": 4, "refit": False, "test_users": 9}
    few = jaxrec.fit(rows, "biased_mf", out=tmp_path / "few", learning_rate=1e-3, **how)
    found = compared(rating_runs[0], tmp_path / "few", groups=0)
    assert found["ratings"].to_list() == [9]
    expected = [few.metrics["rmse"]] * 2  # The model, the data and the seed are those of the first.
    np.testing.assert_allclose(found.select("reference_mean", "mean").row(0), expected, rtol=1e-5)


def test_metrics_of_all_clicks_together_have_no_groups_and_no_part(tmp_path, fails, caplog):
    clicks = jaxrec.Dataset.from_frame(FRAME | {"rating": FRAME["rating"] % 2}, min_rating=0)
    for name, how in {"a": {}, "b": {"seed": 1}, "few": {"test_users": 12}}.items():
        how = how | {"task": "clicks", "epochs": 1, "dim": 4, "refit": False}
        jaxrec.fit(clicks, "mf", out=tmp_path / name, **how)
    found = compared(tmp_path / "a", tmp_path / "b", metric=("auc", "accuracy"))
    assert found["group"].to_list() == ["all", "all"]
    assert "no groups are shown: auc, accuracy are of all rows together" in caplog.text
    refused = fails("compare", str(tmp_path / "a"), str(tmp_path / "few"))
    assert "users together, of whom 12 were measured" in refused


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


def test_users_without_an_auc_have_no_say_in_it(tmp_path):
    """Half of the users have clicks alone in the test; what they add to the mean is not a vote."""
    rng = np.random.default_rng(1)
    user, item = np.nonzero(rng.random((40, 30)) < 0.5)
    label = np.where(user % 2, rng.random(len(user)) < 0.4, True).astype(int)
    shown = jaxrec.Dataset.from_frame({"user": user, "item": item, "label": label}, min_rating=0)
    folders = tmp_path / "one", tmp_path / "two"
    for seed, folder in enumerate(folders):
        how = {"epochs": 2, "dim": 4, "refit": False, "seed": seed}
        jaxrec.fit(shown, "mf", task="clicks", out=folder, **how)
    whole, *groups = compared(*folders, metric=("user_auc",)).iter_rows(named=True)
    own = [pl.read_parquet(folder / "per_user.parquet") for folder in folders]
    assert own[0]["user"].equals(own[1]["user"]) and 20 <= own[0]["user_auc"].null_count() < 40
    first, second = (table["user_auc"].drop_nulls().to_numpy() for table in own)
    assert whole["users"] == len(first) == sum(group["users"] for group in groups)
    assert whole["difference"] == pytest.approx(np.mean(second - first))
    assert whole["p_wilcoxon"] == pytest.approx(stats.wilcoxon(second - first).pvalue)
    means = [group["mean"] * group["users"] for group in groups]
    assert sum(means) == pytest.approx(second.sum(), rel=1e-5)
