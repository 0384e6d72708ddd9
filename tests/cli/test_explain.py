"""Models of knowledge graphs on a user's own files, and what they are explained by.

A long file, for its runs know the same facts.
"""

import dataclasses
import json
import shutil
from types import SimpleNamespace

import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.cli.main import main
from jaxrec.data import load
from jaxrec.registry import fact_graphs
from jaxrec.runs import checks
from jaxrec.runs.answer import serving
from jaxrec.runs.answer.explaining import named
from jaxrec.runs.knowledge import load_knowledge
from jaxrec.runs.model_options import options_of
from jaxrec.runs.store.run_folder import read_data
from tests.cli.conftest import without_manifest

FAST = [
    "--dim",
    "8",
    "--batch-size",
    "64",
    "--epochs",
    "30",
    "--learning-rate",
    "1e-2",
    "--no-refit",
]
SHORT = ["--dim", "4", "--batch-size", "64", "--epochs", "2", "--no-refit"]


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
    if known.name == "kgnn_ls":  # The item's one fact, and what is known beyond it.
        assert all(path.startswith("ä7 -[stands in]-> block 3") for path in paths)
        assert frame["hops"].to_list() == [1] + [2] * (len(paths) - 1) and len(paths) > 1
        assert frame["weight"][0] == pytest.approx(1)
        assert frame["weight"][1:].sum() == pytest.approx(1)
        return
    data = read_data(known)  # From the user's own items to their blocks, and to those before.
    train = data.split.learn_valid().train  # Of its refit.
    own = data.item_ids.gather(train.item[train.user == data.user_ids.index_of("u3")])
    assert {path.split(" -[")[0] for path in paths} <= set(own.to_list())
    ends = {path.split("]-> ")[1].split(" -[")[0] for path in paths}
    assert ends <= {f"block {block}" for block in range(4)}
    assert any("-[follows]-> " in path for path in paths)
    assert frame["hops"].to_list() == [path.count("]-> ") for path in paths]
    assert set(frame["hops"]) == {1, 2}


def test_a_fact_walked_back_reads_from_its_head(clicks, facts, tmp_path):
    run = tmp_path / "run"
    words = ["--data", str(clicks), "--kg", str(facts), "--model", "kgcn", "--n-layers", "2"]
    assert main(["train", *words, "--pad", "--width", "16", "--out", str(run), *SHORT]) == 0
    frame = explained(run, "u3", "ä0", tmp_path)
    block = [f"ä{item}" for item in range(0, 40, 4)]
    first = "ä0 -[stands in]-> block 0"
    back = {f"{first} <-[stands in]- {item}" for item in block}
    assert set(frame["path"]) == {first, f"{first} <-[follows]- block 1"} | back
    hops = dict(frame.select("path", "hops").rows())
    assert hops.pop(first) == 1 and set(hops.values()) == {2}


def test_a_run_needs_its_folder_alone(clicks, facts, tmp_path):
    own, run = tmp_path / "facts.tsv", tmp_path / "run"
    own.write_text(facts.read_text())
    words = ["--data", str(clicks), "--kg", str(own), "--model", "kgcn", "--out", str(run)]
    assert main(["train", *words, *SHORT]) == 0
    own.unlink()
    assert main(["train", "--resume", "--out", str(run), "--epochs", "3"]) == 0
    assert main(["evaluate", str(run)]) == 0
    assert len(explained(run, "u3", "ä7", tmp_path)) == 1


def test_links_name_items_otherwise_and_items_without_facts_stay(clicks, facts, tmp_path, capfd):
    kg, links, run = (tmp_path / name for name in ("facts.tsv", "links.tsv", "run"))
    kg.write_text(facts.read_text().replace("ä", "thing "))
    links.write_text("".join(f"ä{item}\tthing {item}\n" for item in range(30)))
    words = ["--data", str(clicks), "--kg", str(kg), "--links", str(links)]
    words += ["--prior", "0.5"]  # Which neither the term of labels sees, nor an explanation.
    assert main(["train", *words, "--model", "kgnn_ls", "--out", str(run), *SHORT]) == 0
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["data"]["knowledge"]["items_without_entity"] == 10
    assert explained(run, "u3", "ä7", tmp_path)["path"][0].startswith("thing 7 -[")
    capfd.readouterr()
    frame = explained(run, "u3", "ä35", tmp_path)
    assert len(frame) == 0 and frame.columns == ["path", "hops", "weight"]
    told = " ".join(capfd.readouterr().err.split())
    assert "there is no path: no fact is known of ä35" in told and "u3" not in told


def test_links_of_a_known_graph_are_sought_in_the_data_folder(clicks, facts, tmp_path, fails):
    words = ["--model", "kgcn", "--data", str(clicks), "--kg", str(facts)]
    line = fails("train", *words, "--links", "lastfm-kg", "--data-dir", str(tmp_path))
    assert f"no folder 'lastfm-kg' in {tmp_path}" in line


def test_what_cannot_be_is_told(clicks, run, known, tmp_path, fails):
    train = ["train", "--data", str(clicks), "--model", "kgcn", "--out", str(tmp_path / "r")]
    assert "kgcn reads what is known of items; give --kg FILE" in fails(*train)
    assert "the width of the table of facts is 0" in fails(*train, "--width", "0")
    assert "kgcn scores by more; leave them out" in fails(*train, "--temperature", "0.1")
    assert "kgcn scores by more; leave them out" in fails(*train, "--start", "spectral")
    for model, flag in (("kgnn_ls", "--smooth-weight"), ("ripplenet", "--kge-weight")):
        for weight in ("nan", "-1", "inf"):
            told = fails(*train[:3], "--model", model, "--kg", str(clicks), flag, weight)
            assert f"{flag} is {float(weight)}; give a number of 0 or more" in told
    assert "--relations is no option of kgnn_ls; it belongs to kgcn" in fails(
        *train[:3], "--model", "kgnn_ls", "--relations", "equal"
    )
    assert "--kg is no option of mf; it belongs to kgcn" in fails(
        "train", "--model", "mf", "--kg", "facts.tsv"
    )
    assert "lightgcn has no paths to explain by; train one of kgcn" in fails(
        "explain", str(run), "--user", "u3", "--item", "ä7"
    )
    asked = ["explain", str(known), "--user", "u3", "--item"]
    assert "ä99" in fails(*asked, "ä99")
    assert "u99" in fails("explain", str(known), "--user", "u99", "--item", "ä7")
    assert "--k is 0" in fails(*asked, "ä7", "--k", "0")


def test_what_users_took_is_not_known_of_items(data_dir):
    settings = options_of("kgcn", data="yelp-hin", data_dir=str(data_dir))
    known = load_knowledge(settings, load("yelp-hin", data_dir=str(data_dir)).item_ids)
    assert known is not None and "user_business" not in known.graph.relation_ids


def test_facts_that_tell_of_the_test_are_counted(clicks, facts, tmp_path):
    kg, run = tmp_path / "facts.tsv", tmp_path / "run"
    bought = [f"{user}\tbought\t{item}\n" for user, item in pl.read_csv(clicks).rows()]
    kg.write_text(facts.read_text() + "".join(bought))
    words = ["--data", str(clicks), "--kg", str(kg), "--model", "kgcn"]
    assert main(["train", *words, "--out", str(run), *SHORT]) == 0
    leaks = json.loads((run / "metrics.json").read_text())["data"]["leaks"]
    counts = {leak["name"]: (leak["count"], leak["total"]) for leak in leaks}
    for part in ("test", "valid"):
        count, total = counts[f"{part}_pairs_in_facts"]
        assert count == total > 0


def test_one_device_alone_is_offered(monkeypatch):
    two = SimpleNamespace(shape={"rows": 1})
    monkeypatch.setattr(checks, "build_mesh", lambda options: two)
    with pytest.raises(InputError, match="ripplenet runs on one device; leave it out"):
        checks.check_options(options_of("ripplenet", devices=(2,)))


def test_serving_draws_no_labels(known, monkeypatch):
    monkeypatch.setattr(
        fact_graphs, "sample_negatives", lambda *_: pytest.fail("labels are for learning")
    )
    run = serving.read_run(known)
    if known.name == "kgnn_ls":
        assert run.graph.positive is None and run.graph.negative is None


def test_an_entity_goes_by_the_title_of_its_one_item(known):
    data = read_data(known)
    assert data.knowledge is not None
    entity, titles = data.knowledge.entity.copy(), "film " + data.item_ids
    entity[1] = entity[0]  # Two items are one entity.
    shared = data.knowledge._replace(entity=entity)
    titled = dataclasses.replace(data, knowledge=shared, titles=titles)
    own = data.knowledge.graph.entity_ids[int(entity[0])]
    for item, name in ((0, titles[0]), (1, titles[1]), (2, own)):
        assert named(titled, item)[entity[0]] == name
    assert named(titled, 0)[entity[2]] == titles[2]


def test_what_a_path_cannot_say_is_told(known, tmp_path, capfd):
    run = tmp_path / "run"
    shutil.copytree(known, run)
    rows = pl.read_parquet(run / "interactions.parquet")
    user = read_data(run).user_ids.index_of("u3")
    moved = pl.when(pl.col("user") == user).then(2).otherwise(pl.col("slice")).cast(pl.Int8)
    rows.with_columns(slice=moved).write_parquet(run / "interactions.parquet")
    without_manifest(run)
    capfd.readouterr()
    frame = explained(run, "u3", "ä7", tmp_path)
    told = " ".join(capfd.readouterr().err.split())
    assert "u3 has no training interactions: what weighs the facts is untrained" in told
    nothing = "there is no path: the model gives all items the same score for u3"
    assert "no fact is known" not in told
    assert (nothing in told) == (len(frame) == 0) == (known.name == "ripplenet")


@pytest.mark.parametrize("name", ["facts", "entities", "relations"])
def test_a_run_without_its_knowledge_is_incomplete(name, known, tmp_path, fails):
    run = tmp_path / "run"
    shutil.copytree(known, run)
    asked = ["explain", str(run), "--user", "u3", "--item", "ä7"]
    (run / f"{name}.parquet").write_bytes(b"broken")
    assert f"{name}.parquet was damaged" in fails(*asked)
    without_manifest(run)
    assert f"{run} is incomplete" in fails(*asked)
    (run / f"{name}.parquet").unlink()
    assert f"{run} is incomplete" in fails(*asked)


def test_a_run_s_items_have_entities_that_are_there(known, tmp_path, fails):
    run = tmp_path / "run"
    shutil.copytree(known, run)
    asked = ["explain", str(run), "--user", "u3", "--item", "ä7"]
    without_manifest(run)
    items = pl.read_parquet(run / "items.parquet")
    items.with_columns(entity=pl.lit(44)).write_parquet(run / "items.parquet")
    assert "entity row 44 lies outside [0, 44)" in fails(*asked)
    items.drop("entity").write_parquet(run / "items.parquet")
    assert f"{run} is incomplete" in fails(*asked)
