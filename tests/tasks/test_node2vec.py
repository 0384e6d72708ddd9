"""node2vec on a list of links: from a file to walks, to links beside baselines, and to friends."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec.base import Embeddings
from jaxrec.cli.main import main
from jaxrec.data import Triples
from jaxrec.models import node2vec_links, skip_gram
from jaxrec.runs.fit.training import build_training
from jaxrec.runs.model_options import options_of
from jaxrec.tasks.walks import walk_batches

SETTINGS = {"dim": 16, "epochs": 20, "batch_size": 8, "walk_length": 10, "window": 3}
SETTINGS |= {"walk_negatives": 8, "validate_every": 20}
WORDS = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]


@pytest.fixture(scope="module")
def friends():
    """Two circles of people; each knows two thirds of the own one."""
    rng = np.random.default_rng(0)
    pairs = [
        (f"{circle}{a}", f"{circle}{b}")
        for circle in "xy"
        for a in range(12)
        for b in range(a)
        if rng.random() < 2 / 3
    ]
    return pl.DataFrame(pairs, schema=["from", "to"], orient="row")


@pytest.fixture(scope="module")
def run(friends):
    return jaxrec.fit(friends, "node2vec", **SETTINGS)


def test_friends_to_come_are_of_the_own_circle(run):
    found = run.complete("x3", k=12, hide="none")
    assert found["tail"].str.starts_with("x").sum() >= 10 and "x3" not in found["tail"]
    near = run.similar(["x3", "y0"], k=5)
    assert near.columns == ["similar_to", "entity", "rank", "score"]
    assert near["entity"].str.head(1).to_list() == ["x"] * 5 + ["y"] * 5
    assert run.metrics["mrr"] > 2 * run.results["baselines"]["degree"]["mrr"]
    assert {"degree", "common_neighbors", "adamic_adar"} == run.results["baselines"].keys()


def test_a_file_is_trained_measured_stored_and_asked_by_commands(run, friends, tmp_path, capfd):
    friends.write_csv(tmp_path / "friends.csv")
    out = str(tmp_path / "run")
    data = ["--data", str(tmp_path / "friends.csv")]
    assert main(["train", "--model", "node2vec", *data, "--out", out, *WORDS]) == 0
    measured = json.loads((tmp_path / "run/metrics.json").read_text())["test"]
    assert measured == pytest.approx(run.metrics, rel=1e-5)
    capfd.readouterr()
    assert main(["similar", out, "--entities", "x3", "--k", "2"]) == 0
    assert capfd.readouterr().out == run.similar(["x3"], k=2).write_csv()
    assert main(["complete", out, "--head", "x3", "--k", "2"]) == 0
    assert capfd.readouterr().out == run.complete("x3", k=2).write_csv()


def test_scores_are_cosines_products_and_contexts_and_no_node_answers_itself(key):
    reps = Embeddings(*jax.random.normal(key, (2, 5, 4)))
    queries = jnp.array([1, 3]), jnp.array([0, 1])
    node, context = (np.asarray(part, np.float64) for part in reps)
    unit = node / np.linalg.norm(node, axis=1, keepdims=True)
    of = {"cosine": unit @ unit.T, "dot": node @ node.T, "context": node @ context.T}
    for compare, expected in of.items():
        score = node2vec_links(5, 1, 4, compare=compare).score
        expected = expected[[1, 3]]
        expected[[0, 1], [1, 3]] = -np.inf
        np.testing.assert_allclose(score(reps, queries, jnp.arange(5)), expected, rtol=1e-5)
        listed = jnp.array([[0, 1], [2, 4]])
        at = np.take_along_axis(expected, np.asarray(listed), axis=1)
        np.testing.assert_allclose(score(reps, queries, listed), at, rtol=1e-5)


def test_walks_go_along_links_either_way_and_options_reach_them(key):
    options = options_of("node2vec", **SETTINGS)
    senders, receivers = np.int32([0, 1, 2]), np.int32([1, 2, 3])  # Node 4 has no link.
    found = walk_batches(options, senders, receivers, 5)
    assert found.n_examples == 4 and found.loss is None
    walk, near = jax.jit(found.sample)(key, found.tables).query
    assert walk.shape == (8, 10) and near.shape == (8, 10, 10)
    assert np.all(abs(np.diff(walk, axis=1)) == 1) and np.max(walk) < 4
    apart = abs(np.arange(10)[:, None] - np.arange(10))
    assert np.max(np.where(near, apart, 0)) <= 3


def test_training_adds_l2_of_all_tables_to_skip_gram_alone(key):
    options = options_of("node2vec", **SETTINGS, l2=0.2, n_negatives=3.0)
    train = Triples(np.int32([0, 1]), np.zeros(2, np.int32), np.int32([1, 2]), 3, 1)
    training = build_training(options, train)
    batch = training.batches.sample(key, training.tables)
    state = training.step.init(training.model.init(key), key)
    _, metrics = jax.jit(training.step.update)(state, None, batch)
    reps = training.model.encode(state.params, None)
    expected = float(skip_gram(3.0)(state.params, reps, batch))
    l2 = sum(np.sum(np.square(table)) for table in state.params.values()) / 2
    assert float(metrics["skip_gram"]) == pytest.approx(expected, rel=1e-5)
    assert float(metrics["loss"]) == pytest.approx(expected + 0.2 * l2, rel=1e-5)


BAD = {
    "p": (["--p", "0"], "--p is 0.0 and --q 1.0; give numbers from 0.01 to 100"),
    "q": (["--q", "1000"], "--q 1000.0; give numbers from 0.01 to 100"),
    "walk": (["--walk-length", "1"], "--walk-length is 1; give 2 or more"),
    "window": (["--window", "0"], "--window is 0 and --walk-negatives 64; give 1 or more"),
    "facts": (["--valid-facts", "0"], "--valid-facts is 0; give 1 or more"),
    "negatives": (["--n-negatives", "0"], "n_negatives is 0.0; give a number above 0"),
    "relation": (["--relations", "trust"], "has no relation 'trust'; its own are link"),
}
FILES = {
    "empty.csv": ("", "give a file with a row a line"),
    "one.csv": ("ann\nbob\n", "line 1 is a single value, 'ann'"),
    "weights.csv": ("from,to,weight\na,b,2\n", "leave the two of the ends"),
    "selves.csv": ("a,a\nb,b\n", "2 links of nodes with themselves and no other"),
    "gap.csv": ("a,b\nc,\n", "line 2 has no node; fill or remove it"),
    "long.csv": ("a,b\nc,d,e\n", "line 2 has 3 values, line 1 has 2"),
    "two.csv": ("a,b\n", "its test part is empty"),
}


def refused(words, capfd):
    assert main(["train", "--model", "node2vec", *words]) == 2
    lines = capfd.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize("name", BAD)
def test_one_line_says_which_option_is_wrong(name, friends, tmp_path, capfd):
    friends.write_csv(tmp_path / "friends.csv")
    words, line = BAD[name]
    data = ["--data", str(tmp_path / "friends.csv"), "--out", str(tmp_path / "run")]
    assert line in refused([*data, *words], capfd)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", FILES)
def test_one_line_says_what_is_wrong_with_the_file(name, tmp_path, capfd):
    text, line = FILES[name]
    (tmp_path / name).write_text(text)
    assert line in refused(["--data", str(tmp_path / name), "--out", str(tmp_path / "r")], capfd)


def test_direction_is_for_links_and_an_index_for_items(run, tmp_path, capfd):
    (tmp_path / "facts.tsv").write_text("a\tis\tb\nb\tis\tc\nc\tis\td\n")
    words = ["--data", str(tmp_path / "facts.tsv"), "--directed"]
    assert "--directed is for links in two columns" in refused(words, capfd)
    assert main(["similar", str(run.folder), "--items", "x3", "--index", "i.hnsw"]) == 2
    assert "this run knows entities" in capfd.readouterr().err
    assert main(["similar", str(run.folder), "--items", "x3", "--k", "99"]) == 2
    assert "--k is 99; give 1 to 23" in capfd.readouterr().err
