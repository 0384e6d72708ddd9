"""Indices and programs of a trained run, from the command line."""

import json
import shutil
import sys

import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from jaxrec import registry
from jaxrec.cli.main import main
from jaxrec.retrieve import Ann, program
from jaxrec.runs.answer import answers, best_items, serving
from jaxrec.runs.model_options import options_of
from tests.cli.conftest import SMALL
from tests.retrieve.test_program import run_by_a_stranger


@pytest.fixture(scope="module")
def indices(run, tmp_path_factory):
    """Files for both commands, by name."""
    folder = tmp_path_factory.mktemp("indices")
    for command in ("recommend", "similar"):
        words = ["--index", "hnsw", "--answers", command, "--out", str(folder / command)]
        assert main(["export", str(run), *words]) == 0
    return folder


def asked(words, path):
    assert main([*map(str, words), "--out", str(path)]) == 0
    return pl.read_csv(path)


@pytest.mark.parametrize(
    "words",
    [
        ["recommend", "RUN", "--all", "--k", "10"],
        ["recommend", "RUN", "--all", "--k", "40"],
        ["recommend", "RUN", "--users", "u3", "--hide", "none"],
        ["similar", "RUN", "--items", "ä1", "ä2", "ä3", "--k", "6"],
    ],
)
def test_an_index_that_is_searched_whole_answers_as_without(run, indices, words, tmp_path):
    words = [str(run) if word == "RUN" else word for word in words]
    exact = asked(words, tmp_path / "exact.csv")
    found = asked([*words, "--index", indices / words[0]], tmp_path / "found.csv")
    on = [name for name in exact.columns if name not in ("rank", "score")]
    both = exact.join(found, on=on, how="inner")
    assert len(found) == len(exact) == len(both)
    np.testing.assert_allclose(both["score"], both["score_right"], rtol=1e-5, atol=1e-6)


def test_recall_is_measured_printed_and_stored(run, tmp_path, capfd):
    path = tmp_path / "items"
    words = ["--index", "hnsw", "--out", str(path), "--k", "10", "--recall", "1"]
    assert main(["export", str(run), *words]) == 0
    printed = capfd.readouterr().err
    assert "hnsw of 40 items by inner product" in printed and "recall@10 1.0000" in printed
    about = json.loads((tmp_path / "items.json").read_text())["about"]
    assert about["recall@10"] == 1.0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["items", "items.json"]


def test_by_default_the_index_lies_in_the_run(run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    assert main(["export", str(folder), "--index", "hnsw", "--answers", "similar"]) == 0
    assert (folder / "similar.hnsw").is_file() and (folder / "similar.hnsw.json").is_file()
    words = ["similar", str(folder), "--items", "ä1", "--index", str(folder / "similar.hnsw")]
    assert len(asked(words, tmp_path / "lists.csv")) == 10


def test_an_index_of_the_other_command_is_refused(run, indices, fails):
    line = fails("recommend", str(run), "--all", "--index", str(indices / "similar"))
    assert "cosine, not inner product" in line and "--answers recommend" in line
    line = fails("similar", str(run), "--items", "ä1", "--index", str(indices / "recommend"))
    assert "inner product, not cosine" in line and "--answers similar" in line


def test_an_index_of_another_run_is_refused(clicks, indices, tmp_path, fails):
    words = ["--data", str(clicks), "--out", str(tmp_path / "other"), *SMALL, "--seed", "1"]
    assert main(["train", *words]) == 0
    words = ["--all", "--index", str(indices / "recommend")]
    assert "its run is" in fails("recommend", str(tmp_path / "other"), *words)


def test_a_truncated_index_is_refused(run, indices, tmp_path, fails):
    for name in ("recommend", "recommend.json"):
        shutil.copy(indices / name, tmp_path / name)
    whole = (tmp_path / "recommend").read_bytes()
    (tmp_path / "recommend").write_bytes(whole[:-9])
    line = fails("recommend", str(run), "--all", "--index", str(tmp_path / "recommend"))
    assert "damaged" in line and "jaxrec export RUN --index hnsw --answers recommend" in line


def test_lists_cut_short_by_an_index_are_counted(run, monkeypatch, capfd):
    served = serving.open_run(run)
    lists = best_items.recommend(served.model, served.reps, np.arange(3), 40, 5)
    lists.item[1, 3:] = -1
    monkeypatch.setattr(best_items, "recommend", lambda *_, **__: lists)
    frame = answers.recommendations(
        served, served.data.user_ids[:3], 5, index=Ann("hnsw", None, 8, 1)
    )
    assert len(frame) == 13
    assert "1 of 3 lists are short" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["filter_r", "ease"])
def test_a_model_without_vectors_has_no_index(name, clicks, tmp_path, fails):
    words = ["--data", str(clicks), "--model", name, "--out", str(tmp_path / "run")]
    assert main(["train", *words]) == 0
    assert "does not score by vectors" in fails("export", str(tmp_path / "run"), "--index", "hnsw")


def test_a_model_that_scores_by_cosine_has_one_index_for_both(clicks, tmp_path):
    words = ["--data", str(clicks), "--out", str(tmp_path / "run"), *SMALL, "--temperature", "0.2"]
    assert main(["train", *words]) == 0
    run, index = str(tmp_path / "run"), str(tmp_path / "items")
    assert main(["export", run, "--index", "hnsw", "--out", index]) == 0
    words = ["recommend", run, "--users", "u1", "--k", "4"]
    exact = asked(words, tmp_path / "exact.csv")
    found = asked([*words, "--index", index], tmp_path / "found.csv")
    assert found["item"].to_list() == exact["item"].to_list()
    np.testing.assert_allclose(found["score"], exact["score"], rtol=1e-5)
    words = ["similar", run, "--items", "ä1", "--index", index]
    assert len(asked(words, tmp_path / "lists.csv")) == 10


def test_a_run_that_adds_popularity_has_an_index_for_similar_items_alone(clicks, tmp_path, fails):
    words = ["--data", str(clicks), "--out", str(tmp_path / "run"), *SMALL, "--temperature", "0.2"]
    assert main(["train", *words, "--prior", "1"]) == 0
    run, index = str(tmp_path / "run"), str(tmp_path / "items")
    assert main(["export", run, "--index", "hnsw", "--answers", "similar", "--out", index]) == 0
    assert "--prior" in fails("recommend", run, "--users", "u1", "--index", index)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--stablehlo FOLDER"),
        (["--index", "ivfpq"], "9,984 items"),
        (["--index", "hnsw", "--recall", "1.5"], "1.5"),
        (["--index", "hnsw", "--k", "0"], "--k is 0"),
        (["--index", "hnsw", "--out", "/nowhere/items"], "/nowhere"),
        (["--index", "flat"], "flat"),
    ],
)
def test_bad_questions_are_one_line(run, fails, words, said):
    assert said in fails("export", str(run), *words)


def test_what_is_missing_is_said_before_anything_is_read(fails, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "faiss", None)
    assert "pip install 'jaxrec[ann]'" in fails("export", "nowhere", "--index", "hnsw")
    monkeypatch.setattr(program, "find_spec", lambda name: None)
    words = ["--stablehlo", str(tmp_path / "program")]
    assert "pip install 'jaxrec[export]'" in fails("export", "nowhere", *words)


def test_a_stored_run_scores_as_it_recommends_without_its_code(run, tmp_path, capfd):
    folder = tmp_path / "program"
    assert main(["export", str(run), "--stablehlo", str(folder)]) == 0
    assert "encode for cpu, cuda, tpu" in capfd.readouterr().err
    ids = [pl.read_csv(folder / f"{name}.csv")[name].to_list() for name in ("users", "items")]
    found = run_by_a_stranger(folder, tmp_path)["shared"]
    words = ["recommend", run, "--users", ids[0][3], ids[0][0], "--k", "40", "--hide", "none"]
    frame = asked(words, tmp_path / "all.csv")
    for row, user in enumerate((3, 0)):
        scores = dict(frame.filter(pl.col("user") == ids[0][user]).select("item", "score").rows())
        expected = [scores[ids[1][item]] for item in (5, 2, 15, 5)]
        np.testing.assert_allclose(found[row], expected, rtol=1e-4, atol=1e-5)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["model"], manifest["n_users"], manifest["n_items"]) == ("lightgcn", 60, 40)
    assert main(["export", str(run), "--stablehlo", str(folder)]) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name, entry in registry.MODELS.items() if "nodes" not in entry.reads]
)
def test_every_model_is_stored_and_scores_alike_without_its_code(
    name, clicks, facts, friends, tmp_path
):
    words = ["--data", str(clicks), "--model", name, "--out", str(tmp_path / "run")]
    words += (
        ["--batch-size", "64", "--epochs", "1", "--no-refit"]
        if registry.entry(name).trained
        else []
    )
    words += ["--dim", "10"] if hasattr(options_of(name), "dim") else []  # Five facets of disenhan.
    words += ["--kg", str(facts)] if registry.entry(name).knows else []
    words += ["--social", str(friends)] if registry.entry(name).links else []
    assert main(["train", *words]) == 0
    folder = tmp_path / "program"
    assert main(["export", str(tmp_path / "run"), "--stablehlo", str(folder)]) == 0
    platforms = json.loads((folder / "manifest.json").read_text())["platforms"]
    assert all({"cuda", "tpu"} <= set(names) for names in platforms.values())
    # JAX stores no product of compressed rows on CPU, which is how these two score.
    assert ("cpu" in platforms["score"]) == (name not in ("item_knn", "concept_knn"))
    if all("cpu" in names for names in platforms.values()):
        served = serving.open_run(tmp_path / "run")
        rows = jnp.array([3, 0, 3]), jnp.array([5, 2, 15, 5])
        expected = served.model.score(served.reps, *rows)
        found = run_by_a_stranger(folder, tmp_path)["shared"]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
