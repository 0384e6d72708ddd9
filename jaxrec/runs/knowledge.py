"""What a model is to know of the items of a run, from a graph of facts."""

from typing import Any

import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import (
    GRAPHS,
    INTERACTION_RELATIONS,
    Linked,
    entities_by_appearance,
    link,
    load_graph,
    load_links,
)


def load_knowledge(options: Any, item_ids: pl.Series) -> Linked | None:
    """What the model is to know of the items with these ids; None for one that reads nothing.

    Of a known graph it is all but the data set's own interactions.

    Raises:
      InputError: a model that must know something and is told of nothing, or files that are wrong.
    """
    if not registry.entry(options.model).knows:
        return None
    source = str(options.kg or options.data)
    if options.kg is None and source not in GRAPHS:
        raise InputError(
            f"{options.model} reads what is known of items; give --kg FILE, triples head, relation "
            f"and tail, or one of {', '.join(GRAPHS)}"
        )
    graph = load_graph(
        source, data_dir=options.data_dir, without=INTERACTION_RELATIONS.get(source, ())
    )
    if options.links is not None:
        links = load_links(options.links, options.data_dir)
    else:
        links = load_links(source, options.data_dir) if source in GRAPHS else None
    return entities_by_appearance(link(graph, item_ids, links))


def read_facts(knowledge: Linked, n_items: int) -> str:
    """A line about what a file of facts held."""
    graph, count = knowledge.graph, knowledge.graph.counts
    parts = [
        f"{graph.name}: {len(graph.triples):,} facts by {graph.triples.n_relations:,} relations"
    ]
    for name, what in (
        ("duplicate_rows", "repeated and dropped"),
        ("self", "of an entity with itself"),
    ):
        if count.get(name):
            parts.append(f"{count[name]:,} {what}")
    unknown = count["items_without_entity"]
    told = f"{unknown:,} of {n_items:,} items are in none" if unknown else "every item is in some"
    return ", ".join([*parts, told])
