"""Friends: from links between users to ranked non-friends, beside friends in common."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec import InputError
from jaxrec.base import Batch
from jaxrec.data import KnowledgeGraph, Relation, Triples, number_graph
from jaxrec.models import lightgcn, mf, one_table
from jaxrec.runs.store.run_folder import read_data
from jaxrec.tasks import FRIENDS, RANKING
from jaxrec.tasks.friends.friends import _without_self, undirected

N, CIRCLES = 40, 4
SETTINGS: dict[str, Any] = {
    "task": "friends",
    "dim": 16,
    "epochs": 20,
    "batch_size": 128,
    "learning_rate": 0.02,
}
SETTINGS |= {"validate_every": 10, "k": (5,), "select": "recall@5"}


@pytest.fixture(scope="module")
def data():
    """Circles of ten in which half of all pairs are friends; some links have both directions."""
    rng = np.random.default_rng(0)
    pairs = [(u, v) for u in range(N) for v in range(u) if (u - v) % CIRCLES == 0]
    ends = np.array(pairs)[rng.random(len(pairs)) < 0.5].astype(np.int32)
    ends = np.concatenate([ends, ends[:9, ::-1]])
    clicks = {"user": [f"u{n}" for n in range(N)], "item": [0, 1] * (N // 2)}
    known = jaxrec.Dataset.from_frame(clicks)
    rows = known.user_ids.to_list()
    row = np.array([rows.index(f"u{n}") for n in range(N)], np.int32)
    relation = Relation("user", "user", *row[ends].T, N, N)
    return known.with_relation("follows", relation)


@pytest.fixture(scope="module")
def run(data):
    return jaxrec.fit(data, "lightgcn", **SETTINGS)


def pairs(data, part):
    links = getattr(data.split, part)
    ids = data.user_ids
    return set(zip(ids.gather(links.user), ids.gather(links.item), strict=True))


def test_every_link_is_in_one_slice_and_there_from_both_ends(run, data):
    stored, relation = read_data(run.folder), data.relations["follows"]
    ids = data.user_ids
    ends = set(zip(ids.gather(relation.senders), ids.gather(relation.receivers), strict=True))
    found = [pairs(stored, part) for part in ("train", "valid", "test")]
    assert set().union(*found) == ends | {(v, u) for u, v in ends}
    assert sum(map(len, found)) == len(set().union(*found))
    for part in found:
        assert part == {(v, u) for u, v in part}
    n_links = len({frozenset(pair) for pair in ends})
    assert len(found[2]) == 2 * round(0.2 * n_links)
    leaks = {each["name"]: each["count"] for each in run.results["data"]["leaks"]}
    assert leaks["test_pairs_in_train"] == leaks["valid_pairs_in_train"] == 0
    assert run.results["data"]["counts"]["from_either_end"] == 9


def test_what_was_measured_are_ranks_among_all_who_are_no_friends(run):
    data = read_data(run.folder)
    known, held = pairs(data, "train") | pairs(data, "valid"), pairs(data, "test")
    lists = run.recommend(k=N, hide="none")
    found = []
    for user in {one for one, _ in held} & {one for one, _ in known}:
        ranked = [f for u, f in lists.filter(user=user).select("user", "friend").rows()]
        ranked = [f for f in ranked if f != user and (user, f) not in known]
        wanted = {f for u, f in held if u == user}
        found.append(len(wanted & set(ranked[:5])) / len(wanted))
    assert run.metrics["recall@5"] == pytest.approx(np.mean(found), rel=1e-6)
    assert run.results["baselines"].keys() == {"degree", "common_neighbors", "adamic_adar"}
    assert run.metrics["recall@5"] > run.results["baselines"]["degree"]["recall@5"]


def test_lists_hold_neither_friends_nor_the_user(run):
    data = read_data(run.folder)
    friends = set().union(*(pairs(data, part) for part in ("train", "valid", "test")))
    lists = run.recommend(["u3", "u7"], k=6)
    assert lists.columns == ["user", "friend", "rank", "score"] and lists.height == 12
    for user, friend in lists.select("user", "friend").rows():
        assert user != friend and (user, friend) not in friends
    assert run.recommend_friends(["u3", "u7"], k=6).equals(lists)


def test_a_saved_run_answers_and_is_measured_the_same(run, tmp_path):
    again = jaxrec.load(run.save(tmp_path / "copy").folder)
    assert again.recommend(["u3"]).equals(run.recommend(["u3"]))
    assert again.evaluate()["test"]["recall@5"][0] == pytest.approx(run.metrics["recall@5"])


def test_lightgcn_of_one_table_is_lightgcn_of_the_network(run):
    data = read_data(run.folder)
    links = data.split.learn_valid().train
    reps = run._served.reps
    params = run._trained.params
    assert params.keys() == {"user"}
    linked = np.zeros((N, N))
    linked[links.user, links.item] = 1
    degree = np.maximum(linked.sum(1), 1)
    spread = linked / np.sqrt(np.outer(degree, degree))
    layers = [np.asarray(params["user"])]
    for _ in range(3):
        layers.append(spread @ layers[-1])
    for table in (reps.query, reps.item):
        np.testing.assert_allclose(table, sum(layers) / 4, rtol=1e-4, atol=1e-6)


def test_both_ends_of_a_link_score_the_same(key):
    model = one_table(mf(6, 6, 4))
    params = model.init(key)
    scores = model.score(model.encode(params), jnp.arange(6), jnp.arange(6))
    np.testing.assert_allclose(scores, params["user"] @ params["user"].T, rtol=1e-6)
    assert one_table(mf(6, 6, 4)).init(key).keys() == lightgcn(6, 6, 4).init(key).keys() - {"item"}


@pytest.mark.parametrize("item", [[4, 2, 0], [[4, 2], [2, 2], [1, 0]]])
def test_no_user_is_a_candidate_of_their_own(key, item):
    item = jnp.array(item)
    shape = (3, item.shape[-1])
    batch = Batch(jnp.array([2, 4, 0]), item, jnp.zeros(shape), jnp.ones(shape, bool))
    mask = _without_self(lambda key, tables: batch)(key, None).mask
    other = np.broadcast_to(item, shape) != np.array([[2], [4], [0]])
    np.testing.assert_array_equal(mask, other)


def test_a_held_out_link_that_training_has_from_the_other_end_is_a_leak():
    frame = pl.DataFrame(
        {
            "head": ["a", "b", "c", "b", "d", "e"],
            "relation": ["knows"] * 6,
            "tail": ["b", "c", "a", "a", "e", "a"],
            "split": pl.Series([0, 0, 0, 2, 2, 0], dtype=pl.Int8),
        }
    )
    settings = SETTINGS | {"epochs": 1, "valid_fraction": 0.0, "k": (2,), "select": "recall@2"}
    run = jaxrec.fit(number_graph(frame), "mf", **settings)
    leaks = {each["name"]: each for each in run.results["data"]["leaks"]}
    found = leaks["test_pairs_in_train"]
    assert (found["count"], found["total"]) == (2, 4)  # a and b, of both test links' ends.
    assert found["message"] == "test links also in train, in either direction"
    assert leaks["test_users_unseen"]["count"] == 1  # d


def test_links_without_direction_are_counted_once():
    rows = lambda *numbers: np.int32(numbers)
    facts = Triples(rows(0, 1, 1, 2), rows(0, 0, 0, 0), rows(1, 0, 1, 0), 3, 1)
    names = pl.Series([*"abc"])
    graph = undirected(KnowledgeGraph("g", facts, names, pl.Series(["r"]), None, {}), None)
    assert graph.triples.head.tolist() == [0, 0] and graph.triples.tail.tolist() == [1, 2]
    assert graph.counts == {"from_either_end": 1, "self": 1} and graph.undirected == (0,)


@pytest.mark.parametrize(
    ("model", "given", "why"),
    [
        ("ease", {}, "--task is 'friends'; ease answers ranking"),
        ("mf", {"start": "spectral"}, "--start spectral is of two tables, and friends have one"),
        ("mf", {"relations": ("trust",)}, "has no relations? '?trust"),
        ("mf", {"devices": (2,)}, "--devices"),
        ("mf", {"test_fraction": 0.0}, "--test-fraction is 0.0"),
        ("mf", {"k": (99,), "select": "recall@99"}, "--k is 99 but there are 40 users"),
        ("mf", {"select": "mrr"}, "--select is mrr; choose one of recall@5"),
        ("mf", {"directed": True}, "--directed is given, and friends count in both"),
        ("mf", {"negatives": 0}, "--negatives is 0; give 1 or more"),
        ("mf", {"split": "given"}, "has no split of its own; choose rows"),
    ],
)
def test_what_cannot_be_learned_is_refused_before_training(data, model, given, why):
    with pytest.raises(InputError, match=why):
        jaxrec.fit(data, model, **SETTINGS | given)


def test_several_relations_are_not_mixed(data):
    other = data.relations["follows"].take(np.arange(5))
    with pytest.raises(InputError, match="relations follows, blocks; name that of users"):
        jaxrec.fit(data.with_relation("blocks", other), "mf", **SETTINGS)


def test_only_loops_are_no_links(data):
    rows = np.arange(3, dtype=np.int32)
    loops = Relation("user", "user", rows, rows, N, N)
    with pytest.raises(InputError, match="has no link between two users"):
        jaxrec.fit(data.with_relation("follows", loops), "mf", **SETTINGS)


def test_friends_share_metrics_and_batches_with_rankings():
    assert FRIENDS.metrics is RANKING.metrics and FRIENDS.options == RANKING.options


def test_other_runs_say_what_ranks_friends(data):
    clicks = jaxrec.Dataset.from_frame({"user": [*"aaabbbccc"], "item": [*"xyzxyzxyw"]})
    ranking = jaxrec.fit(clicks, "item_knn", k=(2,), select="recall@2")
    with pytest.raises(InputError, match="item_knn for the task ranking ranks no friends; mutual"):
        ranking.recommend_friends()
    with pytest.raises(InputError, match="the task friends answers no jaxrec similar"):
        jaxrec.fit(data, "mf", **SETTINGS | {"epochs": 1}).similar(["u1"])
