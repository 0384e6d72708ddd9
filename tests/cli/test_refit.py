"""The phases behind the first: a refit on the validation slice too, and a fit on everything."""

import dataclasses
import json
import shutil

import jax
import numpy as np
import polars as pl
import pytest

from jaxrec.cli.evaluate import evaluate
from jaxrec.cli.main import main
from jaxrec.cli.options.looking import EvaluateOptions
from jaxrec.data import Interactions
from jaxrec.runs.answer.serving import read_run
from jaxrec.runs.fit import fitting
from jaxrec.runs.fit.fitting import read_history
from jaxrec.runs.fit.training import build_epoch, build_training, first_progress
from jaxrec.runs.store.run_folder import read_config, read_data
from jaxrec.train import Diverged
from tests.cli.conftest import without_manifest

WORDS = ["--dim", "8", "--batch-size", "64", "--epochs", "12", "--validate-every", "3"]
BAND = ["--schedule", "cosine", "--candidates", "band", "--band", "0", "20"]
BAND += ["--negatives", "3", "--curriculum", "2", "--seed", "1"]


def trained(clicks, folder, *more, model="mf"):
    words = ["--data", str(clicks), "--model", model, "--out", str(folder), *more]
    assert main(["train", *words]) == 0
    return folder


def resumed(folder, *more):
    assert main(["train", "--resume", "--out", str(folder), *more]) == 0


def metrics(folder):
    found = json.loads((folder / "metrics.json").read_text())
    del found["seconds"]
    return found


def learned(folder, n_slices, n_epochs):
    """Parameters after so many epochs on the first slices of a run's data, nothing held out."""
    data, (options, _) = read_data(folder), read_config(folder)
    rows = pl.read_parquet(folder / "interactions.parquet").filter(pl.col("slice") < n_slices)
    size = len(data.user_ids), len(data.item_ids)
    train = Interactions(rows["user"].to_numpy(), rows["item"].to_numpy(), *size)
    options = dataclasses.replace(options, valid_fraction=0.0)
    training = build_training(options, train)
    state = first_progress(training, options.seed).state
    if n_epochs:
        epoch = build_epoch(training, None)
    for _ in range(n_epochs):
        state, _ = epoch(state, training.graph, training.tables)
    return state.params, train


def assert_learned(folder, n_slices, n_epochs):
    params, train = learned(folder, n_slices, n_epochs)
    run = read_run(folder)
    jax.tree.map(np.testing.assert_array_equal, run.params, params)
    np.testing.assert_array_equal(run.data.split.train.user, train.user)
    np.testing.assert_array_equal(run.data.split.train.item, train.item)


@pytest.fixture(scope="module")
def refitted(clicks, tmp_path_factory):
    return trained(clicks, tmp_path_factory.mktemp("refitted") / "run", *WORDS)


@pytest.fixture
def copy(refitted, tmp_path):
    return shutil.copytree(refitted, tmp_path / "copy")


@pytest.mark.parametrize(("model", "more"), [("lightgcn", []), ("mf", BAND)])
def test_a_refit_is_training_for_the_chosen_epochs_with_nothing_held_out(
    model, more, clicks, tmp_path, capfd
):
    folder = trained(clicks, tmp_path / "run", *WORDS, *more, model=model)
    found = metrics(folder)
    n_epochs, n = found["model"]["epoch"], found["data"]["train"] + found["data"]["valid"]
    assert found["refit"] == {"epochs": n_epochs, "interactions": n}
    assert read_history(folder / "history-refit.csv")["epoch"].to_list()[-1] == n_epochs
    assert_learned(folder, 2, n_epochs)
    line = f"refit: {n_epochs} epochs on {n} training and validation interactions"
    told = capfd.readouterr()
    assert f"refit epoch {n_epochs}/{n_epochs}" in told.err
    assert line in told.err and f"{line}; the test slice measures this model" in told.out


def test_the_test_slice_measures_the_refit_and_the_validation_slice_the_model_before(
    refitted, clicks, tmp_path, capfd
):
    plain = trained(clicks, tmp_path / "plain", *WORDS, "--no-refit")
    with_refit, without = metrics(refitted), metrics(plain)
    assert with_refit["valid"] == without["valid"] and without["refit"] is None
    assert with_refit["test"] != without["test"]
    capfd.readouterr()
    found = evaluate(EvaluateOptions(str(refitted)))
    assert "the validation slice is left out: the refit has learned from it" in (
        capfd.readouterr().err
    )
    assert found == {"test": {"mf": with_refit["test"]} | with_refit["baselines"]}
    assert evaluate(EvaluateOptions(str(plain)))["valid"]["mf"] == without["valid"]


def test_a_refit_may_be_taken_back_and_made_later(copy, refitted, clicks, tmp_path):
    plain = trained(clicks, tmp_path / "plain", *WORDS, "--no-refit")
    resumed(copy, "--no-refit")
    assert metrics(copy) == metrics(plain)
    assert_learned(copy, 1, metrics(plain)["model"]["epoch"])
    for folder in (copy, plain):
        resumed(folder, "--refit")
        assert metrics(folder) == metrics(refitted)


def test_without_a_validation_slice_there_is_no_refit(clicks, tmp_path):
    words = ["--dim", "8", "--epochs", "2", "--valid-fraction", "0"]
    one = trained(clicks, tmp_path / "one", *words)
    other = trained(clicks, tmp_path / "other", *words, "--no-refit")
    assert metrics(one) == metrics(other) and metrics(one)["refit"] is None
    assert not (one / "history-refit.csv").exists() and not (one / "checkpoint-refit").exists()


@pytest.mark.parametrize(("model", "words"), [("mf", WORDS), ("ease", [])])
def test_fit_all_learns_from_everything_and_changes_no_number(
    model, words, clicks, tmp_path, capfd, fails
):
    before = trained(clicks, tmp_path / "before", *words, model=model)
    folder = trained(clicks, tmp_path / "run", *words, "--fit-all", model=model)
    found = metrics(folder)
    n_epochs = found["model"]["epoch"]
    n = sum(found["data"][part] for part in ("train", "valid", "test"))
    assert found.pop("fit_all") == {"epochs": n_epochs, "interactions": n}
    assert found == {name: one for name, one in metrics(before).items() if name != "fit_all"}
    assert_learned(folder, 3, n_epochs)
    assert "recommendations come from this model, the metrics from before it" in (
        capfd.readouterr().out
    )
    line = fails("evaluate", str(folder))
    assert "learned from all interactions (--fit-all)" in line and "metrics.json" in line
    assert main(["recommend", str(folder), "--all"]) == 0


def test_a_finished_run_is_fitted_on_everything_later(copy, refitted, clicks, tmp_path):
    resumed(copy, "--fit-all")
    assert_learned(copy, 3, metrics(refitted)["model"]["epoch"])
    resumed(copy, "--no-fit-all")
    assert metrics(copy) == metrics(refitted)
    assert_learned(copy, 2, metrics(refitted)["model"]["epoch"])


def test_a_damaged_checkpoint_of_a_refit_is_refused(copy, fails):
    path = next(path for path in (copy / "checkpoint-refit").rglob("*METADATA*"))
    path.write_bytes(path.read_bytes() + b" ")
    assert f"{copy}/checkpoint-refit was damaged" in fails("recommend", str(copy), "--all")


def test_a_run_of_an_older_version_goes_on_without_a_refit(copy):
    without_manifest(copy)
    config = json.loads((copy / "config.json").read_text())
    del config["format"], config["options"]["refit"], config["options"]["fit_all"]
    (copy / "config.json").write_text(json.dumps(config))
    for name in ("checkpoint-refit", "history-refit.csv", "metrics.json"):
        path = copy / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    resumed(copy)
    assert set(evaluate(EvaluateOptions(str(copy)))) == {"valid", "test"}
    assert not (copy / "checkpoint-refit").exists()


def test_a_refit_that_diverges_names_the_way_to_end_without(clicks, tmp_path, monkeypatch, capfd):
    fit = fitting.fit

    def broken(run_epoch, progress, *, validate, **how):
        if validate is None:
            raise Diverged("training diverged in epoch 2: loss is nan", 2)
        return fit(run_epoch, progress, validate=validate, **how)

    monkeypatch.setattr(fitting, "fit", broken)
    folder = tmp_path / "run"
    words = ["--data", str(clicks), "--model", "mf", *WORDS, "--out", str(folder)]
    assert main(["train", *words]) == 2
    *_, line = capfd.readouterr().err.strip().splitlines()
    assert "refit: training diverged in epoch 2" in line
    assert f"jaxrec train --resume --no-refit --out {folder}" in line
    resumed(folder, "--no-refit")
    assert metrics(folder)["refit"] is None


def test_a_refit_learns_from_as_much_as_a_model_that_holds_nothing_out(
    refitted, clicks, tmp_path, capfd
):
    ease = trained(clicks, tmp_path / "ease", model="ease")
    plain = trained(clicks, tmp_path / "plain", *WORDS, "--no-refit")
    said = "learned from another training slice"
    for folder, differs in ((refitted, False), (plain, True)):
        capfd.readouterr()
        assert main(["compare", str(folder), str(ease), "--groups", "0"]) == 0
        assert (said in capfd.readouterr().err) is differs
