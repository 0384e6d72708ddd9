"""What a data set holds beside its interactions, and what must fit."""

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import Dataset, Relation

DATA = Dataset.from_frame(
    {"user": ["ann", "bob", "ann"], "item": [7, 9, 9], "rating": [4, 3, 5]}, name="shop"
)
TRUST = Relation("user", "user", np.int32([0]), np.int32([1]), 2, 2)
BRAND = Relation("item", "brand", np.int32([0, 1]), np.int32([1, 0]), 2, 2)
BRANDS = {"brand": pl.Series(["Ale & Co", "Zola"])}


def test_nothing_stands_beside_interactions_by_default():
    assert dict(DATA.entities) == dict(DATA.relations) == dict(DATA.features) == {}


def test_relations_come_with_the_ids_of_their_ends():
    data = DATA.with_relation("trust", TRUST).with_relation("item_brand", BRAND, BRANDS)
    assert list(data.relations) == ["trust", "item_brand"] and data.relations["trust"] is TRUST
    assert data.ids("brand").to_list() == ["Ale & Co", "Zola"]
    assert data.ids("user") is data.user_ids and data.ids("item") is data.item_ids
    assert data.interactions is DATA.interactions and list(DATA.relations) == []
    other = data.with_relation("trust", TRUST.take(np.array([], np.int64)))
    assert len(other.relations["trust"]) == 0 and list(other.relations) == list(data.relations)


def test_features_are_a_row_each():
    frame = pl.DataFrame({"price": [1.5, None]})
    assert DATA.with_features("item", frame).features["item"] is frame
    with pytest.raises(InputError, match="features has 1 rows of type 'item' but .* has 2"):
        DATA.with_features("item", frame.head(1))
    with pytest.raises(InputError, match="features of type 'item' have a column of that name"):
        DATA.with_features("item", pl.DataFrame({"item": [7, 9]}))
    with pytest.raises(InputError, match="shop has no entities of type 'brand'; it has user, item"):
        DATA.with_features("brand", frame)


@pytest.mark.parametrize(
    ("name", "relation", "entities", "message"),
    [
        ("my trust", TRUST, {}, "the relation 'my trust' is no name; use letters, digits"),
        ("a/b", TRUST, {}, "the relation 'a/b' is no name"),
        ("item_brand", BRAND, {}, "shop has no entities of type 'brand'; it has user, item"),
        ("item_brand", BRAND, {"brand": pl.Series(["x"])}, "2 rows of type 'brand' but .* has 1"),
        ("x", TRUST, {"user": pl.Series([1, 2])}, "has entities of type 'user' already"),
        ("x", TRUST, {"a b": pl.Series([1, 2])}, "the entity type 'a b' is no name"),
        (
            "trust",
            Relation("user", "user", np.int32([]), np.int32([]), 3, 3),
            {},
            "trust has 3 rows of type 'user' but the data set has 2",
        ),
    ],
)
def test_what_does_not_fit_is_refused(name, relation, entities, message):
    with pytest.raises(InputError, match=message):
        DATA.with_relation(name, relation, entities)


def test_some_interactions_leave_all_else_as_it_is():
    data = DATA.with_relation("trust", TRUST)
    some = data.take(data.interactions.rating >= 4)
    assert some.interactions.rating.tolist() == [4, 5] and len(some.user_ids) == 2
    assert some.relations["trust"] is TRUST and some.given is None


def test_a_data_set_says_how_large_it_is():
    data = Dataset.from_frame({"user": ["ann", "bob", "ann"], "item": [7, 7, 9]}, name="shop")
    assert (data.n_users, data.n_items) == (2, 2)
    assert repr(data) == "<Dataset shop: 2 users, 2 items, 3 interactions>"
