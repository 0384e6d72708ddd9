"""Files of a run that do not fit together are found before anything is made of them.

A long file, for its two runs are spoiled in every way.
"""

import json
import os
import shutil

import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.data import atomic
from jaxrec.runs.store import manifest
from jaxrec.train import Checkpoints
from tests.cli.conftest import SMALL, without_manifest

WORDS = [*SMALL, "--model", "mf", "--epochs", "2", "--validate-every", "1"]
MORE = ["train", "--resume", "--epochs", "3", "--out"]
COMMANDS = {
    "recommend": ["recommend", "RUN", "--all"],
    "similar": ["similar", "RUN", "--items", "ä1"],
    "evaluate": ["evaluate", "RUN"],
    "explain": ["explain", "RUN", "--user", "u1", "--item", "ä1"],
    "export": ["export", "RUN", "--index", "hnsw"],
    "embed": ["embed", "RUN", "--items", "none.parquet", "--out", "vectors"],
    "compare": ["compare", "RUN", "RUN"],
    "resume": [*MORE, "RUN"],
}


def told(command, folder):
    return [str(folder) if word == "RUN" else word for word in COMMANDS[command]]


def trained(clicks, folder, *more):
    assert main(["train", "--data", str(clicks), *WORDS, *more, "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def one(clicks, tmp_path_factory):
    return trained(clicks, tmp_path_factory.mktemp("one") / "run")


@pytest.fixture(scope="module")
def other(clicks, tmp_path_factory):
    """Another run on the same data; of another split, so that all files differ but items."""
    more = ["--seed", "1", "--split-seed", "1", "--epochs", "3"]
    return trained(clicks, tmp_path_factory.mktemp("other") / "run", *more)


@pytest.fixture
def copy(one, tmp_path):
    return shutil.copytree(one, tmp_path / "run")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_another_run_s_interactions(command, copy, other, fails):
    shutil.copy(other / "interactions.parquet", copy)
    line = fails(*told(command, copy))
    assert f"{copy}/interactions.parquet was damaged, edited or taken from another run" in line
    assert "restore it, or train again into a new --out" in line


@pytest.mark.parametrize("name", ["metrics.json", "history.csv", "per_user.parquet", "config.json"])
def test_another_run_s_file_is_named(name, copy, other, fails):
    shutil.copy(other / name, copy)
    assert f"{copy}/{name} " in fails(*told("recommend", copy))


@pytest.mark.parametrize("name", ["users.parquet", "items.parquet", "per_user.parquet"])
def test_a_truncated_and_a_missing_file_are_named(name, copy, fails):
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[:-1])
    assert f"{copy}/{name} was damaged" in fails(*told("recommend", copy))
    (copy / name).unlink()
    assert f"{copy}/{name} is missing" in fails(*told("recommend", copy))


@pytest.mark.parametrize("command", ["recommend", "resume"])
def test_a_checkpoint_of_another_run_or_epoch_is_refused(command, copy, other, fails):
    shutil.rmtree(copy / "checkpoint")
    shutil.copytree(other / "checkpoint", copy / "checkpoint")
    assert "checkpoint is of epoch 3, but the run was finished with that of epoch 2" in fails(
        *told(command, copy)
    )
    (copy / "metrics.json").unlink()  # Of a run that is not finished, it may be of any epoch.
    before = {path: path.read_bytes() for path in copy.iterdir() if path.is_file()}
    assert f"{copy}/checkpoint is another run's" in fails(*told(command, copy))
    assert before == {path: path.read_bytes() for path in copy.iterdir() if path.is_file()}


def test_a_checkpoint_of_which_a_bit_was_flipped_is_refused(copy, fails):
    path = max((copy / "checkpoint").rglob("ocdbt.process_0/d/*"), key=lambda p: p.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    assert f"{copy}/checkpoint was damaged, edited or taken from another" in fails(
        *told("recommend", copy)
    )


@pytest.mark.parametrize("command", ["recommend", "similar"])
def test_a_run_does_not_write_over_its_own_files(command, copy, fails):
    before = (copy / "per_user.parquet").read_bytes()
    words = [*told(command, copy), "--out", str(copy / "per_user.parquet")]
    assert "is a file of the run itself; choose another name" in fails(*words)
    assert (copy / "per_user.parquet").read_bytes() == before


def test_a_manifest_that_is_gone_or_broken_or_another_run_s_is_refused(copy, other, fails):
    words = told("recommend", copy)
    shutil.copy(other / "manifest.json", copy)
    assert "config.json is another run's than manifest.json" in fails(*words)
    (copy / "manifest.json").write_text('{"run": 1}')
    assert "manifest.json is not a run's manifest" in fails(*words)
    (copy / "manifest.json").unlink()
    assert "manifest.json is missing" in fails(*words)


def test_metrics_of_another_run_do_not_finish_one(copy, other, fails):
    (copy / "metrics.json").unlink()
    manifest.reopen(copy, (copy / "config.json").read_text())
    shutil.copy(other / "metrics.json", copy)
    assert "metrics.json is another run's: this one is not finished" in fails(
        *told("recommend", copy)
    )


def test_a_run_of_before_there_were_manifests_opens_and_goes_on(copy, capfd):
    without_manifest(copy)
    capfd.readouterr()
    assert main(told("recommend", copy)) == 0
    assert "whether its files fit together cannot be checked" in capfd.readouterr().err
    assert main(told("resume", copy)) == 0
    assert main(told("evaluate", copy)) == 0
    assert not (copy / "manifest.json").exists()


def test_a_run_may_be_moved_and_copied(one, copy, tmp_path, capfd):
    copy.rename(tmp_path / "elsewhere")
    capfd.readouterr()
    assert main(told("recommend", tmp_path / "elsewhere")) == 0
    moved = capfd.readouterr()
    assert main(told("recommend", one)) == 0
    assert moved == capfd.readouterr() and not moved.err


class Killed(BaseException):
    """Nothing is caught or written any more."""


def dies(words, n, monkeypatch):
    """Whether a command came to the ``n``-th of its changes of a folder, and died there."""
    left = [n]

    def one_less(change):
        def changed(*given, **named):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return change(*given, **named)

        return changed

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "replace", one_less(os.replace))
        patch.setattr("jaxrec.runs.store.run_folder.remove", one_less(lambda path: path.unlink()))
        patch.setattr(Checkpoints, "_write", one_less(Checkpoints._write))
        try:
            assert main(words) == 0
        except Killed:
            return True
    return False


def numbers(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    return {name: metrics[name] for name in ("valid", "test", "model")}


def test_a_kill_between_any_two_writes_leaves_what_is_refused_or_goes_on(
    one, clicks, tmp_path, fails, monkeypatch
):
    n, begun = 0, []
    while True:
        folder = tmp_path / f"{n}"
        words = ["train", "--data", str(clicks), *WORDS, "--out", str(folder)]
        if not dies(words, n, monkeypatch):
            break
        begun.append((folder / "config.json").exists())
        if begun[-1]:
            assert main([*words, "--resume"]) == 0
            assert numbers(folder) == numbers(one)
            assert main(told("evaluate", folder)) == 0
        elif n:
            assert "leaves no config.json" in fails(*words)
        n += 1
    # Three Parquet files, manifest, config; history and checkpoint of both phases, per_user,
    # manifest, metrics.
    assert begun == [False] * 5 + [True] * 7


def test_a_kill_while_a_finished_run_goes_on_changes_nothing(one, clicks, tmp_path, monkeypatch):
    whole = trained(clicks, tmp_path / "whole", "--epochs", "3")
    n = 0
    while True:
        folder = shutil.copytree(one, tmp_path / f"{n}")
        if not dies([*MORE, str(folder)], n, monkeypatch):
            break
        assert main(told("recommend", folder)) == 0
        assert main([*MORE, str(folder)]) == 0
        assert numbers(folder) == numbers(whole)
        n += 1
    assert n == 10  # metrics.json goes; manifest, config, and as above.


def test_a_run_that_diverged_is_not_told_to_resume(clicks, tmp_path, fails, capfd):
    folder = tmp_path / "run"
    words = ["train", "--data", str(clicks), *WORDS, "--out", str(folder)]
    assert main([*words, "--learning-rate", "1e30"]) == 2
    *_, line = capfd.readouterr().err.strip().splitlines()
    again = "train again with a lower --learning-rate (now 1e+30) into a new --out"
    assert again in line and "--resume" not in line
    for line in (fails(*told("recommend", folder)), fails(*told("resume", folder))):
        assert again in line and "diverged in epoch 1" in line and "--resume" not in line
    line = fails(*words)
    assert "holds a run already; choose another --out" in line and "--resume" not in line


def test_a_run_that_diverged_late_answers_and_may_end_before(one, clicks, tmp_path, capfd, fails):
    folder = shutil.copytree(one, tmp_path / "run")
    (folder / "metrics.json").unlink()
    manifest.reopen(folder, (folder / "config.json").read_text())
    manifest.note_divergence(folder, manifest.Divergence(3, "loss is nan"))
    capfd.readouterr()
    assert main(told("recommend", folder)) == 0
    said = capfd.readouterr().err
    assert "answers by its best so far; it diverged in epoch 3: train again with a lower" in said
    assert f"{folder} cannot go on: it diverged in epoch 3" in fails(*told("resume", folder))
    assert main(["train", "--resume", "--out", str(folder), "--epochs", "2"]) == 0
    assert manifest.divergence(folder) is None


def test_data_of_a_run_are_told_apart_by_a_single_byte(copy, fails):
    """Where the changed file reads as well as the old one."""
    users = pl.read_parquet(copy / "users.parquet")
    users.reverse().write_parquet(copy / "users.parquet")
    assert "users.parquet was damaged, edited" in fails(*told("evaluate", copy))
