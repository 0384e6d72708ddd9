"""From a file or a table of edges to a relation between the rows of a data set."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float32

from jaxrec.base import InputError
from jaxrec.data.cells import Place, first, present, to_ids
from jaxrec.data.dataset import Dataset
from jaxrec.data.ids import contiguous, find
from jaxrec.data.relation_cells import EdgeCells, EdgeColumns, edge_cells
from jaxrec.data.relations import Relation, first_edges

Keep = Literal["drop", "keep"]


class ReadRelation(NamedTuple):
    """A relation, and ids of entities that the data set lacks; ``Dataset.with_relation`` adds both.

    Attributes:
      relation: its edges, ``counts`` of what reading found among them.
      entities: by entity type, the caller's id of every row.
    """

    relation: Relation
    entities: Mapping[str, pl.Series]


def read_relation(
    table: str | Path | Any,
    dataset: Dataset,
    *,
    source: str = "user",
    target: str = "user",
    directed: bool | None = None,
    columns: tuple[str, str] | None = None,
    kind: str | None = None,
    weight: str | None = None,
    header: bool | None = None,
    unknown: Literal["drop", "refuse"] = "drop",
    self_links: Keep = "drop",
    repeats: Keep = "drop",
) -> ReadRelation:
    """Reads edges between users, items or other entities, such as who trusts whom.

    Ids of users, items and entities that the data set has are found by the rules for files; edges
    of others are dropped. An entity type that the data set lacks gets the ids of this file,
    ascending. ``counts`` tells, in this order: rows_read, unknown_TYPE (rows with an id that is not
    there), self_links (from a row to itself), repeated (a later row of the same ends and kind), and
    both_directions (pairs with an edge each way: where edges have no direction, the later one is
    dropped).

    >>> data = Dataset.from_frame({"user": ["ann", "bob"], "item": [7, 9]})
    >>> trust = {"from": ["ann", "bob", "ann"], "to": ["bob", "bob", "cid"]}
    >>> relation, entities = read_relation(trust, data, directed=True)
    >>> relation.senders.tolist(), relation.receivers.tolist(), relation.counts["unknown_user"]
    ([0], [1], 1)

    Args:
      table: a path to text, Parquet or JSON lines, or a table as ``Dataset.from_frame`` takes it.
      source, target: entity types of the two columns of ids.
      directed: whether an edge has a direction; to be said where both ends are of one type.
      columns: names of the columns of source and target; by default the only two, or of a text
        without header the first two, that are not ``kind`` and ``weight``.
      kind, weight: names of the columns of an edge's kind and of its strength; not read by default.
      header: whether the first line of a text names the columns, called 1, 2, ... otherwise; by
        default it does where it holds no id and no number.
      unknown: "refuse" allows no unknown ids.
      self_links, repeats: "keep" leaves them in.

    Raises:
      InputError: in one line, what is wrong and how to repair it; also where no edge is left.
    """
    same = source == target
    if same and directed is None:
        raise InputError(
            f"edges between {source}s may have a direction or not; say directed=True or False"
        )
    known = [dataset.ids(end) if _has(dataset, end) else None for end in (source, target)]
    cells = edge_cells(table, EdgeColumns(columns, kind, weight), header, known)
    frame, counts = cells.frame.with_row_index("row"), {"rows_read": cells.frame.height}
    ids: dict[str, pl.Series] = {}
    for entity in sorted({source, target}, key=lambda end: not _has(dataset, end)):
        roles = [r for r, end in (("source", source), ("target", target)) if end == entity]
        before = frame.height
        frame, ids[entity] = _find(frame, roles, entity, dataset, cells)
        if _has(dataset, entity):
            counts[f"unknown_{entity}"] = missing = before - frame.height
            if missing and unknown == "refuse":
                raise InputError(
                    f"{cells.name}: {missing:,} of {before:,} edges have a {entity} that "
                    f"{dataset.name} lacks; remove them, or say unknown='drop'"
                )
    kinds, at = None, lambda row: cells.place(frame["row"][row])
    if kind is not None:
        numbers, kinds = contiguous(to_ids(frame["kind"], "kind", at))
        frame = frame.with_columns(kind=numbers)
    edges = Relation(
        source,
        target,
        frame["source"].to_numpy(),
        frame["target"].to_numpy(),
        len(ids[source]),
        len(ids[target]),
        directed=directed is not False,
        kind=None if kind is None else frame["kind"].to_numpy(),
        kinds=kinds,
        weight=None if weight is None else _weights(frame["weight"], at),
        origin=cells.name,
    )
    relation = _once(edges, counts, self_links, repeats)
    return ReadRelation(relation, {e: own for e, own in ids.items() if not _has(dataset, e)})


def _has(dataset: Dataset, entity: str) -> bool:
    return entity in ("user", "item") or entity in dataset.entities


def _find(
    frame: pl.DataFrame, roles: list[str], entity: str, dataset: Dataset, cells: EdgeCells
) -> tuple[pl.DataFrame, pl.Series]:
    """The edges whose ends of a type are there, as rows of its ids, and these."""
    raw = pl.concat([frame[role].alias(entity) for role in roles])
    rows_of = lambda row: cells.place(frame["row"][row % frame.height])
    ids = to_ids(raw, entity, rows_of)
    if _has(dataset, entity):
        own = dataset.ids(entity)
        as_written = raw.dtype == pl.String and own.dtype == pl.String
        rows = find(own, raw if as_written else ids.cast(pl.String))[0]
    else:
        rows, own = contiguous(ids)
    ends = pl.DataFrame(dict(zip(roles, np.split(rows, len(roles)), strict=True)))
    there = pl.Series(np.all(ends.to_numpy() >= 0, axis=1))
    if not there.any():
        raise InputError(
            f"none of {frame.height:,} edges of {cells.name}, with {entity} {ids[0]!r}, ..., is of "
            f"{entity}s of {dataset.name}, {own[0]!r}, ...; bring a table "
            "whose two columns hold such ids"
        )
    return frame.with_columns(ends).filter(there), own


def _once(edges: Relation, counts: dict[str, int], self_links: Keep, repeats: Keep) -> Relation:
    """The edges that are left, and counts of what is dropped or stays."""
    if edges.source == edges.target:
        loop = edges.senders == edges.receivers
        counts["self_links"] = int(loop.sum())
        edges = edges if self_links == "keep" else edges.take(~loop)
    once = edges.take(first_edges(edges.senders, edges.receivers, edges.kind))
    counts["repeated"] = len(edges) - len(once)
    if edges.source == edges.target:
        ends = np.minimum(once.senders, once.receivers), np.maximum(once.senders, once.receivers)
        pairs = first_edges(*ends, once.kind)
        counts["both_directions"] = len(once) - len(pairs)
        once = once if edges.directed else once.take(pairs)
    left = edges if repeats == "keep" else once
    if not len(left):
        raise InputError(f"{edges.origin} has self-links alone; give links between different rows")
    return replace(left, counts=counts)


def _weights(cells: pl.Series, place: Place) -> Float32[np.ndarray, "E"]:
    numbers = present(cells, "weight", place).cast(pl.Float32, strict=False)
    wrong = ~numbers.is_finite().fill_null(False)
    if wrong.any():
        row = first(wrong)
        raise InputError(
            f"{place(row)}: weight {cells[row]!r} is not a finite number; repair it, or read none"
        )
    return numbers.to_numpy()
