"""Nodes: from an edge list with labels and features to the classes of all, end to end."""

import dataclasses
import json

import numpy as np
import polars as pl
import pytest
from scipy.special import log_softmax

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.data import load_labeled_graph, split_nodes
from jaxrec.evaluate import macro_f1
from jaxrec.runs.answer.serving import open_run
from jaxrec.runs.store.run_folder import read_data
from tests.tasks.planted import BLOCK, CLASSES, NAMES, N, tables, write

SETTINGS = {"epochs": 40, "learning_rate": 0.02, "test_fraction": 0.4, "valid_fraction": 0.2}
CLASS_OF = dict(zip(NAMES, np.array(CLASSES)[BLOCK], strict=True))


@pytest.fixture(scope="module")
def labeled():
    frames = tables()
    return load_labeled_graph(frames["edges"], frames["labels"], frames["features"])


@pytest.fixture(scope="module")
def run(labeled):
    return jaxrec.fit(labeled, "gcn_nodes", dims=(8,), **SETTINGS)


def share_right(frame: pl.DataFrame) -> float:
    return (frame["label"] == frame["node"].replace_strict(CLASS_OF)).mean()


def test_blocks_are_found_where_features_and_the_commonest_class_do_not_suffice(run):
    test, baselines = run.results["test"], run.results["baselines"]
    assert test["accuracy"] > 0.9
    assert test["accuracy"] > baselines["logistic_regression"]["accuracy"] + 0.2
    assert baselines["majority"]["accuracy"] < 0.5 < baselines["label_propagation"]["accuracy"]
    assert share_right(run.predict()) > 0.9  # Of nodes that nothing said anything of.


def test_metrics_are_those_of_what_the_run_predicts(run):
    data = read_data(run.folder)
    asked, served = data.split.test, open_run(run.folder)
    share = log_softmax(np.asarray(served.reps, np.float64), axis=1)
    answer = share.argmax(1)[asked.node]
    expected = {
        "accuracy": np.mean(answer == asked.label),
        "log_loss": -np.mean(share[asked.node, asked.label]),
        "macro_f1": macro_f1(answer, asked.label),
    }
    assert run.metrics == pytest.approx(expected, rel=1e-5)
    per_node = pl.read_parquet(run.folder / "per_user.parquet")
    assert per_node["node"].to_list() == data.node_ids.gather(asked.node).to_list()
    np.testing.assert_array_equal(per_node["accuracy"], answer == asked.label)
    told = run.predict(nodes=per_node["node"].to_list())
    assert told["label"].to_list() == data.class_ids.gather(answer).to_list()
    np.testing.assert_allclose(told["probability"], np.exp(share[asked.node].max(1)), rtol=1e-5)


def test_slices_are_random_shares_of_the_labeled_nodes_and_the_store_keeps_them(run, labeled):
    n_labeled = 4 * N // 5
    n_test = round(0.4 * n_labeled)
    n_valid = round(0.2 * (n_labeled - n_test))
    data = read_data(run.folder)
    expected = split_nodes(labeled, test_fraction=0.4, valid_fraction=0.2)
    sizes = [n_labeled - n_test - n_valid, n_valid, n_test]
    for part, size in zip(("train", "valid", "test"), sizes, strict=True):
        found, other = getattr(data.split, part), getattr(expected, part)
        assert len(found) == size
        np.testing.assert_array_equal(found.node, other.node)
        np.testing.assert_array_equal(found.label, other.label)
    ids, classes = data.node_ids, data.class_ids
    learned = data.split.learn_all().train
    assert {
        ids[int(node)]: classes[int(label)]
        for node, label in zip(learned.node, learned.label, strict=True)
    } == dict(tables()["labels"].rows())
    graph, other = data.graph, labeled.graph
    np.testing.assert_array_equal(graph.senders, other.senders)
    np.testing.assert_array_equal(graph.receivers, other.receivers)
    assert abs(graph.feature - other.feature).max() == 0
    another = split_nodes(labeled, test_fraction=0.4, valid_fraction=0.2, seed=1)
    assert another.test.node.tolist() != expected.test.node.tolist()


def test_the_known_split_of_cora_is_planetoids(data_dir):
    known = load_labeled_graph("cora", data_dir=str(data_dir))
    parts = split_nodes(known)
    assert parts.method == "given"
    assert (len(parts.train), len(parts.valid), len(parts.test)) == (140, 500, 1000)
    assert np.bincount(parts.train.label).tolist() == [20] * 7
    rows = split_nodes(known, method="rows")
    assert len(rows.test) == round(0.2 * 2708)


def test_a_saved_run_and_the_command_answer_the_same(run, tmp_path):
    saved = run.save(tmp_path / "saved")
    everyone = saved.predict(nodes="all")
    assert everyone.equals(jaxrec.load(tmp_path / "saved").predict(nodes="all"))
    assert everyone.height == N
    words = ["predict", str(saved.folder), "--out", str(tmp_path / "all.csv")]
    assert main([*words, "--all"]) == 0
    written = pl.read_csv(tmp_path / "all.csv")
    assert written.select("node", "label").equals(everyone.select("node", "label"))
    np.testing.assert_allclose(written["probability"], everyone["probability"], rtol=1e-6)
    (tmp_path / "few.txt").write_text("n4\nn7\nnobody\n")
    assert main([*words, "--nodes-file", str(tmp_path / "few.txt")]) == 0
    few = pl.read_csv(tmp_path / "all.csv")
    assert few["node"].to_list() == ["n4", "n7"]
    assert pl.read_csv(tmp_path / "all.unknown.csv")["node"].to_list() == ["nobody"]
    assert main(words) == 0
    unlabeled = set(NAMES) - set(tables()["labels"]["node"])
    assert set(pl.read_csv(tmp_path / "all.csv")["node"]) == unlabeled


def test_a_run_in_two_parts_is_the_run_in_one(labeled, run, tmp_path):
    folder = tmp_path / "run"
    half = dataclasses.asdict(run.options)["epochs"] // 2
    first = jaxrec.fit(labeled, "gcn_nodes", dims=(8,), out=folder, **SETTINGS | {"epochs": half})
    assert first.results["model"]["epoch"] <= half
    assert main(["train", "--resume", "--out", str(folder), "--epochs", "40"]) == 0
    again = jaxrec.load(folder)
    assert again.metrics == pytest.approx(run.metrics, rel=1e-4)
    assert again.results["model"] == run.results["model"]


@pytest.mark.parametrize(
    ("model", "own"),
    [
        ("sgc_nodes", {}),
        ("gat_nodes", {"dims": (4,), "n_heads": 2, "dropout": 0.2}),
        ("graphsage_nodes", {"dims": (8,), "dropout": 0.0}),
        ("graphsage_nodes", {"dims": (8,), "dropout": 0.0, "aggregator": "pool", "width": 9}),
    ],
)
def test_every_model_of_nodes_finds_the_blocks(model, own):
    frames = tables(noise=0.5)
    clearer = load_labeled_graph(frames["edges"], frames["labels"], frames["features"])
    found = jaxrec.fit(clearer, model, **SETTINGS | {"select": "log_loss"} | own)
    assert found.metrics["accuracy"] > found.results["baselines"]["majority"]["accuracy"] + 0.3
    assert found.predict(nodes=["n0"])["label"].to_list() == ["red"]


def test_without_features_each_node_has_an_input_of_its_own(tmp_path, capfd):
    write(tmp_path)
    words = ["--data", str(tmp_path / "edges.csv"), "--labels", str(tmp_path / "labels.csv")]
    words += ["--out", str(tmp_path / "run"), "--epochs", "60", "--fit-all", "--dims", "8"]
    assert main(["train", "--model", "gcn_nodes", *words]) == 0
    printed = capfd.readouterr()
    assert "no features, in whose place each node has an input of its own" in printed.err
    assert "2 repeated edges dropped, 1 edges to itself dropped" in printed.err
    results = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert results["baselines"].keys() == {"majority", "label_propagation"}
    assert results["test"]["accuracy"] > 0.8
    frame = jaxrec.load(tmp_path / "run").predict()
    assert len(frame) == N - 4 * N // 5 and share_right(frame) > 0.8


def test_what_nodes_are_called_changes_nothing(labeled, run):
    called = {name: f"{(7 * row) % N:03d}" for row, name in enumerate(NAMES)}
    frames = {
        name: frame.with_columns(
            pl.col(each).replace(called) for each in ("node", "source", "target") if each in frame
        )
        for name, frame in tables().items()
    }
    other = load_labeled_graph(frames["edges"], frames["labels"], frames["features"])
    again = jaxrec.fit(other, "gcn_nodes", dims=(8,), **SETTINGS)
    assert again.results["test"] == run.results["test"]
    assert again.results["baselines"] == run.results["baselines"]
    named = run.predict(nodes="all").with_columns(pl.col("node").replace(called))
    assert named.equals(again.predict(nodes="all"))


def test_without_a_validation_slice_the_last_epoch_is_kept(labeled):
    own = SETTINGS | {"valid_fraction": 0.0, "epochs": 3}
    found = jaxrec.fit(labeled, "sgc_nodes", **own)
    assert found.results["model"]["epoch"] == 3 and found.results["valid"] == {}
    with pytest.raises(InputError, match="has logits of classes and no vectors of nodes"):
        found.vectors()


def test_a_graph_of_nodes_is_no_data_of_others(labeled):
    with pytest.raises(InputError, match="the task ranking reads other data; give a model of nod"):
        jaxrec.fit(labeled, "mf")
    with pytest.raises(InputError, match="labels is an option of reading, and the data have been"):
        jaxrec.fit(labeled, "gcn_nodes", labels="labels.csv")
    with pytest.raises(InputError, match="data is of type DataFrame; give a file, the name of a"):
        jaxrec.fit(tables()["edges"], "gcn_nodes")


def test_two_runs_are_compared_by_what_each_said_of_the_same_nodes(labeled, run, tmp_path, capfd):
    other = jaxrec.fit(labeled, "sgc_nodes", **SETTINGS | {"epochs": 1})
    folders = str(run.folder), str(other.folder)
    words = ["--metric", "accuracy", "log_loss", "--out", str(tmp_path / "out.csv")]
    assert main(["compare", *folders, *words]) == 0
    frame = pl.read_csv(tmp_path / "out.csv")
    assert frame["group"].to_list() == ["all", "all"]
    first, second = (pl.read_parquet(f"{folder}/per_user.parquet") for folder in folders)
    assert first["node"].equals(second["node"]) and frame["nodes"].to_list() == [len(first)] * 2
    for row, metric in enumerate(("accuracy", "log_loss")):
        assert frame["reference_mean"][row] == pytest.approx(run.metrics[metric])
        assert frame["mean"][row] == pytest.approx(other.metrics[metric])
        better = (run.metrics[metric] - other.metrics[metric]) * (-1) ** row
        assert better > 0  # One epoch learns little.
    assert main(["compare", *folders, "--metric", "macro_f1"]) == 2
    line = capfd.readouterr().err
    assert "has not measured 'macro_f1'; --metric may be accuracy, log_loss" in line
    apart = jaxrec.fit(labeled, "sgc_nodes", **SETTINGS | {"epochs": 1, "split_seed": 1})
    assert main(["compare", folders[0], str(apart.folder)]) == 2
    line = capfd.readouterr().err
    assert "was asked for another test slice" in line and "--split-seed 1, not 0" in line
