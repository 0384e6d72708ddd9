"""Folders that are taken, full, broken or of another kind end in exit code 2 and one line."""

import json
import os
import shutil
import subprocess
import sys

import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.runs.fit import train
from jaxrec.runs.store.files import alone
from tests.cli.conftest import SMALL


def test_another_run_is_not_overwritten(run, clicks, fails):
    before = {path: path.read_bytes() for path in run.iterdir() if path.is_file()}
    words = ["train", "--data", str(clicks), "--out", str(run)]
    assert "add --resume to go on with it, or choose" in fails(*words)
    line = fails(*words, "--model", "ease")  # Which has nothing to resume.
    assert "holds a run already; choose another --out" in line and "--resume" not in line
    assert before == {path: path.read_bytes() for path in run.iterdir() if path.is_file()}


def test_of_runs_started_together_the_later_writes_elsewhere(clicks, tmp_path, capfd, monkeypatch):
    """Another begins and ends while the first reads its data."""
    words = ["train", "--data", str(clicks), "--model", "item_knn"]
    load = train.load_run

    def slow(*more):
        def load_run(*read):
            monkeypatch.setattr(train, "load_run", load)
            assert main([*words, *more]) == 0
            return load(*read)

        monkeypatch.setattr(train, "load_run", load_run)

    monkeypatch.chdir(tmp_path)
    slow()
    assert main(words) == 0
    names = {"clicks-item_knn", "clicks-item_knn-2"}
    assert {path.name for path in (tmp_path / "runs").iterdir()} == names
    slow("--out", "one")
    assert main([*words, "--out", "one"]) == 2
    assert "one holds a run already" in capfd.readouterr().err


def test_a_folder_that_another_process_trains_in_is_left_alone(run, clicks, tmp_path, fails):
    new = tmp_path / "new"
    new.mkdir()
    words = ["train", "--data", str(clicks), "--model", "item_knn", "--out", str(new)]
    with alone(run), alone(new):
        line = fails("train", "--resume", "--out", str(run))
        assert f"another process is training in {run}; wait for it, or choose another" in line
        assert "another process is training" in fails(*words)
        assert "another process is training" in fails("tune", *words[1:], "--trials", "1")
    assert not list(new.iterdir())
    assert main(words) == 0


def test_a_system_without_locks_keeps_nobody_out(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)  # As on Windows.
    with alone(tmp_path), alone(tmp_path):
        pass


def test_a_folder_with_other_files_is_not_written_into(clicks, tmp_path, fails):
    (tmp_path / "letter.txt").write_text("dear")
    assert "not an empty folder" in fails("train", "--data", str(clicks), "--out", str(tmp_path))


def test_a_folder_that_cannot_be_written_is_named(clicks, fails):
    line = fails("train", "--data", str(clicks), "--out", "/proc/jaxrec-run", *SMALL)
    assert "/proc/jaxrec-run" in line and "--out" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_named(clicks, tmp_path, fails):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    line = fails("train", "--data", str(clicks), "--out", str(folder / "run"), *SMALL)
    assert str(folder) in line


def test_a_full_disk_is_named_and_keeps_the_run_resumable(clicks, tmp_path):
    """Files larger than a limit cannot be written, as on a full disk."""
    folder = tmp_path / "run"
    words = ["train", "--data", str(clicks), "--out", str(folder), *SMALL, "--dim", "512"]
    words += ["--epochs", "2"]
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)); "
        "from jaxrec.cli.main import entry; entry()"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 2, done.stderr
    assert last.startswith("jaxrec: ") and str(folder) in last and "Traceback" not in done.stderr
    assert main([*words, "--resume"]) == 0


def test_training_that_diverges_says_so_and_keeps_the_checkpoint(clicks, tmp_path, capfd):
    folder = tmp_path / "run"
    words = ["train", "--data", str(clicks), "--out", str(folder), *SMALL]
    assert main([*words, "--learning-rate", "1e30"]) == 2
    *_, line = capfd.readouterr().err.strip().splitlines()
    assert line.startswith("jaxrec: ") and "diverged in epoch" in line
    assert "--learning-rate" in line and str(folder) in line
    assert not (folder / "metrics.json").exists()


def copy(run, folder):
    shutil.copytree(run, folder)
    return folder


def test_a_corrupt_checkpoint_is_named(run, tmp_path, fails):
    folder = copy(run, tmp_path / "run")
    for path in (folder / "checkpoint").rglob("*"):
        if path.is_file():
            path.write_bytes(b"not a checkpoint")
    line = fails("recommend", str(folder), "--all")
    assert "checkpoint" in line and str(folder) in line


def test_a_truncated_checkpoint_is_named(run, tmp_path, fails):
    folder = copy(run, tmp_path / "run")
    for path in (folder / "checkpoint").rglob("d/*"):
        path.write_bytes(path.read_bytes()[:-20])
    assert "checkpoint" in fails("recommend", str(folder), "--all")


def test_a_checkpoint_of_another_model_is_named(run, tmp_path, fails):
    folder = copy(run, tmp_path / "run")
    config = json.loads((folder / "config.json").read_text())
    config["options"]["dim"] = 16
    (folder / "config.json").write_text(json.dumps(config))
    assert "checkpoint" in fails("recommend", str(folder), "--all")


def test_a_missing_checkpoint_is_named(run, tmp_path, fails):
    folder = copy(run, tmp_path / "run")
    shutil.rmtree(folder / "checkpoint-refit")  # What a run answers from.
    assert "--resume" in fails("recommend", str(folder), "--all")


def test_a_model_that_is_not_trained_is_not_to_be_resumed(run, clicks, tmp_path, fails, capfd):
    folder = str(tmp_path / "knn")
    words = ["train", "--data", str(clicks), "--model", "item_knn", "--out", folder]
    assert main(words) == 0
    (tmp_path / "knn" / "metrics.json").unlink()
    capfd.readouterr()
    assert main(["recommend", folder, "--all"]) == 0
    told = [" ".join(capfd.readouterr().err.split()), fails("compare", str(run), folder)]
    shutil.rmtree(tmp_path / "knn" / "checkpoint")
    told += [fails("recommend", folder, "--all")]
    for line in told:
        assert "item_knn has nothing to resume: train again into a new --out" in line
        assert "--resume" not in line


@pytest.mark.parametrize("content", ["{", "[]", '{"options": {"color": 1}}'])
def test_a_broken_config_is_named(run, tmp_path, fails, content):
    folder = copy(run, tmp_path / "run")
    (folder / "config.json").write_text(content)
    assert "config.json" in fails("evaluate", str(folder))


def test_a_run_without_its_ids_is_named(run, tmp_path, fails):
    folder = copy(run, tmp_path / "run")
    pl.DataFrame({"user": ["u1"]}).write_parquet(folder / "users.parquet")
    assert str(folder) in fails("recommend", str(folder), "--all")
    (folder / "users.parquet").unlink()
    assert str(folder) in fails("recommend", str(folder), "--all")
