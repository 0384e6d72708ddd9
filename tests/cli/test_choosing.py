"""What a run chooses for itself, and what it leaves alone."""

import json

import numpy as np
import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.data import Interactions, hold_out
from jaxrec.registry import entry
from jaxrec.runs.fit.choosing import choose
from jaxrec.runs.load import load_run
from jaxrec.runs.model_options import options_of, own, settled
from jaxrec.runs.store.run_folder import read_config


@pytest.fixture(scope="module")
def popular(tmp_path_factory):
    """Clicks that popularity alone explains: who has what is drawn by the item's place."""
    rng, path = np.random.default_rng(0), tmp_path_factory.mktemp("data") / "popular.csv"
    chance = 1 / np.arange(1, 61)
    items = [rng.choice(60, 6, replace=False, p=chance / chance.sum()) for _ in range(150)]
    rows = [(f"u{user}", f"i{item}") for user, own in enumerate(items) for item in own]
    pl.DataFrame(rows, schema=["user", "item"], orient="row").write_csv(path)
    return str(path)


def test_where_popularity_is_all_the_small_exponent_is_chosen(popular, tmp_path, capfd):
    run = tmp_path / "run"
    assert main(["train", "--data", popular, "--model", "filter_r", "--out", str(run)]) == 0
    chosen, config = read_config(run)
    values = config["data"]["chosen"]["values"]
    assert list(values) == ["--r 0.5", "--r 0.4", "--r 0.2", "--r 0"]
    best = max(values, key=values.get)
    assert values["--r 0"] > values["--r 0.5"] and best == f"--r {chosen.r:g}" and chosen.r < 0.4
    assert f"{best}: best recall@20" in capfd.readouterr().err


def test_what_is_named_is_not_chosen(popular):
    data, _ = load_run(options_of("filter_r", data=popular))
    named = options_of("filter_r", data=popular, r=0.3)
    assert choose(named, data) == (named, {})


@pytest.mark.parametrize("model", ["filter_r", "item_knn", "gf_cf"])
def test_a_choice_reads_no_test_slice(model, popular):
    given = options_of(model, data=popular)
    data, _ = load_run(given)
    test = data.split.test
    shuffled = Interactions(test.user, test.item[::-1].copy(), test.n_users, test.n_items)
    other = data.__class__(
        **(
            vars(data)
            | {
                "split": data.split.__class__(
                    data.split.train, data.split.valid, shuffled, data.split.method
                )
            }
        )
    )
    assert choose(given, data) == choose(given, other)


def test_of_too_little_the_first_setting_is_used(tmp_path):
    path = tmp_path / "few.csv"
    rows = [(f"u{user}", f"i{(user + n) % 5}") for user in range(5) for n in range(3)]
    pl.DataFrame(rows, schema=["user", "item"], orient="row").write_csv(path)
    given = options_of("item_knn", data=str(path), k=(2,), select="recall@2", test_fraction=0.5)
    data, _ = load_run(given)
    assert choose(given, data) == (settled(given), {}) and settled(given).shrink == 20.0


def test_a_search_prints_what_it_did_not_vary_too(popular, tmp_path):
    out = str(tmp_path / "search")
    words = ["--data", popular, "--model", "item_knn", "--search", "n_neighbors=5:50"]
    assert main(["tune", *words, "--trials", "1", "--out", out]) == 0
    best = json.loads((tmp_path / "search" / "best.json").read_text())
    assert "--shrink 20" in best["command"]


def test_what_is_held_out_are_the_latest_where_the_test_is_later():
    user, item = np.zeros(10, np.int32), np.arange(10, dtype=np.int32)
    train = Interactions(user, item, 1, 10, time=np.arange(10)[::-1].copy())
    rest, held = hold_out(train, "latest", 0.2)
    assert held.item.tolist() == [0, 1] and len(rest) == 8
    rest, held = hold_out(train, "given", 0.2, seed=1)
    assert len(held) == 2 and set(rest.item) | set(held.item) == set(range(10))


@pytest.mark.parametrize("model", ["filter_r", "item_knn", "gf_cf"])
def test_the_first_setting_is_the_default_in_python(model):
    defaults = {name: parameter.default for name, parameter, _ in own(model)}
    first = entry(model).settings[0]
    assert first == {name: defaults[name] for name in first}
