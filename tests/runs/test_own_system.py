"""A whole system in one file of its own trains, is measured, stored, opened and asked."""

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.data import read_relation
from jaxrec.runs.store.run_folder import read_data

MODEL = "tests.runs.social_biases:ENTRY"
SETTINGS = {"epochs": 20, "batch_size": 64, "learning_rate": 0.05, "share": 0.7, "l2": 0.01}
WORDS = [w for k, v in SETTINGS.items() for w in (f"--{k.replace('_', '-')}", str(v))]


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    user, item = np.nonzero(rng.random((25, 15)) < 0.6)
    bias = rng.normal(0, 1, 25)[user] + rng.normal(0, 1, 15)[item]
    rating = np.clip(np.round(3 + bias), 1, 5)
    return pl.DataFrame({"user": [f"u{n}" for n in user], "item": item, "rating": rating})


@pytest.fixture(scope="module")
def links():
    rng = np.random.default_rng(1)
    one, two = rng.integers(0, 25, (2, 60))
    kept = one != two
    ends = {"from": [f"u{n}" for n in one[kept]] + ["u1"], "to": [f"u{n}" for n in two[kept]]}
    return pl.DataFrame(ends | {"to": ends["to"] + ["a stranger"]})


@pytest.fixture(scope="module")
def run(frame, links):
    data = jaxrec.Dataset.from_frame(frame)
    data = data.with_relation("trust", *read_relation(links, data, directed=True))
    return jaxrec.fit(data, MODEL, **SETTINGS)


def test_links_are_stored_by_the_rows_of_the_run(run, links):
    data = read_data(run.folder)
    trust = data.relations["trust"]
    ids = data.user_ids
    stored = set(zip(ids.gather(trust.senders), ids.gather(trust.receivers), strict=True))
    assert stored == {row for row in links.rows() if "a stranger" not in row}
    assert run.results["data"]["relations"]["trust"]["unknown_user"] == 1


def test_it_learns_and_is_measured_beside_the_baselines(run):
    assert run.metrics["rmse"] < 0.8 * run.results["baselines"]["constant"]["rmse"]


def test_a_bias_of_friends_counts_as_the_formula_says(run, links):
    """By hand, from the parameters of the run and the stored links."""
    trained = run._trained
    trust, b = trained.data.relations["trust"], np.asarray(trained.params["user"])[:, 0]
    item = np.asarray(trained.params["item"])[:, 0]
    user = 3
    friends = b[trust.receivers[trust.senders == user]]
    shared = 0.7 * friends.mean() if len(friends) else 0.0
    expected = trained.data.split.train.rating.mean() + b[user] + shared + item[2]
    ids = trained.data.user_ids[user], trained.data.item_ids[2]
    found = run.predict({"user": [ids[0]], "item": [ids[1]]})["prediction"].item()
    assert found == pytest.approx(expected, rel=1e-4)


def test_the_command_line_trains_and_serves_the_same(run, frame, links, tmp_path, capfd):
    frame.write_csv(tmp_path / "ratings.csv")
    links.write_csv(tmp_path / "trust.csv")
    out = tmp_path / "run"
    words = ["--data", str(tmp_path / "ratings.csv"), "--model", MODEL, "--out", str(out)]
    relation = ["--relation", f"trust={tmp_path / 'trust.csv'}"]
    assert main(["train", *words, *WORDS, *relation]) == 0
    assert "1 of unknown user" in capfd.readouterr().err
    written = json.loads((out / "metrics.json").read_text())
    assert written["test"] == run.metrics
    assert main(["evaluate", str(out)]) == 0
    assert f"{run.metrics['rmse']:.4f}" in capfd.readouterr().out
    saved = jaxrec.load(out).save(tmp_path / "saved")
    pairs = {"user": ["u1", "u2"], "item": [3, 4]}
    assert saved.predict(pairs).equals(run.predict(pairs))
    assert saved.recommend(["u1"], k=3).equals(run.recommend(["u1"], k=3))
    assert main(["train", *words[:-1], str(tmp_path / "none"), *WORDS]) == 2
    assert "reads trust, links from user to user; give --relation" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("model", "told"),
    [("no.such:ENTRY", "no model can be imported"), ("json:dumps", "is a function; make it")],
)
def test_what_is_no_entry_is_refused(frame, model, told):
    with pytest.raises(InputError, match=told):
        jaxrec.fit(jaxrec.Dataset.from_frame(frame), model)


def test_its_file_imports_public_names_alone():
    text = (Path(__file__).parent / "social_biases.py").read_text()
    assert text.count("\n") < 60 and "import _" not in text and "._" not in text
    assert "tests.runs.social_biases" in sys.modules
