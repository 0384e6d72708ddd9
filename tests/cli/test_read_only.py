"""A folder that cannot be written is named, with what can be done, by every command that writes."""

import os
import shutil
import subprocess

import pytest

from jaxrec.cli.main import main
from jaxrec.runs.store import manifest
from tests.cli.conftest import SMALL

TUNE = ["--epochs", "1", "--trials", "1", "--validate-every", "1"]


@pytest.fixture(scope="module")
def locked(run, clicks, tmp_path_factory):
    """A folder that nobody can write, with a run and a search in it."""
    folder = tmp_path_factory.mktemp("folder") / "locked"
    shutil.copytree(run, folder / "run")
    (folder / "empty").mkdir()
    words = ["tune", "--data", str(clicks), *SMALL, "--model", "mf", *TUNE]
    assert main([*words, "--out", str(folder / "search")]) == 0
    places = [folder, *(path for path in folder.rglob("*"))]
    for path in places:
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.geteuid() == 0:  # Whom permissions do not stop.
        subprocess.run(["chattr", "+i", *places], capture_output=True)
    try:
        (folder / "empty" / "file").touch()
    except OSError:
        yield folder
    else:
        pytest.skip("nothing keeps this user from writing")
    finally:
        if os.geteuid() == 0:
            subprocess.run(["chattr", "-i", *places], capture_output=True)
        for path in places:
            path.chmod(0o755)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (["recommend", "RUN", "--all", "--out", "HERE/empty/a.csv"], "empty/a.csv"),
        (["similar", "RUN", "--items", "ä1", "--out", "HERE/empty/a.jsonl"], "empty/a.jsonl"),
        (["compare", "RUN", "RUN", "--out", "HERE/empty/a.parquet"], "empty/a.parquet"),
        (["export", "RUN", "--index", "hnsw", "--out", "HERE/empty/a"], "empty/a"),
        (["export", "HERE/run", "--index", "hnsw"], "run/recommend.hnsw"),
        (["export", "RUN", "--stablehlo", "HERE/empty/a"], "empty/a"),
        (["train", "--data", "DATA", *SMALL, "--out", "HERE/empty/a"], "empty/a"),
        (["train", "--data", "DATA", *SMALL, "--out", "HERE/empty"], "empty/interactions.parquet"),
        (["train", "--resume", "--out", "HERE/run"], "run/metrics.json"),
        (["tune", "--data", "DATA", *SMALL, *TUNE, "--out", "HERE/empty/a"], "empty/a"),
        (
            ["tune", "--data", "DATA", *SMALL, "--model", "mf", *TUNE, "--out", "HERE/search"],
            "search/study.journal",
        ),
    ],
)
def test_the_users_path_the_reason_and_the_repair_are_told(
    words, place, locked, run, clicks, capfd
):
    names = {"RUN": str(run), "DATA": str(clicks)}
    capfd.readouterr()
    code = main([names.get(word, word).replace("HERE", str(locked)) for word in words])
    *_, line = capfd.readouterr().err.strip().splitlines()
    assert code == 2 and line.startswith(f"jaxrec: cannot write {locked / place}: "), line
    assert "; get permission to write there, or choose another" in line
    assert "defect" not in line and f".{os.getpid()}-" not in line


def test_a_run_that_cannot_be_written_still_answers(locked):
    assert (locked / "run" / manifest.NAME).is_file()
    assert main(["recommend", str(locked / "run"), "--all"]) == 0
    assert main(["evaluate", str(locked / "run")]) == 0


@pytest.mark.parametrize(
    "words",
    [
        ["export", "RUN", "--stablehlo", "FILE/a"],
        ["train", "--data", "DATA", *SMALL, "--out", "FILE/a"],
        ["tune", "--data", "DATA", *SMALL, *TUNE, "--out", "FILE/a"],
    ],
)
def test_a_place_under_a_file_is_named(words, run, clicks, tmp_path, capfd):
    (tmp_path / "file").write_text("")
    names = {"RUN": str(run), "DATA": str(clicks)}
    words = [names.get(word, word).replace("FILE", str(tmp_path / "file")) for word in words]
    assert main(words) == 2
    *_, line = capfd.readouterr().err.strip().splitlines()
    assert f"cannot write {tmp_path}/file/a: Not a directory; choose another" in line
