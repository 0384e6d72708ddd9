"""Facts from what holds relations or triples otherwise: frames, and data sets with relations."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Int, Int8

from jaxrec.base import InputError
from jaxrec.data.dataset import Dataset
from jaxrec.data.knowledge import number_graph
from jaxrec.data.memory import table_of
from jaxrec.data.relations import Relation
from jaxrec.data.triple_files import as_text, roles
from jaxrec.data.triples import ROLES, KnowledgeGraph, Triples


def graph_from_frame(frame: Any, name: str = "frame") -> KnowledgeGraph:
    """Facts from a table in memory with columns head, relation and tail, or names like them.

    >>> graph = graph_from_frame({"head": ["b"], "relation": ["is"], "tail": ["a"]})
    >>> graph.entity_ids.to_list()
    ['a', 'b']

    Args:
      frame: a pandas or polars DataFrame, an Arrow table, or a dict of arrays, lists or series.

    Raises:
      InputError: what is no table, columns that cannot be told, or a missing id.
    """
    table = table_of(frame, name)
    places = roles(table.names)
    if places is None:
        raise InputError(
            f"{name} has the columns {', '.join(table.names[:12])}; name those of the triples "
            f"{', '.join(ROLES)}"
        )
    found = zip(ROLES, places, strict=True)
    cells = pl.DataFrame({role: table.column(table.names[place]) for role, place in found})
    return number_graph(as_text(cells, lambda row: f"{name} row {row} (the first is 0)"), name)


def graph_of_relations(dataset: Dataset, names: Sequence[str] = ()) -> KnowledgeGraph:
    """The edges of a data set's relations as facts.

    Where they join entities of several types, an entity is called ``TYPE:ID``, and candidates for
    an end are those of its type. A relation with kinds is a relation a kind: it is called as the
    kind is, or ``NAME:KIND`` among several relations. Weights are not read.

    >>> people = Dataset.from_frame({"user": ["ann", "bob"], "item": [7, 9]})
    >>> trust = Relation("user", "user", np.int32([0]), np.int32([1]), 2, 2)
    >>> graph = graph_of_relations(people.with_relation("trust", trust))
    >>> graph.relation_ids.to_list(), graph.triples.tail.tolist(), graph.entity_ids.to_list()
    (['trust'], [1], ['ann', 'bob'])

    Args:
      names: of relations; by default all.

    Raises:
      InputError: a relation that is not there, or none.
    """
    there = list(dataset.relations)
    chosen = list(dict.fromkeys(names)) or there
    if not chosen:
        raise InputError(
            f"{dataset.name} has no relations; bring one with Dataset.with_relation, or give "
            "triples: head, relation, tail"
        )
    if missing := [name for name in chosen if name not in there]:
        raise InputError(
            f"{dataset.name} has no relation {missing[0]!r}; its relations are "
            f"{', '.join(there) or 'none'}"
        )
    relations = {name: dataset.relations[name] for name in chosen}
    ends = ((each.source, each.target) for each in relations.values())
    types = list(dict.fromkeys(name for pair in ends for name in pair))
    ids = [dataset.ids(name).cast(pl.String).rename("entity") for name in types]
    sizes = [len(each) for each in ids]
    if len(types) > 1:
        ids = [f"{name}:" + each for name, each in zip(types, ids, strict=True)]
    first = dict(zip(types, (np.cumsum(sizes) - sizes).tolist(), strict=True))
    names_of, undirected, columns = [], [], []
    for name, relation in relations.items():
        kinds = [name] if relation.kinds is None else relation.kinds.cast(pl.String).to_list()
        if relation.kinds is not None and len(chosen) > 1:
            kinds = [f"{name}:{kind}" for kind in kinds]
        rows = range(len(names_of), len(names_of) + len(kinds))
        undirected += [] if relation.directed else rows
        columns.append(_columns(relation, rows.start, first))
        names_of += kinds
    head, relation, tail = (
        np.concatenate(part).astype(np.int32) for part in zip(*columns, strict=True)
    )
    kind = np.repeat(np.arange(len(types), dtype=np.int32), sizes) if len(types) > 1 else None
    triples = Triples(head, relation, tail, sum(sizes), len(names_of), kind)
    given = _given(list(relations.values()))
    once = _first(triples, given)
    counts = {
        "rows_read": len(triples),
        "duplicate_rows": len(triples) - len(once),
        "self": int(np.sum((triples.head == triples.tail)[once])),
    }
    return KnowledgeGraph(
        dataset.name,
        triples.take(once),
        pl.concat(ids),
        pl.Series("relation", names_of),
        None if given is None else given[once],
        counts,
        tuple(undirected),
    )


def _columns(
    relation: Relation, row: int, first: dict[str, int]
) -> tuple[Int[np.ndarray, "n"], Int[np.ndarray, "n"], Int[np.ndarray, "n"]]:
    """Heads, relations and tails; relations are numbered from ``row``, types from ``first``."""
    kind = np.zeros(len(relation), np.int32) if relation.kind is None else relation.kind
    head, tail = relation.senders, relation.receivers
    return head + first[relation.source], kind + row, tail + first[relation.target]


def _first(facts: Triples, given: Int8[np.ndarray, "n"] | None) -> Int[np.ndarray, "m"]:
    """Positions of facts that repeat none before them in their part."""
    columns = {"fact": facts.numbers()} | ({} if given is None else {"part": given})
    rows = pl.DataFrame(columns).with_row_index("row")
    first = rows.unique(list(columns), keep="first", maintain_order=True)
    return first["row"].to_numpy().astype(np.int64)


def _given(relations: list[Relation]) -> Int8[np.ndarray, "n"] | None:
    """The split that data fix; relations without one are learned from."""
    if all(relation.given is None for relation in relations):
        return None
    nothing = lambda relation: np.zeros(len(relation), np.int8)
    return np.concatenate(
        [nothing(each) if each.given is None else each.given for each in relations]
    )
