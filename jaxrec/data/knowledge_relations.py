"""Knowledge graphs as relations of a data set, and back.

A knowledge graph is two relations: ``facts`` between entities, of a kind each, and ``item_entity``
from every item to its entity. Kernels read a ``Linked``; relations are renumbered, filtered and
stored with all else that a data set holds.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.data.dataset import Dataset
from jaxrec.data.knowledge import Linked, with_isolated
from jaxrec.data.lazy import merge
from jaxrec.data.relations import Relation
from jaxrec.data.triples import KnowledgeGraph, Triples

FACTS, ITEM_ENTITY, ENTITY = "facts", "item_entity", "entity"
"""Names of the two relations, and of the entity type."""


def knowledge_relations(linked: Linked) -> Mapping[str, Relation]:
    """The facts of a knowledge graph, and the entity of every item, as relations by name."""
    graph, triples = linked.graph, linked.graph.triples
    facts = Relation(
        ENTITY,
        ENTITY,
        triples.head,
        triples.tail,
        triples.n_entities,
        triples.n_entities,
        kind=triples.relation,
        kinds=graph.relation_ids,
        given=graph.given,
        counts=graph.counts,
        origin=graph.name,
    )
    items = np.arange(len(linked.entity), dtype=np.int32)
    n_items, n_entities = len(items), triples.n_entities
    entities = Relation(
        "item", ENTITY, items, linked.entity, n_items, n_entities, origin=graph.name
    )
    return {FACTS: facts, ITEM_ENTITY: entities}


def with_knowledge(dataset: Dataset, linked: Linked) -> Dataset:
    """The data set with these facts, in place of any that it has; ``knowledge_of`` is the inverse.

    Raises:
      InputError: knowledge of another number of items.
    """
    if len(linked.entity) != len(dataset.item_ids):
        raise InputError(
            f"the knowledge is of {len(linked.entity):,} items but {dataset.name} has "
            f"{len(dataset.item_ids):,}; link it with data.link"
        )
    return replace(
        dataset,
        entities=merge(dataset.entities, {ENTITY: linked.graph.entity_ids}),
        relations=merge(dataset.relations, knowledge_relations(linked)),
    )


def knowledge_of(dataset: Dataset) -> Linked:
    """The relations ``facts`` and ``item_entity`` of a data set, in the form that kernels read.

    An item without an entity gets one of no facts, called ``item:ID``, as ``data.link`` makes it.

    Raises:
      InputError: one of the two is not there, edges of other types or without a kind, or an item
        with two entities.
    """
    for name, ends in ((FACTS, (ENTITY, ENTITY)), (ITEM_ENTITY, ("item", ENTITY))):
        if name not in dataset.relations:
            there = ", ".join(dataset.relations) or "none"
            raise InputError(f"{dataset.name} has no relation {name!r}; its relations are {there}")
        relation = dataset.relations[name]
        if (relation.source, relation.target) != ends:
            raise InputError(
                f"{name!r} goes from {relation.source} to {relation.target}; it must go from "
                f"{ends[0]} to {ends[1]}"
            )
    facts, links = dataset.relations[FACTS], dataset.relations[ITEM_ENTITY]
    if facts.kind is None or facts.kinds is None:
        raise InputError(f"{FACTS!r} has no kinds; read it with kind=, the column of the relation")
    entity = np.full(links.n_sources, -1, np.int32)
    entity[links.senders] = links.receivers
    several = links.senders[entity[links.senders] != links.receivers]
    if len(several):
        item = dataset.item_ids[int(several[0])]
        raise InputError(f"item {item!r} has links to several entities; keep one")
    triples = Triples(facts.senders, facts.kind, facts.receivers, facts.n_sources, len(facts.kinds))
    names = dataset.entities[ENTITY], facts.kinds
    graph = KnowledgeGraph(facts.origin, triples, *names, facts.given, facts.counts)
    without = entity < 0
    if without.any():
        new = np.arange(int(without.sum()), dtype=np.int32)
        entity[without] = triples.n_entities + new
        items = dataset.item_ids.cast(pl.String).filter(pl.Series(without))
        graph = with_isolated(graph, items)
    return Linked(graph, entity)
