"""Federated runs by the front door: numbers, resuming, what is promised and what is refused."""

import signal
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.data import read_relation
from jaxrec.runs.fit import fitting
from jaxrec.runs.fit.federated import promise
from jaxrec.runs.model_options import options_of
from jaxrec.runs.store.run_folder import read_data
from jaxrec.train import newest_epoch

U, I = 30, 20  # noqa: E741
ROUNDS = {"rounds": 6, "clients_per_round": 10, "pseudo_items": 3, "dim": 4, "validate_every": 2}
KILLED = """
import os, signal, sys
import jaxrec.runs.fit.fitting as fitting
fitting.SAVE_EVERY_SECONDS = 0.0  # A checkpoint a round.
fit = fitting.fit
def killed(epoch, progress, **how):
    number = iter(range(1, 7))
    def run(state):
        found = epoch(state)  # Dispatched, and neither awaited nor saved.
        if next(number) == 4:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    return fit(run, progress, **how)
fitting.fit = killed
from jaxrec.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
DP = {"mechanism": "laplace", "epsilon": 3.0, "clip": 1.0}


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    user, item = np.nonzero(rng.random((U, I)) < 0.5)
    bias = rng.normal(0, 1, U)[user] + rng.normal(0, 1, I)[item]
    rating = np.clip(np.round(3 + bias), 1, 5)
    return pl.DataFrame({"user": [f"u{n}" for n in user], "item": item, "rating": rating})


@pytest.fixture(scope="module")
def links():
    return pl.DataFrame(
        {name: [f"u{n + k}" for n in range(22)] for name, k in (("a", 0), ("b", 3))}
    )


@pytest.fixture(scope="module")
def data(frame, links):
    dataset = jaxrec.Dataset.from_frame(frame)
    return dataset.with_relation("trust", *read_relation(links, dataset, directed=True))


@pytest.fixture(scope="module")
def whole(data):
    """A run that nothing interrupts."""
    return jaxrec.fit(data, "fesog", **ROUNDS)


def test_a_run_is_measured_and_says_how_it_was_trained(whole):
    found = whole.results["federated"]
    assert (found["rounds"], found["clients_per_round"]) == (6, 10)
    assert found["bytes_sent_a_round"] > 10 * 4 * 4 * 10  # Ten clients, a dozen rows of 4 each.
    assert found["mechanism"] == "relative" and found["privacy"] is None
    assert whole.results["refit"] is None  # Clients would spend twice.
    assert whole.metrics["rmse"] < whole.results["baselines"]["constant"]["rmse"] * 1.5
    history = pl.read_csv(whole.folder / "history.csv")
    assert history["clients"].to_list() == [10] * 6 and history["left_out"].sum() == 0
    assert whole.predict({"user": ["u0"], "item": [3]})["prediction"].is_finite().all()


@pytest.fixture
def words(frame, links, tmp_path):
    """Of the command that trains as ``whole`` did, into ``run``."""
    frame.write_csv(tmp_path / "ratings.csv")
    links.write_csv(tmp_path / "links.csv")
    files = ["--data", str(tmp_path / "ratings.csv"), "--social", str(tmp_path / "links.csv")]
    given = [("--" + name.replace("_", "-"), str(value)) for name, value in ROUNDS.items()]
    out = ["--model", "fesog", "--out", str(tmp_path / "run")]
    return ["train", *files, *out, *(word for pair in given for word in pair)]


def test_the_command_line_has_the_same_numbers(whole, words, tmp_path, capfd):
    assert main(words) == 0
    assert jaxrec.load(tmp_path / "run").metrics == whole.metrics
    printed = " ".join(capfd.readouterr().err.split())
    assert "promises no epsilon (noise that follows the ratings)" in printed
    n_valid = len(read_data(tmp_path / "run").split.valid)
    assert f"{n_valid} validation interactions choose the round and are not learned" in printed


def test_a_run_that_was_stopped_goes_on_to_the_same_numbers(whole, data, tmp_path, monkeypatch):
    monkeypatch.setattr(fitting, "SAVE_EVERY_SECONDS", 0.0)

    def stop(epoch):
        if epoch.number == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        jaxrec.fit(data, "fesog", out=tmp_path / "run", on_epoch=stop, **ROUNDS)
    again = jaxrec.fit(data, "fesog", out=tmp_path / "run", resume=True, **ROUNDS)
    assert again.metrics == whole.metrics
    assert again.results["federated"] == whole.results["federated"]


@pytest.mark.integration
def test_a_process_killed_in_the_middle_of_a_round_goes_on_to_the_same_numbers(
    whole, words, tmp_path
):
    """Round 4 has begun: what it computed is lost, and its clients are drawn again."""
    killed = subprocess.run([sys.executable, "-c", KILLED, *words], capture_output=True)
    folder = tmp_path / "run"
    assert killed.returncode == -signal.SIGKILL
    assert 1 <= (newest_epoch(folder / "checkpoint") or 0) < 4
    assert not (folder / "metrics.json").exists()
    assert main(["train", "--out", str(folder), "--resume"]) == 0
    again = jaxrec.load(folder)
    assert again.metrics == whole.metrics
    assert again.results["federated"] == whole.results["federated"]
    same = [(one / "history.csv").read_text() for one in (folder, whole.folder)]
    assert same[0] == same[1]


def test_a_promise_is_kept_by_the_busiest_client(data):
    """The run spends what it promised, by the rounds that the busiest client took part in."""
    run = jaxrec.fit(data, "fesog", **ROUNDS, **DP)
    found = run.results["federated"]
    busiest = found["privacy"]["rounds"]
    assert 1 < busiest <= 6
    assert found["privacy"]["epsilon"] == pytest.approx(3.0) and found["privacy"]["delta"] == 0
    fewer = promise(options_of("fesog", **ROUNDS, **DP), found["clients"], 3)
    assert fewer.epsilon == pytest.approx(3.0 * fewer.rounds / busiest)


def test_biased_mf_trains_on_clients(frame):
    run = jaxrec.fit(jaxrec.Dataset.from_frame(frame), "biased_mf", mechanism="none", **ROUNDS)
    assert run.results["federated"]["mechanism"] == "none"
    assert run.metrics["rmse"] < run.results["baselines"]["constant"]["rmse"]


@pytest.mark.parametrize(
    ("model", "words", "message"),
    [
        (
            "fesog",
            {"mechanism": "relative", "epsilon": 1.0},
            "cannot be kept: --mechanism relative",
        ),
        (
            "fesog",
            {"mechanism": "none", "epsilon": 1.0},
            "cannot be kept: --mechanism none adds no",
        ),
        (
            "fesog",
            DP | {"one_draw": True},
            "--one-draw goes with --mechanism relative, not laplace",
        ),
        ("biased_mf", DP, "biased_mf reads the mean and the shrunken biases of all ratings"),
        (
            "fesog",
            DP | {"center": True},
            "fesog reads with --center the mean and the shrunken",
        ),
        ("fesog", DP | {"epsilon": -1.0}, "--epsilon is -1.0; give a number above 0"),
        ("fesog", DP | {"noise": 0.5}, "--noise is 0.5, but only --rounds with"),
        ("fesog", {"l2": 0.7}, "--l2 is 0.7, but only --rounds 0 reads it"),
        ("fesog", {"fit_all": True}, "--fit-all trains once more on all ratings"),
        ("fesog", {"clients_per_round": 0}, "--clients-per-round is 0; give 1 or more"),
        ("fesog", {"clip": 0.0}, "--clip is 0.0; give a number above 0"),
        ("fesog", {"rounds": 0, "epsilon": 1.0}, "--epsilon is 1.0, but only --rounds above 0"),
    ],
)
def test_what_cannot_be_kept_or_is_not_read_is_refused(data, model, words, message):
    given = {"rounds": 6} | words
    with pytest.raises(InputError, match=message):
        jaxrec.fit(data, model, **given)
