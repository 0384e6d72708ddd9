"""From options to the facts of a run on links."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import (
    GRAPHS,
    KNOWN,
    RELATIONS,
    Dataset,
    KnowledgeGraph,
    Split,
    Triples,
    check_links,
    facts_by_appearance,
    fingerprint_facts,
    graph_of_relations,
    is_edge_list,
    load,
    load_edges,
    load_graph,
    split_graph,
)
from jaxrec.data.edge_files import RELATION as LINK
from jaxrec.runs.digest import digest
from jaxrec.tasks import LinkData

Facts = Dataset | KnowledgeGraph


def read_graph(source: str, options: Any) -> KnowledgeGraph:
    """The facts that ``options`` name: of a file, a known graph, or a data set's relations.

    Raises:
      InputError: what cannot be read, or a relation that is not there.
    """
    if source not in KNOWN and source not in GRAPHS and _is_file(source):
        path = Path(source)
        if is_edge_list(path):
            return _only(load_edges(path, directed=options.directed), options.relations)
    own = set(options.relations) & set(RELATIONS.get(source, ()))
    if source in KNOWN and (own or source not in GRAPHS):
        dataset = load(source, data_dir=options.data_dir)
        return graph_of_relations(dataset, options.relations)
    return _only(load_graph(source, data_dir=options.data_dir), options.relations)


def _is_file(source: str) -> bool:
    path = Path(source)
    return path.is_file() or bool(path.suffix) or len(path.parts) > 1


def _only(graph: KnowledgeGraph, names: Sequence[str]) -> KnowledgeGraph:
    """The facts of these relations, of all where there are no names."""
    if not names:
        return graph
    there = graph.relation_ids.cast(pl.String)
    if missing := [name for name in names if name not in there]:
        listed = ", ".join(there[:12]) + (", ..." if len(there) > 12 else "")
        raise InputError(f"{graph.name} has no relation {missing[0]!r}; its own are {listed}")
    rows = there.is_in(list(names)).arg_true().to_numpy()
    kept = np.isin(graph.triples.relation, rows)
    given = None if graph.given is None else graph.given[kept]
    return dataclasses.replace(graph, triples=graph.triples.take(kept), given=given)


def load_facts(options: Any, given: Facts | None = None) -> tuple[LinkData, dict[str, Any]]:
    """The facts of a new run, rows numbered as they appear, and what reports say about them.

    Args:
      given: what was read already, in place of ``options.data``.
    """
    match given:
        case None:
            graph = read_graph(options.data, options)
        case Dataset():
            graph = graph_of_relations(given, options.relations)
        case _:
            graph = _only(given, options.relations)
    if options.directed and graph.relation_ids.to_list() != [LINK]:
        raise InputError(
            f"--directed is for links in two columns, and {graph.name} has facts of "
            f"{len(graph.relation_ids):,} relations; leave it out"
        )
    graph = registry.task_of(options).prepare(graph, options)
    parts = split_graph(
        ordered := facts_by_appearance(graph),
        method=options.split,
        test_fraction=options.test_fraction,
        valid_fraction=options.valid_fraction,
        seed=options.split_seed,
    )
    about = {
        "name": graph.name,
        "fingerprint": fingerprint_facts(graph.triples),
        "counts": graph.counts,
        "reading": [_reading_line(ordered), _split_line(parts, options)],
        "train": len(parts.train),
        "valid": len(parts.valid),
        "test": len(parts.test),
        "split": parts.method,
        "leaks": [dataclasses.asdict(finding) for finding in check_links(parts)],
    }
    columns = [[part.head, part.relation, part.tail] for part in (parts.train, parts.valid)]
    about["slices"] = digest(*columns)
    return LinkData(parts, ordered.entity_ids, ordered.relation_ids), about


def _reading_line(graph: KnowledgeGraph) -> str:
    relations = graph.relation_ids
    named = ", ".join(map(str, relations[:5])) + (", ..." if len(relations) > 5 else "")
    count = f"{len(relations):,} relation{'s' if len(relations) > 1 else ''}"
    parts = [f"facts: {len(graph.triples):,} by {count} ({named})"]
    told = {"duplicate_rows": "repeated and dropped", "self": "of an entity with itself"}
    told |= {"self_links": "of a node with itself and dropped"}
    parts += [
        f"{graph.counts[name]:,} {what}" for name, what in told.items() if graph.counts.get(name)
    ]
    if graph.undirected:
        parts.append("those without direction count both ways")
    return ", ".join(parts)


def _split_line(parts: Split[Triples], options: Any) -> str:
    drawn = f"a random {100 * options.test_fraction:g} % of all facts"
    what = {"given": "the data's own", "rows": drawn}[parts.method]
    chosen = options.split == "auto" and parts.method == "given"
    return f"split: {what}{' (--split rows draws another)' if chosen else ''}"
