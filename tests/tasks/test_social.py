"""Models of friends and trust, from tables to a run folder and to answers."""

import dataclasses

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.cli.main import main
from jaxrec.data import read_relation

N_USERS, N_ITEMS = 30, 20
SETTINGS = {"dim": 4, "epochs": 2, "batch_size": 64, "learning_rate": 0.01, "k": (5,)}
RANKS = ["mutualrec", "diffnet"]
RATES = {
    "fesog": {"epochs": 40, "learning_rate": 0.05},
    "graphrec": {},
    "heterographrec": {},
    "sr_hgnn": {"social_dim": 8, "social_epochs": 5},
}


@pytest.fixture(scope="module")
def frame():
    """Ratings of biases and noise; user 29 has one."""
    rng = np.random.default_rng(0)
    there = rng.random((N_USERS, N_ITEMS)) < 0.5
    there[-1] = np.arange(N_ITEMS) == 3
    user, item = np.nonzero(there)
    bias = rng.normal(0, 1, N_USERS)[user] + rng.normal(0, 1, N_ITEMS)[item]
    rating = np.clip(np.round(3 + bias + rng.normal(0, 0.3, len(user))), 1, 5)
    return pl.DataFrame({"user": [f"u{n}" for n in user], "item": item, "rating": rating})


@pytest.fixture(scope="module")
def links():
    """Each user and the next but three; of the last five none; one stranger."""
    ends = {"from": [f"u{n}" for n in range(22)], "to": [f"u{n + 3}" for n in range(22)]}
    return pl.DataFrame({name: [*end, "stranger"] for name, end in ends.items()})


@pytest.fixture(scope="module")
def data(frame, links):
    dataset = jaxrec.Dataset.from_frame(frame)
    return dataset.with_relation("trust", *read_relation(links, dataset, directed=True))


@pytest.mark.parametrize("model", RANKS)
def test_a_ranking_is_trained_measured_stored_and_served(model, data, frame, links, tmp_path):
    found = jaxrec.fit(data, model, select="recall@5", **SETTINGS)
    measured = found.evaluate(k=(5,))["test"]["recall@5"][0]
    assert measured == pytest.approx(found.metrics["recall@5"], abs=1e-6)
    lists = found.recommend(["u0", "u29"], k=4)
    assert lists.height == 8 and lists["score"].is_finite().all()
    frame.write_csv(tmp_path / "ratings.csv")
    links.write_csv(tmp_path / "links.csv")
    words = ["--data", str(tmp_path / "ratings.csv"), "--social", str(tmp_path / "links.csv")]
    words += ["--model", model, "--out", str(tmp_path / "run"), "--select", "recall@5", "--k", "5"]
    words += ["--dim", "4", "--epochs", "2", "--batch-size", "64", "--learning-rate", "0.01"]
    assert main(["train", *words]) == 0
    saved = jaxrec.load(tmp_path / "run")
    assert saved.metrics == found.metrics
    again = saved.recommend(["u0", "u29"], k=4)
    assert again["item"].cast(pl.String).to_list() == lists["item"].cast(pl.String).to_list()
    np.testing.assert_allclose(again["score"], lists["score"], rtol=1e-5)
    assert saved.similar([3], k=2).height == 2


def test_friends_are_recommended_by_score_without_those_one_has(data, tmp_path, capfd):
    found = jaxrec.fit(data, "mutualrec", select="recall@5", **SETTINGS)
    every = found.recommend_friends(["u5", "u29"], k=N_USERS, hide="none")
    lists = found.recommend_friends(["u5", "u29"], k=N_USERS)
    own = {"u5": {"u2", "u8", "u5"}, "u29": {"u29"}}
    everyone = {f"u{n}" for n in range(N_USERS)}
    for user, theirs in own.items():
        listed = lists.filter(pl.col("user") == user)
        assert set(listed["friend"]) == everyone - theirs
        assert listed["rank"].to_list() == list(range(1, listed.height + 1))
        assert listed["score"].is_sorted(descending=True)
        assert set(every.filter(pl.col("user") == user)["friend"]) == everyone - {user}
    folder = str(found.save(tmp_path / "saved").folder)
    out = str(tmp_path / "friends.csv")
    words = ["recommend", folder, "--friends", "--users", "u5", "--k", "3", "--out", out]
    assert main(words) == 0
    head = lists.head(3)
    assert pl.read_csv(out)["friend"].to_list() == head["friend"].to_list()
    assert main(["recommend", folder, "--friends", "--items", "3"]) == 2
    assert "leave out --items" in capfd.readouterr().err


def test_a_model_that_ranks_no_friends_says_so(data):
    found = jaxrec.fit(data, "diffnet", select="recall@5", **SETTINGS)
    with pytest.raises(
        InputError, match="diffnet for the task ranking ranks no friends; mutualrec does"
    ):
        found.recommend_friends(["u5"])


@pytest.mark.parametrize("model", RATES)
def test_ratings_are_trained_measured_stored_and_served(model, data, tmp_path):
    settings = {name: value for name, value in SETTINGS.items() if name != "k"}  # No lists here.
    found = jaxrec.fit(data, model, **(settings | RATES[model]))
    baselines = found.results["baselines"]
    assert found.metrics["rmse"] < 0.8 * baselines["constant"]["rmse"]
    factor = 1.3 if model == "fesog" else 1.05  # Others begin at the biases.
    assert found.metrics["rmse"] < factor * baselines["biases"]["rmse"]
    assert found.evaluate()["test"]["rmse"][0] == pytest.approx(found.metrics["rmse"], rel=1e-5)
    saved = jaxrec.load(found.save(tmp_path / "saved").folder)
    pairs = {"user": ["u0", "u29", "u24"], "item": [3, 4, 5]}
    predicted = found.predict(pairs)
    assert predicted.height == 3 and predicted["prediction"].is_finite().all()
    assert saved.predict(pairs).equals(predicted)
    lists = saved.recommend(["u0"], k=4)
    again = found.predict({"user": ["u0"] * 4, "item": lists["item"].to_list()})
    np.testing.assert_allclose(lists["score"], again["prediction"], rtol=1e-5)
    assert saved.similar([3], k=2).height == 2


@pytest.mark.parametrize("model", ["graphrec", "heterographrec", "sr_hgnn"])
def test_pairs_and_ratings_of_the_test_reach_no_graph_and_no_similarity(model, data):
    """Which users rated an item alike tells of its ratings, so similarity must not see them."""
    n = len(data.interactions)
    test = np.arange(n) >= n - n // 4  # Last, so that items keep their order of appearance.
    rows = data.interactions.take(np.random.default_rng(1).permutation(n))
    other = rows.item.copy()
    other[test] = (rows.item[test] + 7) % N_ITEMS
    stars = np.where(test, 6 - rows.rating, rows.rating).astype(np.float32)
    elsewhere = dataclasses.replace(rows, item=other, rating=stars)
    settings = {name: value for name, value in SETTINGS.items() if name != "k"}
    settings |= RATES[model] | {"split": "given", "valid_fraction": 0.2}
    right, moved = (
        jaxrec.fit(
            dataclasses.replace(
                data, interactions=each, given=np.where(test, 2, 0).astype(np.int8)
            ),
            model,
            **settings,
        )
        for each in (rows, elsewhere)
    )
    assert right.metrics["rmse"] != moved.metrics["rmse"]
    assert right.results["valid"] == moved.results["valid"]
    users, items = np.divmod(np.arange(N_USERS * N_ITEMS), N_ITEMS)
    every = {"user": data.user_ids.gather(users), "item": items}
    assert right.predict(every).equals(moved.predict(every))


def test_links_are_named_once_and_must_join_users(data, frame, links, tmp_path):
    links.write_csv(tmp_path / "links.csv")
    path = str(tmp_path / "links.csv")
    twice = {"social": path, "relation": (f"social={path}",)}
    with pytest.raises(InputError, match="give one"):
        jaxrec.fit(data, "mutualrec", select="recall@5", **twice, **SETTINGS)
    bare = jaxrec.Dataset.from_frame(frame)
    with pytest.raises(InputError, match="reads social, links from user to user; give --social"):
        jaxrec.fit(bare, "mutualrec", select="recall@5", **SETTINGS)
    pairs = {"item": [3, 4], "brand": ["a", "b"]}
    read = read_relation(pairs, bare, source="item", target="brand")
    with pytest.raises(InputError, match="friends has links from item to brand"):
        jaxrec.fit(bare.with_relation("friends", *read), "mutualrec", select="recall@5", **SETTINGS)
