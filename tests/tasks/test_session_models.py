"""Trained models of sessions learn, are measured, stored, opened and asked about strangers."""

import json

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.runs import options_of
from jaxrec.tasks import NEXT_ITEM

N_ITEMS = 12
SETTINGS = {"k": (3,), "select": "mrr@3", "dim": 8, "epochs": 12, "learning_rate": 0.03}
SETTINGS |= {"batch_size": 32, "max_length": 8}


@pytest.fixture(scope="module")
def frame():
    """What follows depends on the item before the last: no chain of first order can tell."""
    rng, rows = np.random.default_rng(0), []
    for session in range(150):
        items = rng.integers(N_ITEMS, size=2).tolist()
        while len(items) < 6:
            items.append((items[-2] + 1) % N_ITEMS)
        rows += [(f"s{session}", f"i{item}", session * 10 + n) for n, item in enumerate(items)]
    return pl.DataFrame(rows, schema=["session", "item", "time"], orient="row")


@pytest.fixture(scope="module")
def run(frame):
    return fitted(frame)


def fitted(frame, **settings):
    columns = {"user": "session", "item": "item", "time": "time"}
    data = jaxrec.Dataset.from_frame(frame, **columns, repeats="keep")
    return jaxrec.fit(data, **{"model": "srgnn"} | SETTINGS | settings)


def test_it_learns_more_than_any_baseline(run):
    best = max(one["mrr@3"] for one in run.results["baselines"].values())
    assert run.metrics["mrr@3"] > 1.3 * best


def test_strangers_are_answered_by_their_items_in_order(run, tmp_path):
    last, before = "i3", "i8"
    assert run.recommend(items=[before, last], k=1)["item"].item() == "i9"
    assert run.recommend(items=[last, before], k=1)["item"].item() == "i4"
    saved = jaxrec.load(run.folder).save(tmp_path / "saved")
    histories = {"user": ["a", "a", "b"], "item": ["i8", "i3", "i5"]}
    same = saved.recommend(histories=histories, k=4), run.recommend(histories=histories, k=4)
    assert same[0].equals(same[1])
    assert same[0].filter(user="a")["item"].to_list()[0] == "i9"
    assert saved.evaluate(k=(3,))["test"].row(0)[0] == "srgnn"


def test_the_command_line_trains_and_measures_the_same(run, frame, tmp_path, capfd):
    frame.write_csv(tmp_path / "sessions.csv")
    words = ["--data", str(tmp_path / "sessions.csv"), "--user-column", "session", "--k", "3"]
    words += ["--model", "srgnn", "--select", "mrr@3", "--dim", "8", "--epochs", "12"]
    words += ["--learning-rate", "0.03", "--batch-size", "32", "--max-length", "8"]
    out = tmp_path / "run"
    assert main(["train", *words, "--out", str(out)]) == 0
    assert json.loads((out / "metrics.json").read_text())["test"] == run.metrics
    capfd.readouterr()
    assert main(["evaluate", str(out), "--k", "3"]) == 0
    assert f"{run.metrics['mrr@3']:.4f}" in capfd.readouterr().out


@pytest.mark.parametrize(("loss", "n"), [("softmax", 6), ("bpr", 3)])
def test_drawn_negatives_teach_it_too(frame, loss, n):
    run = fitted(frame, loss=loss, candidates="uniform", negatives=n, refit=False)
    assert run.metrics["mrr@3"] > 1.3 * run.results["baselines"]["markov"]["mrr@3"]


@pytest.mark.parametrize("model", ["sasrec", "gru4rec"])
def test_networks_of_flax_learn_it_too_and_answer_alike_when_opened(frame, model, tmp_path):
    run = fitted(frame, model=model, n_layers=1, epochs=8, dropout=0.1, refit=False)
    assert run.metrics["mrr@3"] > 1.3 * run.results["baselines"]["markov"]["mrr@3"]
    saved = jaxrec.load(run.folder).save(tmp_path / "saved")
    best = saved.recommend(items=["i8", "i3"], k=12)
    assert best["item"][0] == "i9" and best.equals(run.recommend(items=["i8", "i3"], k=12))


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    """Whether an item is odd, and which of three it is; another relation names every item."""
    items = [f"i{n}" for n in range(N_ITEMS)]
    kinds = [("parity", 2), ("third", 3), ("name", N_ITEMS)]
    rows = [(item, name, f"{name}{n % of}") for name, of in kinds for n, item in enumerate(items)]
    path = tmp_path_factory.mktemp("facts") / "facts.csv"
    pl.DataFrame(rows, schema=["head", "relation", "tail"], orient="row").write_csv(path)
    return path


def test_a_memory_of_facts_is_learned_stored_and_answers_strangers(frame, facts, tmp_path):
    run = fitted(frame, model="kg_sequential", kg=str(facts), kg_dim=4, refit=False)
    assert run.metrics["mrr@3"] > 1.3 * run.results["baselines"]["markov"]["mrr@3"]
    saved = jaxrec.load(run.folder).save(tmp_path / "saved")
    assert saved.evaluate(k=(3,))["test"]["mrr@3"][0] == pytest.approx(run.metrics["mrr@3"])
    best = saved.recommend(items=["i8", "i3"], k=12)
    assert best["item"][0] == "i9"
    assert best.equals(run.recommend(items=["i8", "i3"], k=12))
    assert saved._trained.params["facts"]["attribute"].shape == (2, 4)
    why = run.explain("s140", best["item"][0], k=100).filter(hops=1)
    items = frame.filter(session="s140")["item"].to_list()
    expected = {f"{item} -[parity]-> parity{int(item[1:]) % 2}" for item in items}
    assert {path for path in why["path"] if "parity" in path} == expected
    assert len(why) == 2 * len(items) and why["weight"].to_numpy().any()


def test_earlier_items_explain_an_item_by_what_leaving_them_out_costs(run, frame, capfd):
    """What follows is decided by the item before the last."""
    items = frame.filter(session="s140")["item"].to_list()
    listed = run.recommend(["s140"], k=1)["item"].item()
    found = run.explain("s140", listed, k=2)
    assert found["path"][0] == items[-2] and found["hops"].to_list() == [0, 0]
    score = lambda items: _above_the_mean(run, items, listed)
    expected = score(items) - score(items[:-2] + items[-1:])
    assert found["weight"][0] == pytest.approx(expected, rel=1e-4)
    assert main(["explain", str(run.folder), "--user", "s140", "--item", listed, "--k", "2"]) == 0
    assert items[-2] in capfd.readouterr().out


def _above_the_mean(run, items, item):
    listed = run.recommend(items=items, k=N_ITEMS, hide="none")
    scores = dict(listed.select("item", "score").rows())
    return scores[item] - sum(scores.values()) / N_ITEMS


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "bpr"}, "--loss bpr ranks pairs; add --candidates uniform"),
        ({"candidates": "uniform", "negatives": 0}, "--negatives is 0; give 1 or more"),
        ({"negatives": 5}, "--negatives is 5, but only --candidates uniform"),
        ({"max_length": 0}, "max_length is 0; give 1 or more"),
        ({"max_length": 129}, "--max-length is 129; give 128 or less"),
        ({"n_layers": -1}, "n_layers is -1; give 0 or more"),
        ({"dim": 0}, "--dim is 0; give 1 or more"),
        ({"batch_size": 0}, "--batch-size is 0"),
        ({"model": "kg_sequential"}, "kg_sequential reads what is known of items; give --kg FILE"),
    ],
)
def test_what_cannot_be_trained_is_refused(frame, settings, message):
    with pytest.raises(InputError, match=message):
        fitted(frame, **settings)


def test_several_devices_are_refused():
    with pytest.raises(InputError, match=r"--devices is \(2,\); models of sessions run on one"):
        NEXT_ITEM.check(options_of("srgnn", devices=(2,)), ())
