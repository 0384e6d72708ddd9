import dataclasses
import json

import numpy as np
import polars as pl
import pytest

from experiments.typed_network import run as experiment
from experiments.typed_network.learn import Recipe, hold_out
from experiments.typed_network.report import (
    ALL,
    FLOOR,
    LEANING,
    METRICS,
    MIXED,
    ONE,
    ONE_LEANING,
    SMOOTHED,
    summary,
)
from experiments.typed_network.run import Config, main
from jaxrec.data import Edges, network

N_USERS, N_ITEMS, N_TASTES = 120, 200, 8
NAMES = (FLOOR, ONE, ONE_LEANING, ALL, LEANING, MIXED, SMOOTHED)


def tastes():
    """Users go to businesses of one city, which the other relations tell better than few visits.

    The last ones go to a single one, which for some is held out.
    """
    rng = np.random.default_rng(0)
    user = np.repeat(np.arange(N_USERS), np.where(np.arange(N_USERS) < 100, 5, 1))
    city = user % N_TASTES
    item = city + N_TASTES * rng.integers(0, N_ITEMS // N_TASTES, len(user))
    friends = rng.integers(0, N_USERS // N_TASTES, (2, 600)) * N_TASTES + np.arange(600) % N_TASTES
    edges = {
        "user_business": (("user", "business"), user, item),
        "user_user": (("user", "user"), *friends),
        "business_city": (
            ("business", "city"),
            np.arange(N_ITEMS),
            np.arange(N_ITEMS) % N_TASTES,
        ),
    }
    return network(
        {name: Edges(ends, pl.Series(h), pl.Series(t)) for name, (ends, h, t) in edges.items()}
    )


TINY = Config(
    seeds=(0,),
    fraction=0.2,
    recipe=Recipe(
        dim=12, batch_size=32, uniform=16, learning_rate=0.3, init_scale=0.3, n3=0.0, n_epochs=20
    ),
    n_valid=100,
    n_clusters=(N_TASTES,),
    leans=(0.0, 0.5),
    owns=(0.5,),
    n_near=3,
)


def test_relations_beside_the_visits_help_and_what_was_chosen_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(experiment, "load_network", lambda name, data_dir: tastes())
    found = main(dataclasses.replace(TINY, out=str(tmp_path)))
    mean = {name: np.mean(row["recall@20"]) for name, row in found["test"].items()}
    assert mean[ALL] > 1.5 * mean[ONE] and mean[ALL] > 2 * mean[FLOOR]
    assert mean[MIXED] > 2 * mean[FLOOR]
    new = found["by visits"]["no visit"]
    assert np.mean(new["test"][ALL]["recall@50"]) > 2 * np.mean(new["test"][ONE]["recall@50"])
    others = [found["by visits"][name] for name in ("1 to 3 visits", "4 visits or more")]
    total = sum(each["users"] * each["test"][ALL]["recall@20"][0] for each in others)
    assert total / found["users"] == pytest.approx(mean[ALL])
    written = json.loads((tmp_path / "yelp-hin.json").read_text())["rows"]
    assert written["test"] == found["test"]
    for seed in written["seeds"]:
        tried = {
            row["lean"]: row["recall@50"]
            for row in seed["chosen"]["tried"]
            if row["own"] == 1 and row["n_clusters"] == N_TASTES
        }
        assert tried[seed["chosen"][MIXED]["lean"]] == max(tried.values())
    compared = found["compared"][f"{ALL} less {ONE}, recall@20"]
    assert compared["difference"] == pytest.approx(compared["second"] - compared["first"])
    assert all(compared["holm"][test] >= p for test, p in compared["p_values"].items())


def test_a_user_counts_once_with_the_mean_of_their_seeds():
    rng = np.random.default_rng(0)
    users = [np.array([2, 5, 7]), np.array([5, 7, 9])]
    none = np.zeros(0)
    nobody = {
        "users": none.astype(int),
        "visits": none,
        "found": {n: dict.fromkeys(METRICS, none) for n in (FLOOR, ONE, ALL)},
    }
    runs = [
        {
            "users": own,
            "visits": np.array([1, 2, 9]),
            "about": {},
            "found": {n: {m: rng.random(3) for m in METRICS} for n in NAMES},
            "cold": nobody,
        }
        for own in users
    ]
    found = summary(runs)
    first, second = (run["found"] for run in runs)
    one, two = (
        np.array([a[0], (a[1] + b[0]) / 2, (a[2] + b[1]) / 2, b[2]])
        for a, b in ((first[name]["recall@10"], second[name]["recall@10"]) for name in (ONE, ALL))
    )
    compared = found["compared"][f"{ALL} less {ONE}, recall@10"]
    assert found["users"] == compared["n_users"] == 4
    assert compared["difference"] == pytest.approx(np.mean(two - one))
    assert found["test"][ONE]["recall@10"] == [
        first[ONE]["recall@10"].mean(),
        second[ONE]["recall@10"].mean(),
    ]


def test_what_is_held_out_is_in_one_part_alone():
    graph = tastes()
    held = hold_out(graph, "user_business", 0.2, 0)
    first = graph.ranges["business"].start
    pairs = [
        set(zip(part.user.tolist(), part.item.tolist(), strict=True))
        for part in (held.train, held.valid, held.test)
    ]
    facts = graph.of("user_business")
    assert set.union(*pairs) == set(
        zip(facts.head.tolist(), (facts.tail - first).tolist(), strict=True)
    )
    assert sum(len(part) for part in pairs) == len(facts)
    assert abs(len(pairs[2]) - 0.2 * len(facts)) < 1 and len(pairs[1]) == len(pairs[2])
    hidden = graph.triples.take(held.hidden)
    out = set(zip(hidden.head.tolist(), (hidden.tail - first).tolist(), strict=True))
    assert out == pairs[1] | pairs[2]
