"""From a file or a name to a numbered knowledge graph, and from items to its entities."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Int32

from jaxrec.base import InputError
from jaxrec.data.cells import to_ids
from jaxrec.data.ids import contiguous
from jaxrec.data.known import find_known
from jaxrec.data.known_graphs import GRAPHS, LINKS
from jaxrec.data.triple_files import read_links, read_triples
from jaxrec.data.triple_folders import read_triple_folder
from jaxrec.data.triples import KnowledgeGraph, Triples


class Linked(NamedTuple):
    """A knowledge graph and the entity of every item.

    Attributes:
      graph: the same triples; its entities end with those made for items that had none.
      entity: the row of each item's entity; several items may share one.
    """

    graph: KnowledgeGraph
    entity: Int32[np.ndarray, "I"]


def load_graph(
    source: str, *, data_dir: str | None = None, without: Sequence[str] = ()
) -> KnowledgeGraph:
    """Reads triples and numbers entities and relations, each in ascending order of their ids.

    Facts that repeat within their part count once. A fact of an entity with itself and facts in a
    circle are facts like others. ``counts`` tells how many there were: rows_read, duplicate_rows,
    self (head equals tail), and unseen_entities and unseen_relations, which the training part of a
    split does not have: they are numbered, and stay as untrained as they began.

    Args:
      source: the name of a known graph, a path to a file of triples, text or Parquet
        (``data.read_triples``), or to a folder (``data.read_triple_folder``). A name wins; write
        ``./wn18rr`` for a folder.
      data_dir: where known data sets lie; by default what JAXREC_DATA names.
      without: relations whose facts are left out, such as ``TAKEN`` of what shall be foretold.

    Raises:
      InputError: in one line, what is wrong with the source and how to repair it; a relation in
        ``without`` that it does not have.
    """
    path = Path(source)
    if source not in GRAPHS and path.is_dir():
        frame = read_triple_folder(path)
    elif source not in GRAPHS and (path.exists() or path.suffix or len(path.parts) > 1):
        frame = read_triples(path)
    else:
        frame = find_known(source, GRAPHS).load(data_dir)
    relation = frame["relation"].cast(pl.String)
    names = relation.unique().sort().to_list()
    unknown = [name for name in without if name not in names]
    if unknown:
        listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        raise InputError(
            f"without={', '.join(unknown)}: {source} has no such relation; its own are {listed}"
        )
    return number_graph(frame.filter(~relation.is_in(list(without))), path.resolve().stem)


def number_graph(frame: pl.DataFrame, name: str = "triples") -> KnowledgeGraph:
    """The graph of columns head, relation and tail, of text, and split if there is one.

    >>> facts = pl.DataFrame({"head": ["b", "a"], "relation": ["is", "is"], "tail": ["a", "a"]})
    >>> graph = number_graph(facts)
    >>> graph.triples.head.tolist(), graph.entity_ids.to_list(), graph.counts["self"]
    ([1, 0], ['a', 'b'], 1)
    """
    n_read = frame.height
    frame = frame.unique(maintain_order=True, keep="first")
    place = lambda row: f"{name} triple {row % frame.height + 1}"
    ends = to_ids(pl.concat([frame["head"], frame["tail"]]).rename("entity"), "entity", place)
    entity, entity_ids = contiguous(ends)
    relation, relation_ids = contiguous(to_ids(frame["relation"], "relation", place))
    head, tail = np.split(entity, 2)
    triples = Triples(head, relation, tail, len(entity_ids), len(relation_ids))
    given = frame["split"].to_numpy() if "split" in frame.columns else None
    train = triples if given is None else triples.take(given == 0)
    counts = {
        "rows_read": n_read,
        "duplicate_rows": n_read - frame.height,
        "self": int(np.sum(head == tail)),
        "unseen_entities": len(entity_ids) - len(np.union1d(train.head, train.tail)),
        "unseen_relations": len(relation_ids) - len(np.unique(train.relation)),
    }
    return KnowledgeGraph(name, triples, entity_ids, relation_ids, given, counts)


def link(graph: KnowledgeGraph, item_ids: pl.Series, links: pl.DataFrame | None = None) -> Linked:
    """Finds the entity of every item, and makes one of no facts for each item that has none.

    Such an entity is called ``item:ID``; ``counts`` tells how many there are by the name of
    items_without_entity. Links of other items say nothing, and a link to an entity that is in no
    fact makes it one of these.

    Args:
      item_ids: such as ``Dataset.item_ids``.
      links: columns item and entity (``data.read_links``); None takes an item's id for its
        entity's.

    Raises:
      InputError: an item with links to two entities, or no item in any fact.
    """
    items = pl.DataFrame({"item": item_ids.cast(pl.String)})
    given = links is not None
    if links is None:
        links = items.select("item", entity="item")
    links = links.select(pl.col("item", "entity").cast(pl.String)).unique(maintain_order=True)
    twice = links.filter(
        links["item"].is_duplicated() & links["item"].is_in(items["item"].implode())
    )
    if twice.height:
        several = ", ".join(twice.filter(pl.col("item") == twice["item"][0])["entity"].to_list())
        raise InputError(
            f"item {twice['item'][0]!r} has links to several entities ({several}); keep one"
        )
    names = pl.DataFrame({"entity": graph.entity_ids.cast(pl.String)}).with_row_index("row")
    rows = items.join(links, on="item", how="left", maintain_order="left")
    row = rows.join(names, on="entity", how="left", maintain_order="left")["row"]
    without = row.is_null().to_numpy()
    if without.all():
        repair = "bring a table of links, item and entity"
        if given and len(links):
            item, entity = links.row(0)
            repair = f"the links call {item!r} {entity!r}, ...: use the names of both files"
        raise InputError(
            f"none of {len(items)} items, {items['item'][0]!r}, ..., is in {graph.name}, whose "
            f"entities are called {graph.entity_ids[0]!r}, ...; {repair}"
        )
    entity = row.fill_null(0).to_numpy().astype(np.int32)
    entity[without] = graph.triples.n_entities + np.arange(without.sum(), dtype=np.int32)
    return Linked(with_isolated(graph, items["item"].filter(without)), entity)


def entities_by_appearance(linked: Linked) -> Linked:
    """The same knowledge, entities numbered as items name them and then as facts do.

    So what is drawn of the facts by row does not depend on what entities are called. Every entity
    must be an item's or stand in a fact, as ``link`` leaves them.
    """
    graph, triples = linked.graph, linked.graph.triples
    ends = np.stack([triples.head, triples.tail], axis=1).ravel()
    found, first = np.unique(np.concatenate([linked.entity, ends]), return_index=True)
    order = found[np.argsort(first)]
    new = np.empty(triples.n_entities, np.int32)
    new[order] = np.arange(len(order), dtype=np.int32)
    renumbered = replace(triples, head=new[triples.head], tail=new[triples.tail])
    return Linked(
        replace(graph, triples=renumbered, entity_ids=graph.entity_ids.gather(order)),
        new[linked.entity],
    )


def load_links(source: str, data_dir: str | None = None) -> pl.DataFrame | None:
    """The links of a known graph, None where an item's id is its entity's, or those of a file."""
    if source in GRAPHS:
        return LINKS[source](GRAPHS[source].place(data_dir)) if source in LINKS else None
    return read_links(source)


def with_isolated(graph: KnowledgeGraph, items: pl.Series) -> KnowledgeGraph:
    """The graph with an entity of no facts behind the others for each of these items."""
    counts = graph.counts | {"items_without_entity": len(items)}
    if not len(items):
        return replace(graph, counts=counts)
    triples = replace(graph.triples, n_entities=graph.triples.n_entities + len(items))
    names = pl.concat([graph.entity_ids.cast(pl.String), "item:" + items.rename("entity")])
    return replace(graph, triples=triples, entity_ids=names, counts=counts)
