"""Other rows of users and items, in everything that names them."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import Dataset, renumbered, split
from tests.same import differences
from tests.strategies import datasets

TABLE = {
    "user": ["ann", "bob", "cid", "ann", "bob", "dan"],
    "item": [7, 9, 7, 8, 8, 9],
    "rating": [4, 5, 3, 5, 1, 4],
    "time": [5, 1, 4, 2, 3, 9],
    "title": ["Tea", "Ale", "Tea", "Rum", "Rum", "Ale"],
}


def words(dataset):
    """Everything in the caller's words, in an order that rows do not matter for."""
    met, given = dataset.interactions, dataset.given
    parts = [dataset.user_ids.gather(met.user), dataset.item_ids.gather(met.item)]
    parts += [each for each in (met.rating, met.time, given) if each is not None]
    told = {"interactions": list(zip(*parts, strict=True))}
    if dataset.low_rated is not None:
        low = dataset.low_rated
        ends = dataset.user_ids.gather(low.user), dataset.item_ids.gather(low.item)
        told["low"] = list(zip(*ends, strict=True))
    if dataset.titles is not None:
        told["titles"] = sorted(zip(dataset.item_ids, dataset.titles, strict=True))
    for name, relation in dataset.relations.items():
        ends = (
            dataset.ids(relation.source).gather(relation.senders),
            dataset.ids(relation.target).gather(relation.receivers),
        )
        told[name] = list(zip(*ends, strict=True))
    for entity, frame in dataset.features.items():
        told[f"of {entity}"] = sorted(zip(dataset.ids(entity), frame.rows(), strict=True))
    return told


def orders(dataset, random):
    met = dataset.interactions
    return [np.array(random.sample(range(n), n)) for n in (met.n_users, met.n_items)]


@given(datasets(), st.randoms(use_true_random=False))
def test_renumbering_changes_rows_and_no_words(dataset, random):
    users, items = orders(dataset, random)
    other = renumbered(dataset, users, items)
    assert other.user_ids.to_list() == dataset.user_ids.gather(users).to_list()
    assert words(other) == words(dataset)


@given(datasets(), st.randoms(use_true_random=False))
def test_renumbering_there_and_back_is_the_identity(dataset, random):
    users, items = orders(dataset, random)
    there = renumbered(dataset, users, items)
    assert differences(renumbered(there, np.argsort(users), np.argsort(items)), dataset) == []


@given(datasets(), st.randoms(use_true_random=False))
def test_whoever_is_not_named_leaves_with_all_that_names_them(dataset, random):
    users, items = (order[: max(1, len(order) // 2)] for order in orders(dataset, random))
    some = renumbered(dataset, users, items)
    left = {"user": set(some.user_ids), "item": set(some.item_ids)}
    left |= {entity: set(ids) for entity, ids in dataset.entities.items()}
    ends = {name: (r.source, r.target) for name, r in dataset.relations.items()}
    ends |= {"interactions": ("user", "item"), "low": ("user", "item")}
    expected = words(dataset)
    for name, (source, target) in ends.items():
        if name in expected:
            expected[name] = [
                row for row in expected[name] if row[0] in left[source] and row[1] in left[target]
            ]
    for name in ("of user", "of item", "titles"):
        if name in expected:
            of = left["user" if name == "of user" else "item"]
            expected[name] = [row for row in expected[name] if row[0] in of]
    assert words(some) == expected


def test_relations_are_read_when_they_are_looked_up(monkeypatch):
    data = Dataset.from_frame(TABLE)

    class Closed(dict):
        def __getitem__(self, name):
            raise AssertionError(f"{name} is read")

    lazy = replace(data, relations=Closed(trust=1), features=Closed(item=1))
    orders = np.arange(4)[::-1], np.arange(3)[::-1]
    other = renumbered(lazy, *orders)
    assert list(other.relations) == ["trust"] and list(other.features) == ["item"]
    with pytest.raises(AssertionError, match="trust is read"):
        other.relations["trust"]


def test_values_of_a_small_table():
    data = Dataset.from_frame(TABLE, min_rating=2)
    assert data.low_rated is not None and len(data.low_rated) == 1
    other = renumbered(data, np.array([3, 2, 1, 0]), np.array([1, 2, 0]))
    assert other.user_ids.to_list() == ["dan", "cid", "bob", "ann"]
    assert other.item_ids.to_list() == [8, 9, 7] and other.titles.to_list() == ["Rum", "Ale", "Tea"]
    met, low = other.interactions, other.low_rated
    assert met.user.tolist() == [3, 2, 1, 3, 0] and met.item.tolist() == [2, 1, 2, 0, 1]
    assert met.rating.tolist() == [4, 5, 3, 5, 4] and met.time.tolist() == [5, 1, 4, 2, 9]
    assert (low.user.tolist(), low.item.tolist()) == ([2], [0])
    features = data.with_features("item", pl.DataFrame({"price": [1, 2, 3]}))
    other = renumbered(features, np.arange(4), np.array([1, 2, 0]))
    assert other.features["item"]["price"].to_list() == [2, 3, 1]


def test_a_given_split_follows_its_interactions():
    data = replace(Dataset.from_frame(TABLE), given=np.int8([0, 0, 1, 0, 2, 2]))
    some = renumbered(data, np.array([1, 0]), np.array([2, 1, 0]))
    assert some.given.tolist() == [0, 0, 0, 2]
    assert len(split(some, method="given", valid_fraction=0).test) == 1


def test_orders_that_are_none_are_refused():
    data = Dataset.from_frame(TABLE)
    with pytest.raises(InputError, match=r"user row 4 lies outside \[0, 4\) set by n_users=4"):
        renumbered(data, np.arange(5), np.arange(3))
    with pytest.raises(InputError, match="item row 1 stands twice"):
        renumbered(data, np.arange(4), np.array([1, 1, 0]))
