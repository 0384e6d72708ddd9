"""A run killed at any moment and resumed ends with the numbers of the unbroken run.

A long file, for every stop is compared with one unbroken run.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.runs.fit import fitting, results as run_results, training as parts
from jaxrec.runs.fit.fitting import read_history
from jaxrec.train import newest_epoch
from tests.cli.conftest import without_manifest

WORDS = ["--model", "lightgcn", "--dim", "16", "--batch-size", "64", "--epochs", "24"]
WORDS += ["--validate-every", "3", "--patience", "24"]

PROGRAM = """
import sys
import jaxrec.runs.fit.fitting as fitting
import time
from jaxrec.train import Checkpoints
fitting.SAVE_EVERY_SECONDS = 0.0  # A checkpoint an epoch: many moments to be killed in,
save = Checkpoints.save  # and long enough for the test to look in between.
Checkpoints.save = lambda *arguments: (save(*arguments), time.sleep(0.05))
from jaxrec.cli.main import main
sys.exit(main(sys.argv[1:]))
"""

INTERRUPTED = """
import os, sys
import jaxrec.runs.fit.fitting as fitting
fitting.SAVE_EVERY_SECONDS = 1e9
fit = fitting.fit
def interrupted(epoch, progress, **how):
    n_epochs = iter(range(1, 25))
    def run(state):  # The signal comes while epoch 6 runs.
        if next(n_epochs) == 6:
            os.kill(os.getpid(), {kind})
        return epoch(state)
    return fit(run, progress, **how)
fitting.fit = interrupted
from jaxrec.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def results(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    del metrics["seconds"]
    return metrics, *((folder / f"history{of}.csv").read_text() for of in ("", "-refit"))


@pytest.fixture(scope="module")
def whole(clicks, tmp_path_factory):
    """Results of the unbroken run."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert main(["train", "--data", str(clicks), "--out", str(folder), *WORDS]) == 0
    return results(folder)


def start(folder, clicks, *more):
    words = ["train", "--data", str(clicks), "--out", str(folder), *WORDS, *more]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *words], **quiet)


def kill_when(process, condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize(("kind", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_keeps_its_last_epoch(clicks, whole, tmp_path, kind, code):
    """Without a checkpoint in between: the interrupt itself saves, and resuming changes nothing."""
    broken = tmp_path / "broken"
    program = INTERRUPTED.format(kind=int(kind))
    words = ["train", "--data", str(clicks), "--out", str(broken), *WORDS]
    stopped = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True
    )
    assert stopped.returncode == code
    assert "stopping after this epoch; a second signal ends at once" in stopped.stderr
    resume = f"jaxrec train --resume --out {broken}"
    assert f"stopped; {resume} goes on after epoch 6" in stopped.stderr
    assert [path.name for path in (broken / "checkpoint").iterdir()] == ["6"]
    assert read_history(broken / "history.csv")["epoch"].to_list() == [1, 2, 3, 4, 5, 6]
    assert main(["train", "--out", str(broken), "--resume"]) == 0
    assert results(broken) == whole


def test_kill_and_resume_change_nothing(clicks, whole, tmp_path, capfd):
    broken = tmp_path / "broken"

    epochs = lambda name="checkpoint": newest_epoch(broken / name) or 0
    kill_when(start(broken, clicks), lambda: epochs() >= 4)
    kill_when(start(broken, clicks, "--resume"), lambda: epochs() >= 10)
    kill_when(start(broken, clicks, "--resume"), lambda: epochs("checkpoint-refit") >= 2)
    assert not (broken / "metrics.json").exists()
    capfd.readouterr()
    assert main(["recommend", str(broken), "--all"]) == 0
    assert f"{broken} is not finished, and answers by its best so far" in capfd.readouterr().err
    assert start(broken, clicks, "--resume").wait(120) == 0
    assert results(broken) == whole


@pytest.mark.parametrize(
    ("step", "last"), [("build_epoch", "epoch 0"), ("finish", "refit epoch 12")]
)
def test_an_interrupt_outside_of_epochs_says_how_to_resume(
    clicks, whole, tmp_path, capfd, monkeypatch, step, last
):
    """While the epoch is built, and while the trained model is measured."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    broken, module = tmp_path / "broken", parts if step == "build_epoch" else run_results
    with monkeypatch.context() as patch:
        patch.setattr(module, step, interrupted)
        assert main(["train", "--data", str(clicks), "--out", str(broken), *WORDS]) == 130
    resume = f"jaxrec train --resume --out {broken}"
    assert f"stopped; {resume} goes on after {last}" in capfd.readouterr().err
    assert main(["train", "--out", str(broken), "--resume"]) == 0
    assert results(broken) == whole


def test_a_signal_after_the_last_epoch_stops_the_run(clicks, whole, tmp_path, capfd, monkeypatch):
    fit, broken = fitting.fit, tmp_path / "broken"

    def interrupted(*arguments, **how):
        progress = fit(*arguments, **how)
        os.kill(os.getpid(), signal.SIGINT)
        return progress

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "fit", interrupted)
        assert main(["train", "--data", str(clicks), "--out", str(broken), *WORDS]) == 130
    assert "goes on after epoch 24" in capfd.readouterr().err
    assert not (broken / "metrics.json").exists()
    assert main(["train", "--out", str(broken), "--resume"]) == 0
    assert results(broken) == whole


def test_a_run_killed_before_its_first_checkpoint_starts_again(clicks, whole, tmp_path):
    broken = tmp_path / "broken"
    kill_when(start(broken, clicks), (broken / "config.json").exists)
    assert main(["train", "--out", str(broken), "--resume"]) == 0  # Options come from the run.
    assert results(broken) == whole


def test_more_epochs_go_on_where_the_run_ended(clicks, whole, tmp_path):
    grown = tmp_path / "grown"
    words = ["train", "--data", str(clicks), *WORDS, "--epochs", "12"]
    assert main([*words, "--out", str(grown)]) == 0
    assert main(["train", "--out", str(grown), "--resume", "--epochs", "24"]) == 0
    assert results(grown)[0] == whole[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dim", "32"], "--dim 16, not 32"),
        (["--seed", "1"], "--seed 0, not 1"),
        (["--model", "ngcf"], "--model lightgcn, not ngcf"),  # Whatever else differs by it.
    ],
)
def test_resuming_with_other_options_is_refused(clicks, tmp_path, fails, words, said):
    folder = tmp_path / "run"
    train = ["train", "--data", str(clicks), "--out", str(folder), *WORDS, "--epochs", "1"]
    assert main(train) == 0
    assert said in fails("train", "--out", str(folder), "--resume", *words)


def test_fewer_epochs_than_are_done_are_refused_and_nothing_changes(clicks, tmp_path, fails):
    folder = tmp_path / "run"
    words = ["train", "--data", str(clicks), "--out", str(folder), *WORDS, "--epochs", "6"]
    assert main(words) == 0
    before = results(folder), (folder / "config.json").read_text()
    told = fails("train", "--out", str(folder), "--resume", "--epochs", "5")
    assert f"--epochs is 5 but {folder} has trained 6; give as many or more" in told
    assert before == (results(folder), (folder / "config.json").read_text())


def test_a_rate_that_goes_down_to_the_last_epoch_keeps_it(clicks, tmp_path, fails):
    folder = tmp_path / "run"
    words = ["train", "--data", str(clicks), "--out", str(folder), *WORDS, "--epochs", "2"]
    assert main([*words, "--schedule", "cosine"]) == 0
    told = fails("train", "--out", str(folder), "--resume", "--epochs", "4")
    assert "--schedule cosine down to --epochs 2, not 4" in told and "another --out" in told
    assert main(["train", "--out", str(folder), "--resume"]) == 0


def test_a_run_of_options_that_are_refused_now_goes_on(clicks, tmp_path):
    """Begun before anything told that nothing reads them."""
    folder = tmp_path / "run"
    words = ["train", "--data", str(clicks), "--out", str(folder), *WORDS, "--epochs", "1"]
    assert main([*words, "--loss", "softmax", "--candidates", "all", "--valid-fraction", "0"]) == 0
    config = json.loads((folder / "config.json").read_text())
    config["options"] |= {"log_q": 0.0, "validate_every": 3, "patience": 1}
    (folder / "config.json").write_text(json.dumps(config))
    without_manifest(folder)
    assert main(["train", "--out", str(folder), "--resume", "--epochs", "5"]) == 0


def test_a_history_is_read_whose_validations_begin_late(tmp_path):
    valid = [None] * 119 + [0.5] + [None] * 10
    written = pl.DataFrame({"epoch": range(1, 131), "valid": valid})
    written.write_csv(tmp_path / "history.csv")
    assert read_history(tmp_path / "history.csv").equals(written)


def test_a_folder_without_checkpoint_says_one_thing(clicks, tmp_path, fails):
    folder = tmp_path / "run"
    words = ["train", "--data", str(clicks), "--out", str(folder), *WORDS, "--epochs", "1"]
    assert main(words) == 0
    for path in folder.glob("checkpoint*/*"):
        shutil.rmtree(path)
    told = fails("recommend", str(folder), "--all")
    assert "holds no checkpoint; finish it" in told and "answers by" not in told


def test_resuming_needs_the_run_alone(clicks, tmp_path):
    data, folder = tmp_path / "clicks.csv", tmp_path / "run"
    data.write_text(clicks.read_text())
    assert main(["train", "--data", str(data), "--out", str(folder), *WORDS, "--epochs", "1"]) == 0
    data.unlink()
    assert main(["train", "--out", str(folder), "--resume", "--epochs", "2"]) == 0
    assert len((folder / "history.csv").read_text().splitlines()) == 3
