"""``--model concept_knn``: items by their facts, from the command line."""

import json

import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.runs.costs import memory
from jaxrec.runs.model_options import options_of


@pytest.fixture(scope="module")
def without(clicks, tmp_path_factory):
    """The facts of ``facts`` but for item ä0, and the clicks but for ä1, which one user has."""
    folder = tmp_path_factory.mktemp("concepts")
    rows = [f"ä{item}\tstands in\tblock {item % 4}" for item in range(1, 40)]
    (folder / "facts.tsv").write_text("\n".join(rows) + "\n")
    frame = pl.read_csv(clicks)
    few = frame.filter(pl.col("product") != "ä1")
    last = frame.filter(pl.col("product") == "ä1").head(1)
    pl.concat([few, last]).write_csv(folder / "clicks.csv")
    return folder


def test_an_item_of_one_user_stands_beside_others_and_one_without_facts_is_told_of(
    without, tmp_path, capfd
):
    run = str(tmp_path / "run")
    words = ["--data", str(without / "clicks.csv"), "--kg", str(without / "facts.tsv")]
    assert main(["train", "--model", "concept_knn", *words, "--out", run]) == 0
    said = " ".join(capfd.readouterr().err.split())
    assert "facts: 39 facts by 1 relations, 1 of 40 items are in none" in said
    told = json.loads((tmp_path / "run" / "metrics.json").read_text())["data"]["knowledge"]
    assert told["items_without_entity"] == 1
    assert main(["recommend", run, "--items", "ä5", "ä9", "--k", "39"]) == 0
    frame = pl.read_csv(capfd.readouterr().out.encode())
    block = [f"ä{item}" for item in range(1, 40, 4)]
    assert set(frame["item"][:8]) == set(block) - {"ä5", "ä9"}
    scores = dict(frame.select("item", "score").rows())
    assert scores["ä1"] == pytest.approx(scores["ä13"]) and scores["ä0"] == 0
    assert main(["similar", run, "--items", "ä1", "--k", "9"]) == 0
    frame = pl.read_csv(capfd.readouterr().out.encode())
    assert set(frame["item"]) == set(block) - {"ä1"}


def test_links_and_related_concepts_are_read(clicks, facts, tmp_path, capfd):
    """Blocks follow each other, so that an item's second facts tell it from other blocks, too."""
    links = tmp_path / "links.tsv"
    links.write_text("".join(f"ä{item}\tä{item}\n" for item in range(40)))
    words = ["--data", str(clicks), "--kg", str(facts), "--links", str(links)]
    words += ["--related", "0.5", "--similarity", "binary_cosine"]
    run = str(tmp_path / "run")
    assert main(["train", "--model", "concept_knn", *words, "--out", run]) == 0
    capfd.readouterr()
    assert main(["recommend", run, "--items", "ä4", "--k", "39"]) == 0
    frame = pl.read_csv(capfd.readouterr().out.encode())
    shares = dict(frame.select("item", "score").rows())
    assert shares["ä8"] > shares["ä1"] > 0 == shares["ä3"]  # Block 1 follows block 0; 3 does not.


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--n-neighbors", "0"], "n_neighbors is 0"),
        (["--similarity", "distance", "--cutoff", "0"], "cutoff 0"),
        (["--cutoff", "3"], "only --similarity distance reads it"),
        (["--related", "-1"], "--related is -1.0; give a number of 0 or more"),
        (["--similarity", "cosine"], "cosine"),
        (["--epochs", "3"], "--epochs is no option of concept_knn, which is not trained"),
    ],
)
def test_bad_options_are_one_line(words, said, clicks, facts, fails, tmp_path):
    train = ["train", "--data", str(clicks), "--kg", str(facts), "--model", "concept_knn"]
    assert said in fails(*train, "--out", str(tmp_path / "run"), *words)


def test_facts_must_be_named(clicks, fails, tmp_path):
    words = ["--data", str(clicks), "--out", str(tmp_path / "run")]
    assert "give --kg FILE" in fails("train", "--model", "concept_knn", *words)


def test_distances_of_too_many_items_are_refused_and_cosines_are_not(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 2.0**30)
    memory.check_memory(options_of("concept_knn"), 10, 100_000)
    with pytest.raises(memory.InputError, match="149.0 GiB"):
        memory.check_memory(options_of("concept_knn", similarity="distance"), 10, 100_000)
