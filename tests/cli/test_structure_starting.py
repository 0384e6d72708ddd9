"""A run that starts from a pretrained encoder: rows are vectors of structure, at the own scale."""

import dataclasses
import json
import logging
import shutil

import jax
import numpy as np
import pytest

import jaxrec
from jaxrec.base import InputError
from jaxrec.runs.answer.serving import read_run
from jaxrec.runs.fit.starting import read_start
from jaxrec.runs.fit.training import build_training
from jaxrec.runs.load import load_run
from jaxrec.runs.model_options import options_of
from jaxrec.runs.pretrain.folder import read
from jaxrec.transfer import one_graph, structure

DIM = 4
ENCODER = {"dim": DIM, "n_layers": 1, "n_nodes": 4, "walk_length": 12, "batch_size": 4}
OWN = {"dim": DIM, "batch_size": 16, "epochs": 1, "k": (2,), "select": "recall@2"}
SOURCE = jaxrec.Dataset.from_frame({"user": [*"aaabbbccdd"], "item": [*"xyzxywxzzw"]})


def target(**columns):
    """Two components, and the item "alone" that only the test part has."""
    pairs = [(f"{half}{u}", f"{half}{i}") for half in "pq" for u in range(4) for i in range(4)]
    pairs = [(u, i) for u, i in pairs if u[1] != i[1]] + [("p0", "alone")]
    frame = {"user": [u for u, _ in pairs], "item": [i for _, i in pairs]} | columns
    data = jaxrec.Dataset.from_frame(frame)
    given = np.zeros(len(pairs), np.int8)
    given[-1] = 2
    return dataclasses.replace(data, given=given)


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    out = tmp_path_factory.mktemp("encoders") / "encoder"
    return jaxrec.pretrain(SOURCE, out=out, steps=2, **ENCODER)


@pytest.fixture(scope="module")
def encoder(pretrained):
    return pretrained.folder


def begun(folder, model="lightgcn", given=None, **more):
    """The data, the start, and the parameters before the first epoch, without it and with it."""
    more = {"valid_fraction": 0.0} | more
    options = options_of(model, data="shop", start_from=str(folder), **OWN | more)
    data, _ = load_run(options, given or target())
    training = build_training(options, data.split.train, **data.beside)
    start, key = read_start(options, data, training), jax.random.key(4)
    return data, start, training.model.init(key), start.of(training).model.init(key)


def expected_vectors(folder, data, seed=0):
    found = read(folder)
    how = found.encoder, found.views, found.params, found.moments, jax.random.key(seed)
    return structure(*how, one_graph(data.split.train))


@pytest.mark.parametrize(("model", "init_scale"), [("lightgcn", 0.1), ("mf", 0.3)])
def test_tables_begin_as_vectors_of_structure_at_the_deviation_of_the_own_start(
    encoder, model, init_scale
):
    data, start, plain, found = begun(encoder, model, seed=3, init_scale=init_scale)
    vectors = expected_vectors(encoder, data, seed=3)
    n_users = len(data.user_ids)
    for name, rows in (("user", vectors[:n_users]), ("item", vectors[n_users:])):
        scale = np.std(plain[name]) * DIM**0.5
        np.testing.assert_allclose(found[name], scale * rows, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(np.mean(found[name] ** 2), np.var(plain[name]), rtol=1e-5)
        assert abs(np.std(plain[name]) / init_scale - 1) < 0.4
    assert {name: len(table) for name, table in start.tables.items()} == {"user": 8, "item": 9}


def test_an_item_without_training_interactions_is_described_as_one_node_alone(encoder):
    data, start, _, _ = begun(encoder)
    row = data.item_ids.to_list().index("alone")
    assert row not in data.split.train.item
    found = read(encoder)
    lone = dataclasses.replace(data.split.train, n_items=10)  # One more, alone as well.
    how = found.encoder, found.views, found.params, found.moments, jax.random.key(9)
    np.testing.assert_allclose(structure(*how, one_graph(lone))[-1], start.tables["item"][row])
    others = np.delete(start.tables["item"], row, 0)
    assert np.abs(others - start.tables["item"][row]).max(1).min() > 1e-3


def test_nodes_of_two_like_components_are_described_alike(encoder):
    """Walks differ, which subgraphs of 4 of the 8 nodes of a component show a little."""
    data, start, _, _ = begun(encoder)
    half = np.array([word[0] for word in data.user_ids])
    table = start.tables["user"]
    means = [table[half == word].mean(0) for word in "pq"]
    assert np.linalg.norm(means[0] - means[1]) < 0.3
    item = np.array([word[0] for word in data.item_ids])
    np.testing.assert_allclose(
        np.linalg.norm(start.tables["item"][item != "a"], axis=1), 1, rtol=1e-5
    )


def test_a_table_that_is_not_named_begins_as_ever(encoder):
    _, start, plain, found = begun(encoder, start_tables=("item",))
    np.testing.assert_array_equal(found["user"], plain["user"])
    assert [*start.tables] == ["item"] and not np.array_equal(found["item"], plain["item"])
    _, start, _, _ = begun(encoder, "lightgcn_item")
    assert [*start.tables] == ["item"]


def test_every_phase_starts_there_and_the_log_says_from_what(pretrained, tmp_path, caplog):
    """At a rate of next to nothing the last parameters are the first ones."""
    there, folder = tmp_path / "there", tmp_path / "run"
    shutil.copytree(pretrained.folder, there)
    how = OWN | {"learning_rate": 1e-9, "valid_fraction": 0.2, "seed": 2}
    with caplog.at_level(logging.INFO):
        run = jaxrec.fit(
            target(), "mf", start_from=pretrained._replace(folder=there), out=folder, **how
        )
    told = f"rows that start from their structure, by {there} (pretrained on {SOURCE.name}): "
    assert told + "user 8, item 9" in caplog.messages
    assert not any("was pretrained on all interactions" in line for line in caplog.messages)
    assert json.loads((folder / "config.json").read_text())["options"]["start_from"] == str(there)
    assert (folder / "history-refit.csv").exists() and run.results["refit"]["epochs"] == 1
    trained = read_run(folder)
    rows = trained.params["user"]
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), np.linalg.norm(rows[0]), rtol=1e-4)
    shutil.rmtree(there)
    again = how | {"resume": True, "start_from": there, "out": folder}
    assert jaxrec.fit(target(), "mf", **again).metrics == run.metrics


def test_a_run_on_the_encoder_s_own_data_warns_of_what_it_has_seen(pretrained, tmp_path, caplog):
    how = OWN | {"batch_size": 4, "valid_fraction": 0.0, "out": tmp_path / "run"}
    jaxrec.fit(SOURCE, "mf", start_from=pretrained, **how)
    assert any("those held out here among them" in line for line in caplog.messages)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--dim", "8"], "its vectors have 4 numbers and --dim is 8; give --dim 4, or jaxrec"),
        (["--dim", "4", "--start", "spectral"], "both say where vectors begin; leave one out"),
        (["--dim", "4", "--start-tables", "entity"], "lightgcn has no table of users or items of"),
        (["--dim", "4", "--model", "item_knn"], "no option of item_knn, which is not trained"),
        (["--dim", "4", "--model", "transe"], "is an encoder of users and items, which --task"),
    ],
)
def test_a_command_that_cannot_start_says_so_in_a_line(encoder, clicks, fails, words, told):
    if "item_knn" in words:
        words = words[2:]
    data = ["--data", str(clicks)]
    assert told in fails("train", *data, "--start-from", str(encoder), *words)


def test_folders_that_are_no_start_are_refused(encoder, clicks, fails, tmp_path):
    command = ["train", "--data", str(clicks), "--dim", "4", "--start-from"]
    assert "holds no run (no config.json)" in fails(*command, str(tmp_path / "nowhere"))
    cut = tmp_path / "cut"
    shutil.copytree(encoder, cut)
    (cut / "encoder.npz").unlink()
    assert "encoder.npz is broken (" in fails(*command, str(cut))
    (cut / "encoder.json").write_text("{}")
    assert "encoder.json is broken ('options'); pretrain again into a new" in fails(
        *command, str(cut)
    )
    assert "holds no run" in fails("recommend", str(encoder), "--all")


def test_a_model_whose_rows_have_another_width_is_refused(encoder):
    with pytest.raises(InputError, match="vectors have 4 numbers, and rows of user 5 in biased_mf"):
        begun(encoder, "biased_mf", target(rating=[1.0, 2.0] * 12 + [3.0]), select="rmse")
