"""A small file of clicks with known blocks, and a run trained on it."""

import json
import logging
from pathlib import Path

import polars as pl
import pytest

from jaxrec.cli.console import printed_log
from jaxrec.cli.main import main
from jaxrec.data import block_model
from jaxrec.runs.fit import curves

SMALL = ["--dim", "8", "--batch-size", "64", "--epochs", "40", "--validate-every", "5"]


def write_clicks(path: Path) -> Path:
    """Users 'u0'.. and items 'ä0'.. in four blocks; nearly all clicks stay within a block."""
    blocks = block_model(n_users=60, n_items=40, n_blocks=4, p_in=0.6, p_out=0.02, seed=0)
    frame = pl.DataFrame(
        {
            "customer": [f"u{row}" for row in blocks.user],
            "product": [f"ä{row}" for row in blocks.item],
        }
    )
    frame.write_csv(path)
    return path


@pytest.fixture(scope="session")
def clicks(tmp_path_factory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("data") / "clicks.csv")


@pytest.fixture(scope="session")
def facts(tmp_path_factory) -> Path:
    """What is known of the items of ``clicks``: the block of each, and the block before each."""
    path = tmp_path_factory.mktemp("facts") / "facts.tsv"
    rows = [("head", "relation", "tail")]
    rows += [(f"ä{item}", "stands in", f"block {item % 4}") for item in range(40)]
    rows += [(f"block {block}", "follows", f"block {block - 1}") for block in (1, 2, 3)]
    path.write_text("".join("\t".join(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="session")
def friends(tmp_path_factory) -> Path:
    """Who of the users of ``clicks`` are friends: the next two of their block."""
    path = tmp_path_factory.mktemp("friends") / "friends.csv"
    pairs = [(n, n + by) for n in range(60) for by in (4, 8) if n + by < 60]
    path.write_text("from,to\n" + "".join(f"u{one},u{other}\n" for one, other in pairs))
    return path


@pytest.fixture(scope="session")
def run(clicks, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    assert main(["train", "--data", str(clicks), "--out", str(folder), *SMALL]) == 0
    return folder


@pytest.fixture(autouse=True)
def _lines_as_a_command_prints_them():
    with printed_log():
        yield


@pytest.fixture(autouse=True)
def _few_pictures(monkeypatch):
    """As without the extra ``plots``, but for ``run``: a picture is a fifth of a small run."""
    monkeypatch.setattr(curves, "draw", lambda *_: False)


def without_manifest(folder: Path) -> Path:
    """Makes a run one of before there were manifests, which is not checked for other files."""
    config = json.loads((folder / "config.json").read_text())
    del config["run"]
    for name in ("config.json", "manifest.json"):
        (folder / name).unlink()
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture
def fails(capfd):
    """Runs a command that must fail; returns its one line on standard error."""
    for name in ("absl", "asyncio"):  # As the console script does.
        logging.getLogger(name).setLevel(logging.CRITICAL)

    def run(*words: str) -> str:
        capfd.readouterr()  # What was printed before does not count.
        code = main(list(words))
        printed = capfd.readouterr()
        assert code == 2, printed.err
        assert "Traceback" not in printed.err
        *notices, line = printed.err.strip().splitlines()
        assert all("cannot be checked" in notice for notice in notices)  # Of ``without_manifest``.
        assert line.startswith("jaxrec: ")
        return line

    return run
