"""A run that starts from another: rows of shared ids are the other's, all else is as ever."""

import json
import logging
import shutil

import jax
import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec.base import InputError
from jaxrec.runs.answer.serving import read_run
from jaxrec.runs.fit.starting import check_start, read_start
from jaxrec.runs.fit.training import build_training
from jaxrec.runs.load import load_run
from jaxrec.runs.model_options import options_of

OWN = {"dim": 3, "batch_size": 16, "epochs": 1, "k": (2,), "select": "recall@2"}


def table(users, items):
    """Users of even number like items of even number, and one other."""
    pairs = [(u, i) for u in users for i in items if (u + i) % 2 == 0 or (u + i) % 5 == 0]
    return {"user": [f"u{u}" for u, _ in pairs], "item": [f"i{i}" for _, i in pairs]}


SOURCE = jaxrec.Dataset.from_frame(table(range(6), range(8)))
TARGET = jaxrec.Dataset.from_frame(table(range(3, 10), range(7, 1, -1)))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source") / "run"
    jaxrec.fit(SOURCE, "mf", out=folder, refit=False, **OWN)
    return folder


def begun(folder, data=TARGET, model="lightgcn", **more):
    """The data, the start, and the parameters before the first epoch, without it and with it."""
    options = options_of(model, data="shop", start_from=str(folder), **OWN | more)
    split, _ = load_run(options, data)
    training = build_training(options, split.split.train)
    start, key = read_start(options, split, training), jax.random.key(4)
    assert start is not None
    return split, start, training.model.init(key), start.of(training).model.init(key)


def by_id(ids, rows):
    return dict(zip(ids, np.asarray(rows), strict=True))


def test_rows_of_shared_ids_are_the_other_runs_and_all_others_those_of_init(source):
    data, start, plain, found = begun(source)
    other = read_run(source)
    for name, of in (("user", "user_ids"), ("item", "item_ids")):
        trained = by_id(getattr(other.data, of), other.params[name])
        own = by_id(getattr(data, of), plain[name])
        for word, row in by_id(getattr(data, of), found[name]).items():
            np.testing.assert_array_equal(row, trained.get(word, own[word]))
    assert {name: int((row >= 0).sum()) for name, row in start.rows.items()} == {
        "user": 3,
        "item": 6,
    }


def test_tables_that_are_not_named_begin_as_ever(source):
    _, start, plain, found = begun(source, start_tables=("user",))
    np.testing.assert_array_equal(found["item"], plain["item"])
    assert [*start.rows] == ["user"] and not np.array_equal(found["user"], plain["user"])


def test_held_out_pairs_that_the_other_run_has_learned_from_are_counted(source):
    data, start, _, _ = begun(source)
    learned, other = read_run(source).data, set()
    train = learned.split.train
    for user, item in zip(train.user, train.item, strict=True):
        other.add((learned.user_ids[int(user)], learned.item_ids[int(item)]))
    held_out = [
        (data.user_ids[int(user)], data.item_ids[int(item)])
        for part in (data.split.valid, data.split.test)
        for user, item in zip(part.user, part.item, strict=True)
    ]
    known = len(other & set(held_out))
    assert 0 < known < len(held_out)
    assert (start.n_learned, start.n_held_out) == (known, len(held_out))


def test_a_run_starts_there_in_every_phase_and_goes_on_without_the_other(source, tmp_path, caplog):
    """At a rate of next to nothing the last parameters are the first ones."""
    there, folder = tmp_path / "there", tmp_path / "run"
    shutil.copytree(source, there)
    how = OWN | {"learning_rate": 1e-9, "out": folder}
    with caplog.at_level(logging.INFO):
        run = jaxrec.fit(TARGET, "mf", start_from=jaxrec.load(there), **how)
    assert f"rows that start from {there}: user 3 of 7, item 6 of 6" in caplog.messages
    assert json.loads((folder / "config.json").read_text())["options"]["start_from"] == str(there)
    assert (folder / "history-refit.csv").exists() and run.results["refit"]["epochs"] == 1
    other, trained = read_run(source), read_run(folder)
    before = by_id(other.data.item_ids, other.params["item"])
    for word, row in by_id(trained.data.item_ids, trained.params["item"]).items():
        np.testing.assert_allclose(row, before[word], atol=1e-7)
    shutil.rmtree(there)
    again = how | {"resume": True, "start_from": there}
    assert jaxrec.fit(TARGET, "mf", **again).metrics == run.metrics
    shutil.rmtree(folder / "checkpoint-refit")
    with pytest.raises(InputError, match="there holds no run"):
        jaxrec.fit(TARGET, "mf", **again)


def test_what_nothing_can_start_from_is_refused(source, tmp_path):
    check = lambda folder: check_start(options_of("mf", start_from=str(folder)))
    with pytest.raises(InputError, match="nowhere holds no run"):
        check(tmp_path / "nowhere")
    unfinished = tmp_path / "unfinished"
    shutil.copytree(source, unfinished)
    (unfinished / "metrics.json").unlink()
    with pytest.raises(InputError, match="unfinished is not finished; finish it: jaxrec train"):
        check(unfinished)
    config = json.loads((unfinished / "config.json").read_text())
    config["options"] = {"model": "item_knn"}
    (unfinished / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="a run of item_knn, which has no training; give a run of"):
        check(unfinished)


def test_tables_that_do_not_fit_are_refused(source):
    with pytest.raises(InputError, match="rows of user have 3 numbers there and 5 here; give"):
        begun(source, dim=5)
    with pytest.raises(InputError, match="--start-tables entity: lightgcn here has no table of .*"):
        begun(source, start_tables=("entity",))
    named = r"--start-tables user: lightgcn_item here has .*; both have item: choose"
    with pytest.raises(InputError, match=named):
        begun(source, model="lightgcn_item", start_tables=("user",))
    other = pl.DataFrame(table(range(6), range(8))).with_columns(pl.all().str.replace("^.", "x"))
    with pytest.raises(InputError, match=r"knows no id of user here \(such as x\d; there u\d\)"):
        begun(source, data=jaxrec.Dataset.from_frame(other))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--start-from", "A", "--start", "spectral"], "both say where vectors begin; leave one"),
        (["--start-from", "A"], "A holds no run (no config.json); make one with jaxrec train"),
        (["--start-tables", "user"], "only --start-from reads it; leave --start-tables out"),
        (["--model", "item_knn", "--start-from", "A"], "no option of item_knn, which is not"),
    ],
)
def test_a_command_that_cannot_start_says_so_in_a_line(clicks, fails, words, said):
    assert said in fails("train", "--data", str(clicks), *words)
