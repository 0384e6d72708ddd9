"""Models of knowledge graphs on a user's own files, and what they are explained by."""

import json

import polars as pl
import pytest

from jaxrec.cli import main
from jaxrec.commands.run_folder import read_data

FAST = ["--dim", "8", "--batch-size", "64", "--epochs", "30", "--learning-rate", "1e-2"]
SHORT = ["--dim", "4", "--batch-size", "64", "--epochs", "2"]


@pytest.fixture(scope="module", params=["kgnn_ls", "ripplenet"])
def known(request, clicks, facts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("known") / request.param
    words = ["--data", str(clicks), "--kg", str(facts), "--model", request.param, "--pad"]
    assert main(["train", "--out", str(folder), *words, *FAST]) == 0
    return folder


def explained(run, user, item, tmp_path):
    out = str(tmp_path / "why.csv")
    words = ["--user", user, "--item", item, "--k", "50", "--out", out]
    assert main(["explain", str(run), *words]) == 0
    return pl.read_csv(out)


def test_facts_find_the_blocks_that_popularity_cannot(known):
    metrics = json.loads((known / "metrics.json").read_text())
    popularity = metrics["baselines"]["popularity"]["recall@10"]
    assert metrics["test"]["recall@10"] > 1.5 * popularity
    about = metrics["data"]["knowledge"]
    assert about["facts"] == 43 and about["items_without_entity"] == 0


def test_an_explanation_names_facts_of_the_file_heaviest_first(known, tmp_path):
    frame = explained(known, "u3", "ä7", tmp_path)
    assert frame["weight"].is_sorted(descending=True) and frame["weight"][0] > 0
    paths = frame["path"].to_list()
    if known.name == "kgnn_ls":  # The item's one fact.
        assert paths == ["ä7 -[stands in]- block 3"]
        assert frame["weight"][0] == pytest.approx(1)
        return
    data = read_data(known)  # From the user's own items to their blocks, and to those before.
    train = data.split.train
    own = data.item_ids.gather(train.item[train.user == data.user_ids.index_of("u3")])
    assert {path.split(" -[")[0] for path in paths} <= set(own.to_list())
    ends = {path.split("]- ")[1].split(" -[")[0] for path in paths}
    assert ends <= {f"block {block}" for block in range(4)}
    assert any("-[follows]-" in path for path in paths)


def test_a_run_needs_its_folder_alone(clicks, facts, tmp_path):
    own, run = tmp_path / "facts.tsv", tmp_path / "run"
    own.write_text(facts.read_text())
    words = ["--data", str(clicks), "--kg", str(own), "--model", "kgcn", "--out", str(run)]
    assert main(["train", *words, *SHORT]) == 0
    own.unlink()
    assert main(["train", "--resume", "--out", str(run), "--epochs", "3"]) == 0
    assert main(["evaluate", str(run)]) == 0
    assert len(explained(run, "u3", "ä7", tmp_path)) == 1


def test_links_name_items_otherwise_and_items_without_facts_stay(clicks, facts, tmp_path):
    kg, links, run = (tmp_path / name for name in ("facts.tsv", "links.tsv", "run"))
    kg.write_text(facts.read_text().replace("ä", "thing "))
    links.write_text("".join(f"ä{item}\tthing {item}\n" for item in range(30)))
    words = ["--data", str(clicks), "--kg", str(kg), "--links", str(links)]
    words += ["--prior", "0.5"]  # Which neither the term of labels sees, nor an explanation.
    assert main(["train", *words, "--model", "kgnn_ls", "--out", str(run), *SHORT]) == 0
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["data"]["knowledge"]["items_without_entity"] == 10
    assert explained(run, "u3", "ä7", tmp_path)["path"][0].startswith("thing 7 -[")
    assert len(explained(run, "u3", "ä35", tmp_path)) == 0


def test_what_cannot_be_is_told(clicks, run, known, tmp_path, fails):
    train = ["train", "--data", str(clicks), "--model", "kgcn", "--out", str(tmp_path / "r")]
    assert "kgcn reads what is known of items; give --kg FILE" in fails(*train)
    assert "the width of the table of facts is 0" in fails(*train, "--width", "0")
    assert "kgcn scores by more; leave them out" in fails(*train, "--temperature", "0.1")
    assert "kgcn scores by more; leave them out" in fails(*train, "--start", "spectral")
    assert "--kg is no option of mf; it belongs to kgcn" in fails(
        "train", "--model", "mf", "--kg", "facts.tsv"
    )
    assert "lightgcn knows no facts to explain by; train one of kgcn" in fails(
        "explain", str(run), "--user", "u3", "--item", "ä7"
    )
    asked = ["explain", str(known), "--user", "u3", "--item"]
    assert "ä99" in fails(*asked, "ä99")
    assert "--k is 0" in fails(*asked, "ä7", "--k", "0")
