"""Whole runs on meshes of eight devices measure what one device does."""

import json

import numpy as np
import pytest

from jaxrec.cli.evaluate import evaluate
from jaxrec.cli.main import main
from jaxrec.cli.options.looking import EvaluateOptions
from jaxrec.registry import MODELS
from jaxrec.tasks import RANKING
from tests.cli.conftest import SMALL, clicks  # noqa: F401


def results(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    return metrics["valid"] | {f"test {name}": value for name, value in metrics["test"].items()}


def train(clicks, folder, *words):  # noqa: F811
    start = ["train", "--data", str(clicks), "--out", str(folder), *SMALL]
    assert main([*start, "--epochs", "12", "--propagation", "bcsr", *words]) == 0
    return results(folder)


@pytest.fixture(scope="module")
def alone(clicks, tmp_path_factory):  # noqa: F811
    folder = tmp_path_factory.mktemp("alone") / "run"
    return folder, train(clicks, folder)


@pytest.mark.parametrize("devices", ["2 2 2", "1 7 1", "8"])
def test_a_run_on_devices_measures_the_same(clicks, alone, tmp_path, devices):  # noqa: F811
    found = train(clicks, tmp_path / "run", "--devices", *devices.split())
    # Two items of almost equal score may change places.
    for name, value in alone[1].items():
        assert found[name] == pytest.approx(value, rel=0.02), name
    lists = [tmp_path / "spread.csv", tmp_path / "alone.csv"]
    for folder, path in zip((tmp_path / "run", alone[0]), lists, strict=True):
        assert main(["recommend", str(folder), "--users", "u1", "u5", "--out", str(path)]) == 0
    spread, single = (path.read_text().splitlines() for path in lists)
    assert [row.split(",")[:3] for row in spread] == [row.split(",")[:3] for row in single]


def test_a_run_goes_on_with_other_devices(clicks, alone, tmp_path):  # noqa: F811
    folder = tmp_path / "run"
    train(clicks, folder, "--epochs", "4", "--devices", "1", "7", "1")
    for epochs, devices in ((8, ["2", "2", "2"]), (12, ["1"])):
        words = ["--resume", "--epochs", str(epochs), "--devices", *devices]
        assert main(["train", "--out", str(folder), *words]) == 0
    history = [(run / "history.csv").read_text().splitlines() for run in (folder, alone[0])]
    names = history[0][0].split(",")
    found, expected = ([row.split(",") for row in lines[1:]] for lines in history)
    column = names.index("loss")
    losses = [[float(row[column]) for row in rows] for rows in (found, expected)]
    np.testing.assert_allclose(*losses, rtol=1e-5)


SLOW = ("gcn", "xsimgcl", "bgcf", "gat")
"""Placed on devices as others are: as ``ngcf`` and as ``simgcl``."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in SLOW else ())
        for name, entry in MODELS.items()
        if entry.trained and not (entry.knows or entry.links) and RANKING in entry.tasks
    ],
)
def test_every_trained_model_trains_and_is_measured_on_two_devices(name, clicks, tmp_path):  # noqa: F811
    words = ["--model", name, "--devices", "2", "--dim", "8", "--batch-size", "64", "--epochs", "1"]
    run = tmp_path / "run"
    assert main(["train", "--data", str(clicks), "--out", str(run), *words]) == 0
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["devices"] == [1, 1, 2]
    served = evaluate(EvaluateOptions(str(run)))["test"][name]  # On one.
    assert served["recall@20"] == pytest.approx(metrics["test"]["recall@20"], rel=0.02)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--devices", "16"], "takes 16 devices and there are 8"),
        (["--devices", "3"], "--dim is 8"),
        (["--devices", "5", "1", "1"], "--batch-size is 64"),
        (["--devices", "1", "4", "1", "--propagation", "segment_sum"], "split by rows"),
        (["--devices", "1", "4", "1", "--propagation", "buckets"], "split by rows"),
        (["--devices", "2", "2"], "three"),
        (["--devices", "0"], "three"),
        (["--steps", "0"], "--steps is 0"),
    ],
)
def test_bad_devices_are_one_line(clicks, tmp_path, capfd, words, said):  # noqa: F811
    folder = tmp_path / "run"
    assert main(["train", "--data", str(clicks), "--out", str(folder), *SMALL, *words]) == 2
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert said in line and not folder.exists()
