"""``jaxrec tune``: what is searched, what is kept, what a stop loses, and what is never read."""

import json
import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.cli.main import main
from jaxrec.data import Interactions
from jaxrec.runs.fit import trial
from jaxrec.search import tune
from jaxrec.search.space import read_space
from jaxrec.train import Diverged
from tests.cli.conftest import write_clicks

FAST = ["--dim", "4", "--batch-size", "64", "--epochs", "2", "--validate-every", "1"]


def words(data, out, *more: str, model: str = "filter_r", trials: int = 4) -> list[str]:
    found = ["tune", "--model", model, "--data", str(data), "--out", str(out)]
    return [*found, "--trials", str(trials), *more]


def searched(data, out, *more: str, **which) -> pl.DataFrame:
    """Runs a search; returns trials.csv without times."""
    assert main(words(data, out, *more, **which)) == 0
    return pl.read_csv(out / "trials.csv").drop("seconds")


@pytest.fixture(scope="module")
def unbroken(clicks, tmp_path_factory):
    """A finished search, and what it printed."""
    folder = tmp_path_factory.mktemp("searches") / "unbroken"
    return folder, searched(clicks, folder, "--search", "r=0.2:0.8")


@pytest.mark.parametrize(
    ("search", "said"),
    [
        (["rr=0:1"], "rr is no option of filter_r; name any of r"),
        (["seed=1,2"], "seed is not searched"),
        (["data=a,b"], "data is not searched"),
        (["r=0.9:0.1"], "LOW below HIGH"),
        (["r=0:1:log"], "with :log give LOW above 0"),
        (["r=0:1:lin"], "LOW:HIGH:log"),
        (["r=0:high"], "'high' is not a number"),
        (["r=0:nan"], "'nan' is not a number"),
        (["r=0.5"], "hold it by --r 0.5"),
        (["r"], "none of NAME=LOW:HIGH"),
        (["r=0:1", "r=0.2,0.3"], "twice"),
        (["--model", "lightgcn", "--search", "n_layers=1:2.5"], "'2.5' is not a whole number"),
        (["--model", "lightgcn", "--search", "n_layers=-1:2"], "-1"),
        (["--model", "lightgcn", "--search", "loss=bpr,bprr"], "'bprr' is not bpr or "),
        (["--model", "lightgcn", "--search", "loss=1:2"], "give a,b,c"),
        (["--model", "lightgcn", "--search", "epochs=1:2"], "epochs is not searched"),
        (["r=0:1", "--valid-fraction", "0"], "--valid-fraction is 0"),
        (["r=0:1", "--trials", "0"], "--trials is 0"),
        (["--model", "mf", "--search", "negatives=1:4", "hardest=1:8"], "--hardest is 8"),
        (["--model", "mf", "--search", "margin=0.5,2"], "only --loss max_margin reads it"),
    ],
)
def test_bad_searches_are_one_line_and_write_nothing(clicks, tmp_path, fails, search, said):
    assert said in fails(*words(clicks, tmp_path / "out"), "--search", *search)
    assert not any(tmp_path.iterdir())


def test_the_best_is_the_largest_and_its_command_repeats_it(unbroken, clicks, capfd):
    folder, trials = unbroken
    best = json.loads((folder / "best.json").read_text())
    assert best["value"] == trials["value"].max() and 0 < best["value"] <= 1
    assert best["data"].keys() == {"name", "fingerprint"}
    assert trials["state"].to_list() == ["complete"] * 4
    assert trials["r"].is_between(0.2, 0.8).all() and trials["r"].n_unique() == 4
    assert (folder / "search.png").stat().st_size > 1000
    assert main(words(clicks, folder, "--search", "r=0.2:0.8")) == 0  # All are there: prints.
    assert best["command"] in capfd.readouterr().out.splitlines()
    program, *repeat = shlex.split(best["command"])
    assert program == "jaxrec"
    held_out = [*repeat[:-1], str(folder / "again"), "--valid-fraction", "0.1"]
    assert main(held_out) == 0
    metrics = json.loads((folder / "again" / "metrics.json").read_text())
    np.testing.assert_allclose(metrics["valid"]["recall@20"], best["value"], rtol=1e-12)


def test_without_training_the_best_is_computed_on_train_and_validation(unbroken, clicks, tmp_path):
    """And tested on the slice that was the search's."""
    command = json.loads((unbroken[0] / "best.json").read_text())["command"]
    _, *words = shlex.split(command)
    assert "--valid-fraction" not in words
    slices = {}
    for name, more in (("best", []), ("held_out", ["--valid-fraction", "0.1"])):
        run = tmp_path / name
        assert main([*words[:-1], str(run), *more]) == 0
        data = json.loads((run / "metrics.json").read_text())["data"]
        slices[name] = data["train"], data["valid"], data["test"]
    train, valid, test = slices["held_out"]
    assert valid and slices["best"] == (train + valid, 0, test)


def test_a_trained_trial_is_what_the_printed_command_trains(clicks, tmp_path):
    """The same key, batches and epochs make the same lists."""
    data, out = tmp_path / "my clicks.csv", tmp_path / "out"
    data.write_bytes(clicks.read_bytes())
    space = ["--search", "learning_rate=1e-2:1e-1:log", "negatives=1:3"]
    trials = searched(data, out, *FAST, *space, model="mf", trials=2)
    assert trials["negatives"].dtype == pl.Int64
    best = json.loads((out / "best.json").read_text())
    assert main(shlex.split(best["command"])[1:]) == 0
    metrics = json.loads((out / "best" / "metrics.json").read_text())
    assert metrics["valid"]["recall@20"] == pytest.approx(best["value"], rel=1e-12)
    assert metrics["model"]["epoch"] == best["epoch"]


class Poison(Interactions):
    """A slice that nobody may look at."""

    def __getattribute__(self, name):
        raise AssertionError(f"the test slice was read: {name}")


@pytest.mark.parametrize("model", ["filter_r", "lightgcn"])
def test_the_test_slice_is_never_read(clicks, tmp_path, monkeypatch, model):
    def poisoned(options):
        data, about = load(options)
        object.__setattr__(data.split, "test", object.__new__(Poison))
        return data, about

    load = tune.load_run
    monkeypatch.setattr(tune, "load_run", poisoned)
    more = FAST if model == "lightgcn" else []
    assert len(searched(clicks, tmp_path / "out", *more, model=model, trials=1)) == 1


def test_a_stopped_search_goes_on_as_if_it_had_not_been(clicks, tmp_path, unbroken, monkeypatch):
    """Stopped within the third trial, which was asked for and never told: as a kill leaves it."""

    def killed(*arguments):
        if len(pl.read_csv(folder / "trials.csv")) == 2:
            raise SystemExit("killed")
        return find(*arguments)

    folder, find = tmp_path / "killed", trial.find
    monkeypatch.setattr(trial, "find", lambda *arguments: find(*arguments))
    searched(clicks, folder, "--search", "r=0.2:0.8", trials=2)
    monkeypatch.setattr(trial, "find", killed)
    with pytest.raises(SystemExit, match="killed"):
        main(words(clicks, folder, "--search", "r=0.2:0.8"))
    monkeypatch.setattr(trial, "find", find)
    assert searched(clicks, folder, "--search", "r=0.2:0.8").equals(unbroken[1])


def test_another_search_in_the_folder_is_refused(unbroken, clicks, tmp_path, fails):
    folder, _ = unbroken
    space = ["--search", "r=0.2:0.8"]
    other = write_clicks(tmp_path / "other.csv")
    lines = other.read_text().splitlines()
    other.write_text("\n".join(lines[:-1]))
    assert "other ranges" in fails(*words(clicks, folder, "--search", "r=0.2:0.7"))
    assert "on other data" in fails(*words(other, folder, *space))
    shuffled = tmp_path / "shuffled.csv"  # The same fingerprint, but another random split.
    shuffled.write_text("\n".join([lines[0], *sorted(clicks.read_text().splitlines()[1:])]))
    assert "other slices of them" in fails(*words(shuffled, folder, *space))
    assert "started with --seed 0, not 1" in fails(*words(clicks, folder, *space, "--seed", "1"))
    assert "search of filter_r" in fails(*words(clicks, folder, model="ease"))
    assert "holds no search" in fails(*words(clicks, clicks.parent, *space))
    old = Path(shutil.copytree(folder, tmp_path / "old"))
    study = json.loads((old / "study.json").read_text())
    del study["format"]
    (old / "study.json").write_text(json.dumps(study))
    assert "search by another version" in fails(*words(clicks, old, *space))


def test_a_trial_that_diverges_or_cannot_be_is_told_of_and_passed_over(
    clicks, tmp_path, monkeypatch, capfd, fails
):
    def failing(options, *arguments):
        raise errors.pop() if errors else KeyboardInterrupt

    errors = [InputError("rank is 9; give less"), Diverged("loss is nan", 3)]
    monkeypatch.setattr(trial, "find", failing)
    assert main(words(clicks, tmp_path / "out")) == 130
    said = capfd.readouterr().err
    assert "trial 1: loss is nan" in said and "trial 2: rank is 9" in said
    assert "stopped after 2 of 4 trials; the same command goes on" in said
    trials = pl.read_csv(tmp_path / "out" / "trials.csv")
    assert trials["state"].to_list() == ["diverged", "refused"]
    assert trials["value"].null_count() == 2 and not (tmp_path / "out" / "best.json").exists()
    errors = [InputError("rank is 9; give less")]
    assert main(words(clicks, tmp_path / "none", trials=1)) == 2
    assert "none of 1 trials was completed" in capfd.readouterr().err


@pytest.mark.parametrize("model", ["gf_cf", "ease", "item_knn"])
def test_models_without_training_are_searched_over_their_own_options(model, clicks, tmp_path):
    trials = searched(clicks, tmp_path / "out", model=model, trials=1)
    assert set(trials.columns) == {"trial", "state", "value", "epoch", *read_space([], model)}
    assert trials["epoch"].to_list() == [0] and trials["value"][0] > 0.5


def test_without_optuna_the_line_says_what_to_install(clicks, tmp_path, fails, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert "pip install 'jaxrec[tune]'" in fails(*words(clicks, tmp_path / "out"))


def test_help_teaches_the_forms(capfd):
    with pytest.raises(SystemExit):
        main(["tune", "--model", "filter_r", "--help"])
    printed = capfd.readouterr().out
    assert "NAME=LOW:HIGH:log" in printed and "--r " in printed and "--resume" not in printed
