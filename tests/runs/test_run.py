"""The front door: what Python and the command line do is the same."""

import json
import logging
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.runs.answer.answers import neighbors, recommendations
from tests.cli.conftest import SMALL, write_clicks

SETTINGS = {"dim": 8, "batch_size": 64, "epochs": 40, "validate_every": 5}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_clicks(tmp_path_factory.mktemp("data") / "clicks.csv")


@pytest.fixture(scope="module")
def data(file):
    return jaxrec.Dataset.from_frame(pl.read_csv(file), user="customer", item="product")


@pytest.fixture(scope="module")
def run(data):
    return jaxrec.fit(data, "mf", **SETTINGS)


@pytest.fixture(scope="module")
def by_command(file, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    words = ["--user-column", "customer", "--item-column", "product", "--out", str(out)]
    assert main(["train", "--data", str(file), "--model", "mf", *words, *SMALL]) == 0
    return out


def test_importing_the_package_imports_no_jax():
    program = "import sys, jaxrec; late = 'jax' in sys.modules; jaxrec.fit; sys.exit(late)"
    subprocess.run([sys.executable, "-c", program]).check_returncode()


def test_a_folder_of_the_same_name_does_not_hide_the_package(tmp_path):
    (tmp_path / "jaxrec").mkdir()  # As the folder that holds a clone has one.
    (tmp_path / "jaxrec" / "README.md").write_text("a clone")
    root = str(Path(jaxrec.__file__).parents[1])
    program = f"import sys; sys.path.append({root!r}); from jaxrec import retrieve"
    subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PATH": ""}
    ).check_returncode()


def test_python_and_the_command_line_measure_the_same(run, by_command):
    written = json.loads((by_command / "metrics.json").read_text())
    for key in ("test", "valid", "baselines", "model", "refit", "seed"):
        assert run.results[key] == written[key], key
    assert run.metrics == written["test"]
    assert run.evaluate(k=(10, 20))["test"].filter(system="mf")["recall@20"].item() == (
        pytest.approx(written["test"]["recall@20"])
    )


def test_a_run_of_the_command_line_answers_python_with_the_same_lists(by_command, capfd):
    assert main(["recommend", str(by_command), "--users", "u3", "u1", "--k", "4"]) == 0
    listed = pl.read_csv(capfd.readouterr().out.encode())
    loaded = jaxrec.load(by_command)
    frame = loaded.recommend(["u3", "u1"], k=4)
    assert (
        frame.select("user", "item", "rank").rows() == listed.select("user", "item", "rank").rows()
    )
    np.testing.assert_allclose(frame["score"], listed["score"], rtol=1e-6)
    assert main(["similar", str(by_command), "--items", "ä1", "--k", "3"]) == 0
    near = pl.read_csv(capfd.readouterr().out.encode())
    assert loaded.similar(["ä1"], k=3)["item"].to_list() == near["item"].to_list()


def test_lists_have_ten_items_by_default(run):
    assert len(recommendations(run._served, pl.Series(["u0"]))) == 10 == len(run.recommend(["u0"]))
    assert len(neighbors(run._served, ("ä1",))) == 10 == len(run.similar(["ä1"]))


def test_what_is_saved_answers_as_before(run, tmp_path):
    saved = run.save(tmp_path / "saved")
    assert jaxrec.load(tmp_path / "saved").recommend(["u0"]).equals(run.recommend(["u0"]))
    assert saved.metrics == run.metrics and repr(saved).startswith("Run('mf', ")
    with pytest.raises(InputError, match="exists; choose another folder"):
        run.save(tmp_path / "saved")


def test_a_run_without_out_leaves_nothing_behind(data):
    short = jaxrec.fit(data, "item_knn")
    folder = short.folder
    assert folder.is_dir()
    del short
    assert not folder.exists()


def test_new_users_are_answered_by_their_items(data):
    run = jaxrec.fit(data, "item_knn")
    frame = run.recommend(items=["ä1", "ä5"], k=3)
    assert frame.columns == ["item", "rank", "score"] and not {"ä1", "ä5"} & set(frame["item"])
    both = run.recommend(histories={"user": ["x", "x", "y"], "item": ["ä1", "ä5", "ä2"]}, k=3)
    assert both.filter(user="x")["item"].to_list() == frame["item"].to_list()
    with pytest.raises(InputError, match="one of them"):
        run.recommend(["u1"], items=["ä1"])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"min_rating": 3}, "min_rating is an option of reading"),
        ({"dim": 0}, "--dim is 0"),
        ({"task": "rating"}, "mf answers ranking"),
    ],
)
def test_what_cannot_be_is_refused_before_training(data, settings, told):
    with pytest.raises(InputError, match=told):
        jaxrec.fit(data, "mf", **settings)


def test_a_text_in_place_of_ids_is_refused(run):
    with pytest.raises(InputError, match="give a list of ids"):
        run.recommend("u1")


def test_who_ranks_predicts_nothing(run):
    told = "train with --task clicks or rating"
    with pytest.raises(InputError, match=f"run of mf was trained with --task ranking.*{told}"):
        run.predict({"user": ["u1"], "item": ["ä1"]})


def test_lines_go_to_the_logger_and_not_to_the_terminal(data, caplog, capfd):
    with caplog.at_level(logging.INFO, "jaxrec"):
        jaxrec.fit(data, "item_knn")
    assert any("training interactions ->" in line for line in caplog.messages)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


@pytest.mark.parametrize(
    ("model", "lists", "scores"),
    [
        ("mf", [27, 7, 39, 5, 9, 37, 30, 14, 34], [0.015111351, 0.024557881]),
        ("item_knn", [0, 12, 16, 37, 17, 33, 14, 21, 5], [0.949697, 0.457176]),
    ],
)
def test_a_run_of_an_earlier_format_opens_and_answers(model, lists, scores, tmp_path):
    with tarfile.open(Path(__file__).parent / f"run_of_format_2_{model}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    frame = jaxrec.load(tmp_path / "run").recommend(["u0", "u1", "u2"], k=3)
    assert frame["item"].to_list() == [f"ä{item}" for item in lists]
    np.testing.assert_allclose(frame["score"][[0, 8]], scores, rtol=1e-4)
