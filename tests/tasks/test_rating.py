"""Ratings: from a file to errors beside baselines, and to predictions."""

import json

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.runs.store.run_folder import read_data
from jaxrec.tasks import RunData

N_USERS, N_ITEMS = 30, 20
SETTINGS = {"dim": 4, "epochs": 30, "batch_size": 64, "learning_rate": 0.02, "patience": 100}
WORDS = [
    part for name, value in SETTINGS.items() for part in (f"--{name.replace('_', '-')}", str(value))
]


@pytest.fixture(scope="module")
def frame():
    """Ratings of biases and noise; some are low."""
    rng = np.random.default_rng(0)
    user, item = np.nonzero(rng.random((N_USERS, N_ITEMS)) < 0.7)
    bias = rng.normal(0, 1, N_USERS)[user] + rng.normal(0, 1, N_ITEMS)[item]
    rating = np.clip(np.round(3 + bias + rng.normal(0, 0.3, len(user))), 1, 5)
    return pl.DataFrame({"user": user, "item": item, "rating": rating})


@pytest.fixture(scope="module")
def run(frame):
    return jaxrec.fit(jaxrec.Dataset.from_frame(frame), "biased_mf", **SETTINGS)


def errors(frame, predicted):
    joined = predicted.join(frame, on=["user", "item"])
    error = joined["prediction"].to_numpy() - joined["rating"].to_numpy()
    return np.sqrt(np.mean(error**2)), np.mean(np.abs(error))


def slices(run) -> RunData:
    return read_data(run.folder)


def test_all_ratings_are_learned_from_and_stored(run, frame):
    split = slices(run).split
    parts = split.train, split.valid, split.test
    assert sum(map(len, parts)) == len(frame) and all(part.rating is not None for part in parts)
    assert len(split.test) == round(0.2 * len(frame))
    assert run.results["data"]["split"] == "rows"
    ids = slices(run).user_ids, slices(run).item_ids
    stored = pl.concat(
        pl.DataFrame(
            {"user": ids[0].gather(p.user), "item": ids[1].gather(p.item), "rating": p.rating}
        )
        for p in parts
    )
    assert set(stored.rows()) == set(frame.rows())


def test_errors_are_those_of_the_predictions_of_the_test_rows(run, frame):
    data = slices(run)
    test = data.split.test
    pairs = {
        "user": data.user_ids.gather(test.user).to_list(),
        "item": data.item_ids.gather(test.item).to_list(),
    }
    rmse, mae = errors(frame, run.predict(pairs))
    np.testing.assert_allclose([run.metrics["rmse"], run.metrics["mae"]], [rmse, mae], rtol=1e-5)
    assert run.evaluate()["test"]["rmse"][0] == pytest.approx(rmse, rel=1e-5)


def test_the_constant_is_the_mean_of_what_was_learned_from(run):
    split = slices(run).split.learn_valid()  # The refit is measured.
    error = split.test.rating - np.mean(split.train.rating, dtype=np.float64)
    found = run.results["baselines"]["constant"]
    np.testing.assert_allclose(found["rmse"], np.sqrt(np.mean(error**2)), rtol=1e-5)
    assert run.results["baselines"]["biases"]["rmse"] < found["rmse"]
    assert run.metrics["rmse"] < 0.8 * found["rmse"]  # It has learned something.


def test_errors_of_every_row_are_kept(run):
    rows = pl.read_parquet(run.folder / "per_user.parquet")
    assert rows.columns == ["user", "item", "rmse", "mae"]
    np.testing.assert_allclose(rows["rmse"].mean(), run.metrics["rmse"], rtol=1e-6)


def test_the_best_epoch_has_the_lowest_error(run):
    history = pl.read_csv(run.folder / "history.csv").drop_nulls("valid")
    best = history["epoch"][int(history["valid"].arg_min())]
    assert run.results["model"]["epoch"] == best and (history["valid"] > 0).all()


def test_the_command_line_trains_measures_and_predicts_the_same(run, frame, tmp_path, capfd):
    frame.write_csv(tmp_path / "ratings.csv")
    words = ["--data", str(tmp_path / "ratings.csv"), "--out", str(tmp_path / "run"), *WORDS]
    assert main(["train", "--model", "biased_mf", *words]) == 0
    shown = capfd.readouterr()
    assert "ratings of" in shown.out and "rmse" in shown.out and "biases" in shown.out
    written = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert written["test"] == run.metrics and written["baselines"] == run.results["baselines"]
    pairs = pl.DataFrame({"user": [0, 1, 99], "item": [3, 4, 4]})
    pairs.write_csv(tmp_path / "pairs.csv")
    out = tmp_path / "predicted.csv"
    asked = ["--pairs", str(tmp_path / "pairs.csv"), "--out", str(out)]
    assert main(["predict", str(tmp_path / "run"), *asked]) == 0
    assert "1 of 3 users skipped" in capfd.readouterr().err
    predicted = pl.read_csv(out)
    expected = run.predict({"user": [0, 1], "item": [3, 4]})
    assert predicted.select("user", "item").rows() == [(0, 3), (1, 4)]
    np.testing.assert_allclose(predicted["prediction"], expected["prediction"], rtol=1e-5)
    assert main(["evaluate", str(tmp_path / "run")]) == 0
    assert f"{run.metrics['rmse']:.4f}" in capfd.readouterr().out


def test_data_without_ratings_or_with_some_left_out_are_refused(frame):
    with pytest.raises(InputError, match="have no ratings; give a column of ratings"):
        jaxrec.fit(jaxrec.Dataset.from_frame(frame.drop("rating")), "biased_mf", **SETTINGS)
    with pytest.raises(InputError, match="read it again with min_rating=0"):
        few = jaxrec.Dataset.from_frame(frame, min_rating=3)
        jaxrec.fit(few, "biased_mf", **SETTINGS)


def test_several_devices_are_refused(frame):
    with pytest.raises(InputError, match="biased_mf runs on one device|--devices takes 2"):
        jaxrec.fit(jaxrec.Dataset.from_frame(frame), "biased_mf", devices=(2,), **SETTINGS)


def test_a_search_finds_the_lowest_error(frame, tmp_path, capfd):
    frame.write_csv(tmp_path / "ratings.csv")
    words = ["--data", str(tmp_path / "ratings.csv"), "--out", str(tmp_path / "search"), *WORDS]
    search = ["--trials", "2", "--search", "l2=0.001,3", "--no-prune"]
    assert main(["tune", "--model", "biased_mf", *words, *search]) == 0
    best = json.loads((tmp_path / "search" / "best.json").read_text())
    trials = pl.read_csv(tmp_path / "search" / "trials.csv")
    assert set(trials["l2"]) == {0.001, 3.0} and (trials["value"] > 0).all()
    assert best["value"] == trials["value"].min()
