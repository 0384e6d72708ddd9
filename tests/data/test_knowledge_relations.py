"""A knowledge graph as two relations, and back."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import (
    Dataset,
    Linked,
    Relation,
    entities_by_appearance,
    knowledge_of,
    link,
    load,
    load_graph,
    load_links,
    number_graph,
    read_relation,
    renumbered,
    with_knowledge,
)
from tests.same import differences

SHOP = Dataset.from_frame({"user": [1, 2, 1], "item": ["tea", "ale", "new"]}, name="shop")
FACTS = pl.DataFrame(
    [
        ("tea", "is", "drink"),
        ("ale", "is", "drink"),
        ("ale", "has", "malt"),
        ("malt", "of", "malt"),
    ],
    schema=["head", "relation", "tail"],
    orient="row",
)
NAMES = st.sampled_from(["tea", "ale", "new", "drink", "malt", "x"])


@st.composite
def knowledge(draw):
    """Facts, at least one of an item, and their split now and then."""
    rows = draw(st.lists(st.tuples(NAMES, st.sampled_from(["is", "has"]), NAMES), max_size=6))
    frame = pl.DataFrame([("tea", "is", "x"), *rows], schema=FACTS.schema, orient="row")
    if draw(st.booleans()):
        frame = frame.with_columns(split=pl.Series([0] * len(frame), dtype=pl.Int8))
    return link(number_graph(frame, "drinks"), SHOP.item_ids)


@given(knowledge())
def test_facts_of_a_data_set_lead_back_to_the_graph(linked):
    assert differences(knowledge_of(with_knowledge(SHOP, linked)), linked) == []


@given(knowledge(), knowledge())
def test_a_graph_of_a_data_set_leads_back_to_its_facts(linked, other):
    data = with_knowledge(SHOP, linked)
    assert differences(with_knowledge(data, knowledge_of(data)), data) == []
    instead = with_knowledge(data, other)
    assert differences(knowledge_of(instead), other) == []


def test_the_relations_hold_these_edges():
    linked = link(number_graph(FACTS, "drinks"), SHOP.item_ids)
    data = with_knowledge(SHOP, linked)
    assert list(data.relations) == ["facts", "item_entity"] and list(data.entities) == ["entity"]
    names = data.ids("entity")
    assert names.to_list() == ["ale", "drink", "malt", "tea", "item:new"]
    facts, entity = data.relations["facts"], data.relations["item_entity"]
    ends = (
        names.gather(facts.senders),
        facts.kinds.gather(facts.kind),
        names.gather(facts.receivers),
    )
    assert list(zip(*ends, strict=True)) == FACTS.rows()
    assert facts.counts["self"] == 1 and facts.origin == "drinks"
    assert data.item_ids.gather(entity.senders).to_list() == ["ale", "new", "tea"]
    assert names.gather(entity.receivers).to_list() == ["ale", "item:new", "tea"]


def test_knowledge_follows_renumbered_items():
    linked = link(number_graph(FACTS), SHOP.item_ids)
    items = np.array([2, 0, 1])
    data = renumbered(with_knowledge(SHOP, linked), np.arange(2), items)
    expected = linked._replace(entity=linked.entity[items])
    assert differences(knowledge_of(data), expected) == []


def test_what_is_read_as_two_relations_is_knowledge(tmp_path):
    data = SHOP.with_relation(
        "facts",
        *read_relation(
            FACTS, SHOP, source="entity", target="entity", directed=True, kind="relation",
            self_links="keep",
        ),
    )  # fmt: skip
    links = pl.DataFrame({"item": ["tea", "ale"], "entity": ["tea", "ale"]})
    data = data.with_relation(
        "item_entity", *read_relation(links, data, source="item", target="entity")
    )
    found, expected = knowledge_of(data), link(number_graph(FACTS), SHOP.item_ids)
    assert found.entity.tolist() == expected.entity.tolist()
    assert differences(found.graph.triples, expected.graph.triples) == []
    assert found.graph.entity_ids.to_list() == expected.graph.entity_ids.to_list()
    assert found.graph.counts["items_without_entity"] == 1


def test_what_is_no_knowledge_is_refused():
    data = with_knowledge(SHOP, link(number_graph(FACTS), SHOP.item_ids))
    with pytest.raises(InputError, match="shop has no relation 'facts'; its relations are none"):
        knowledge_of(SHOP)
    facts, entity = data.relations["facts"], data.relations["item_entity"]
    with pytest.raises(InputError, match="'facts' has no kinds; read it with kind="):
        knowledge_of(data.with_relation("facts", replace(facts, kind=None, kinds=None)))
    two = Relation("item", "entity", np.int32([0, 0]), np.int32([1, 2]), 3, 5)
    with pytest.raises(InputError, match="item 'ale' has links to several entities"):
        knowledge_of(data.with_relation("item_entity", two))
    with pytest.raises(InputError, match="'item_entity' goes from entity to entity; it must go"):
        knowledge_of(data.with_relation("item_entity", facts))
    with pytest.raises(InputError, match="the knowledge is of 2 items but shop has 3"):
        with_knowledge(SHOP, knowledge_of(data)._replace(entity=entity.receivers[:2]))


@pytest.mark.parametrize("name", ["lastfm-kg", "yelp-hin"])
def test_a_known_data_set_has_its_graph(name, data_dir):
    data = load(name, data_dir=str(data_dir))
    without = ("user_business",) if name == "yelp-hin" else ()
    graph = load_graph(name, data_dir=str(data_dir), without=without)
    linked = link(graph, data.item_ids, load_links(name, str(data_dir)))
    found = knowledge_of(data)
    assert differences(found, linked) == []
    assert isinstance(entities_by_appearance(found), Linked)
