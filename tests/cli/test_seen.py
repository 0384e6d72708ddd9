"""What a user has interacted with, by the whole file: out of lists and of what is measured.

A long file, for its runs are of the same ratings.
"""

import json
import random
from functools import wraps
from itertools import product

import ir_measures
import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from jaxrec.cli.main import main
from jaxrec.evaluate import eval_tasks
from jaxrec.registry import MODELS
from jaxrec.runs.store.run_folder import read_data

CUT = ["--k", "5", "--select", "recall@5"]


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    """Thirty users who rate ten of twenty items with 1 or 5."""
    rng, path = random.Random(0), tmp_path_factory.mktemp("rated") / "s.csv"
    rows = [
        (user, item, rng.choice([1, 5])) for user in range(30) for item in rng.sample(range(20), 10)
    ]
    pl.DataFrame(rows, ["user_id", "item_id", "rating"], orient="row").write_csv(path)
    return path


def pairs(path, **only) -> set[tuple[int, int]]:
    frame = pl.read_csv(path).filter(**only)
    return set(zip(frame[:, 0], frame[:, 1], strict=True))


def by_ids(data, part) -> set[tuple]:
    users, items = data.user_ids.gather(part.user), data.item_ids.gather(part.item)
    return set(zip(users, items, strict=True))


def train(data, out, *more, model="filter_r") -> str:
    words = ["train", "--data", str(data), "--model", model, *CUT, "--out", str(out), *more]
    assert main(words) == 0
    return str(out)


def lists(run, path, *more) -> set[tuple[int, int]]:
    assert main(["recommend", run, "--all", "--k", "20", "--out", str(path), *more]) == 0
    return pairs(path)


def test_an_item_that_a_user_rated_low_is_not_recommended_to_them(rated, tmp_path):
    run = train(rated, tmp_path / "run", "--min-rating", "4")
    shown = lists(run, tmp_path / "lists.csv")
    everything = set(product(range(30), range(20)))
    known = {user for user, _ in pairs(rated, rating=5)}
    assert shown == {pair for pair in everything - pairs(rated) if pair[0] in known}


def test_unless_low_ratings_are_shown(rated, tmp_path):
    run = train(rated, tmp_path / "run", "--min-rating", "4", "--low-rated", "show")
    shown = lists(run, tmp_path / "lists.csv")
    assert shown == set(product(range(30), range(20))) - pairs(rated, rating=5)
    assert read_data(tmp_path / "run").low_rated is not None  # The folder has them all the same.


def test_it_is_no_candidate_of_the_ranking_that_is_measured(rated, tmp_path):
    train(rated, tmp_path / "run", "--min-rating", "4", "--valid-fraction", "0.2")
    data = read_data(tmp_path / "run")
    assert by_ids(data, data.low_rated) == pairs(rated, rating=1)
    asked = eval_tasks(data.split, data.repeats, data.hidden)
    before = {"valid": [data.split.train], "test": [data.split.train, data.split.valid]}
    for name, question in asked.items():
        for user in range(30):
            own = [part.item[part.user == user] for part in (*before[name], data.low_rated)]
            left_out = question.seen.indices[
                question.seen.indptr[user] : question.seen.indptr[user + 1]
            ]
            assert set(left_out) == set(np.concatenate(own))


def test_metrics_are_those_of_a_ranking_without_it(rated, tmp_path):
    recall = {}
    for name in ("show", "hide"):
        train(rated, tmp_path / name, "--min-rating", "4", "--low-rated", name)
        measured = json.loads((tmp_path / name / "metrics.json").read_text())
        recall[name] = measured["test"]["recall@5"]
    # Five of some twelve candidates, or of some seventeen with those rated low.
    assert recall["hide"] > recall["show"]


def test_a_pair_rated_low_and_high_is_learned_from_and_not_low(tmp_path):
    rows = [(u, i, 5) for u in range(6) for i in range(5)] + [(0, 0, 1), (1, 7, 1), (2, 6, 5)]
    path = tmp_path / "twice.csv"
    pl.DataFrame(rows, ["user", "item", "rating"], orient="row").write_csv(path)
    train(path, tmp_path / "run", "--min-rating", "4")
    data = read_data(tmp_path / "run")
    assert data.low_rated is None  # (0, 0) is learned from; nobody rated item 7 high.


def test_repeats_may_be_recommended_but_not_what_was_rated_low(rated, tmp_path):
    run = train(rated, tmp_path / "run", "--min-rating", "4", "--repeats", "keep")
    shown = lists(run, tmp_path / "lists.csv")
    assert not shown & pairs(rated, rating=1)
    assert pairs(rated, rating=5) <= shown


def test_what_a_core_drops_leaves_no_pair_of_a_user_and_an_item_that_stay(island, tmp_path):
    run = train(island, tmp_path / "run", "--k-core", "3")
    data = read_data(tmp_path / "run")
    users, items = set(data.user_ids), set(data.item_ids)
    assert "iso" not in users and len(users) < 12
    left = {(user, item) for user, item in pairs(island) if user in users and item in items}
    parts = (data.split.train, data.split.valid, data.split.test)
    assert set.union(*(by_ids(data, part) for part in parts)) == left
    assert not lists(run, tmp_path / "lists.csv", "--k", "6") & left


def test_a_user_who_has_everything_gets_no_rows_and_a_line(tmp_path, capfd):
    rows = [(f"u{u}", f"i{i}") for u in range(8) for i in range(6) if u == 0 or (u + i) % 3]
    path = tmp_path / "all.csv"
    pl.DataFrame(rows, ["user", "item"], orient="row").write_csv(path)
    run = train(path, tmp_path / "run")
    capfd.readouterr()
    assert main(["recommend", run, "--users", "u0", "u1", "--k", "3"]) == 0
    printed = capfd.readouterr()
    assert "1 of 2 users have every item already: no rows for them" in printed.err
    assert not [line for line in printed.out.splitlines() if line.startswith("u0,")]
    assert main(["recommend", run, "--users", "u1", "--k", "3"]) == 0
    assert "have every item" not in capfd.readouterr().err


@pytest.fixture(scope="module")
def island(tmp_path_factory):
    """Users of blocks, and one whose two items nobody else has."""
    path = tmp_path_factory.mktemp("island") / "island.csv"
    rows = [(f"u{u}", f"i{(u * 5 + i) % 12}") for u in range(12) for i in range(2 + u % 5)]
    rows += [("iso", "l1"), ("iso", "l2")]
    pl.DataFrame(rows, ["user", "item"], orient="row").write_csv(path)
    return path


WITHOUT_NOISE = {"gf_cf": ["--low-pass", "0"]}
"""The low-pass filter's vectors are found by iteration and end a little beside 0."""


@pytest.mark.parametrize("model", ["item_knn", "filter_r", "ease", "gf_cf"])
def test_a_user_whose_items_lead_nowhere_gets_the_popular_ones(island, tmp_path, capfd, model):
    run = train(
        island, tmp_path / "run", *(["--low-pass", "0"] if model == "gf_cf" else []), model=model
    )
    capfd.readouterr()
    out = str(tmp_path / "lists.csv")
    assert main(["recommend", run, "--users", "iso", "u1", "--k", "3", "--out", out]) == 0
    told = " ".join(capfd.readouterr().err.split())
    assert "1 of 2 users get the same score for all items from this model; they get the" in told
    data = read_data(tmp_path / "run")
    count = np.bincount(data.split.train.item, minlength=len(data.item_ids))
    popular = dict(zip(data.item_ids, count.tolist(), strict=True))
    assert {"l1", "l2"} <= popular.keys()
    found = pl.read_csv(out).filter(user="iso")
    top = sorted((n for item, n in popular.items() if item not in ("l1", "l2")), reverse=True)
    assert [popular[item] for item in found["item"]] == top[:3]
    assert found["score"].to_list() == [0, 0, 0]
    assert main(["recommend", run, "--items", "l1", "l2", "--k", "3"]) == 0
    printed = capfd.readouterr()
    assert "1 of 1 users get the same score for all items from this model" in printed.err
    assert [line.split(",")[0] for line in printed.out.splitlines()[1:]] == found["item"].to_list()
    assert main(["similar", run, "--items", "l1", "i3", "--k", "3"]) == 0
    printed = capfd.readouterr()
    near = [line.split(",")[0] for line in printed.out.splitlines()[1:]]
    assert near.count("i3") == 3


@pytest.mark.parametrize(
    ("model", "more"),
    [
        ("ease", ["--split", "random"]),
        ("ease", ["--split", "leave_one_out", "--valid-fraction", "0.2"]),
        ("gf_cf", ["--split", "latest", "--valid-fraction", "0.2"]),
        ("lightgcn", ["--epochs", "2", "--min-rating", "2", "--learning-rate", "0.05"]),
        ("mf", ["--epochs", "2", "--min-rating", "2", "--start", "spectral", "--dim", "8"]),
    ],
)
def test_another_tool_finds_our_metrics_from_lists_and_test_slice_alone(
    rated, tmp_path, model, more
):
    run = train(rated, tmp_path / "run", *more, model=model)
    lists(run, tmp_path / "lists.csv", "--hide", "train")
    data = read_data(tmp_path / "run")
    tested = by_ids(data, data.split.test)
    judged = [ir_measures.Qrel(str(user), str(item), 1) for user, item in tested]
    frame = pl.read_csv(tmp_path / "lists.csv")
    assert not frame.select("user", "score").is_duplicated().any()  # Tools break ties as they like.
    ranked = [
        ir_measures.ScoredDoc(str(user), str(item), score)
        for user, item, score in frame.select("user", "item", "score").iter_rows()
    ]
    tool = {
        "recall@5": ir_measures.R @ 5,
        "precision@5": ir_measures.P @ 5,
        "hit@5": ir_measures.Success @ 5,
        "ndcg@5": ir_measures.nDCG @ 5,
        "mrr@5": ir_measures.RR @ 5,
        "map@5": ir_measures.AP @ 5,
    }
    theirs = ir_measures.calc_aggregate(list(tool.values()), judged, ranked)
    ours = json.loads((tmp_path / "run" / "metrics.json").read_text())["test"]
    for name, metric in tool.items():
        assert ours[name] == pytest.approx(theirs[metric], abs=1e-9)


def test_times_without_a_header_are_not_taken_for_ratings(tmp_path, fails):
    rows = [(u, i, 1_600_000_000 + u + i) for u in range(6) for i in range(5)]
    path = tmp_path / "log.csv"
    pl.DataFrame(rows, ["user", "item", "time"], orient="row").write_csv(path, include_header=False)
    line = fails("train", "--data", str(path), "--no-header", "--model", "filter_r", *CUT)
    assert "ratings of" in line and "these look like times; name their column with --time" in line


def test_a_model_that_comes_out_without_numbers_is_refused(rated, tmp_path, capfd, monkeypatch):
    entry = MODELS["ease"]

    @wraps(entry.factory)
    def broken(*sizes, **more):
        model = entry.factory(*sizes, **more)
        table = lambda key: jax.tree.map(lambda x: x + jnp.nan, model.init(key))
        return model._replace(init=table)

    monkeypatch.setitem(MODELS, "ease", entry._replace(factory=broken))
    words = ["train", "--data", str(rated), "--model", "ease", "--out", str(tmp_path / "run"), *CUT]
    assert main(words) == 2
    line = capfd.readouterr().err.splitlines()[-1]
    assert "ease came out with a weight that is not finite; give other options" in line
