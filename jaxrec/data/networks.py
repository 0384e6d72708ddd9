"""Networks of several types of nodes and relations, numbered type by type."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Int32

from jaxrec.base import InputError
from jaxrec.data.cells import to_ids
from jaxrec.data.ids import contiguous
from jaxrec.data.known import find_known
from jaxrec.data.known_graphs import GRAPHS, NETWORKS
from jaxrec.data.text import read_text
from jaxrec.data.triples import Triples


class Edges(NamedTuple):
    """The edges of a relation.

    Attributes:
      ends: types of what stands at the head and at the tail.
      head, tail: the caller's ids, each among those of its type.
    """

    ends: tuple[str, str]
    head: pl.Series
    tail: pl.Series


@dataclass(frozen=True, eq=False)
class Network:
    """Triples whose entities have types: each type is a range of rows, one after the other.

    Attributes:
      ids: the caller's id of every row of each type, types in the order of their rows.
      ends: types at the head and tail of each relation, relations in the order of their rows.
      counts: rows_read and duplicate_rows.
    """

    name: str
    triples: Triples
    ids: dict[str, pl.Series]
    ends: dict[str, tuple[str, str]]
    counts: dict[str, int]

    @property
    def ranges(self) -> dict[str, range]:
        """Rows of each type."""
        stops = np.cumsum([len(ids) for ids in self.ids.values()]).tolist()
        return {
            name: range(stop - len(ids), stop)
            for (name, ids), stop in zip(self.ids.items(), stops, strict=True)
        }

    @property
    def kind(self) -> Int32[np.ndarray, "E"]:
        """Type of every entity, as ``sampling.bucket`` takes it."""
        sizes = [len(ids) for ids in self.ids.values()]
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    def of(self, *relations: str) -> Triples:
        """Facts of these relations; same entities, same rows of relations.

        Raises:
          InputError: a relation that is not there.
        """
        rows = {name: row for row, name in enumerate(self.ends)}
        for name in relations:
            if name not in rows:
                raise InputError(
                    f"no relation is called {name!r}; {self.name} has {', '.join(rows)}"
                )
        return self.triples.take(np.isin(self.triples.relation, [rows[n] for n in relations]))

    def rows_in(self, older: "Network") -> dict[str, Int32[np.ndarray, "_"]]:
        """Where ``older`` has each entity and relation, -1 if it does not (``transfer.carry``)."""
        ranges = older.ranges
        entity = [
            _found(older.ids[name], ids, ranges[name].start)
            if name in ranges
            else np.full(len(ids), -1, np.int32)
            for name, ids in self.ids.items()
        ]
        relation = _found(pl.Series(list(older.ends)), pl.Series(list(self.ends)), 0)
        return {"entity": np.concatenate(entity), "relation": relation}


def network(edges: Mapping[str, Edges], name: str = "network") -> Network:
    """Numbers the nodes of edge lists, given by the name of their relation.

    Types come in the order in which relations name them, and within a type ids in ascending order.
    An edge that repeats within its relation counts once.

    >>> ids = pl.Series
    >>> likes = Edges(("user", "film"), ids([7, 5, 7]), ids([1, 2, 1]))
    >>> friends = Edges(("user", "user"), ids([5]), ids([9]))
    >>> graph = network({"likes": likes, "friends": friends})
    >>> graph.ranges, graph.ids["user"].to_list()
    ({'user': range(0, 3), 'film': range(3, 5)}, [5, 7, 9])
    >>> graph.triples.head.tolist(), graph.triples.tail.tolist()
    ([1, 0, 0], [3, 4, 2])

    Raises:
      InputError: no edges, ends of different length, or a missing id.
    """
    columns: dict[str, list[pl.Series]] = {}
    for relation, (ends, *ids) in edges.items():
        if len(ids[0]) != len(ids[1]):
            raise InputError(
                f"{relation} has {len(ids[0])} heads and {len(ids[1])} tails; give one an edge"
            )
        for kind, column in zip(ends, ids, strict=True):
            place = lambda row, relation=relation: f"{relation} edge {row + 1}"
            columns.setdefault(kind, []).append(to_ids(column, kind, place).rename(kind))
    if not sum(len(each.head) for each in edges.values()):
        raise InputError(f"{name} has no edges; give 1 or more")
    rows, known, n_entities = {}, {}, 0
    for kind, parts in columns.items():
        found, known[kind] = contiguous(_joined(parts))
        stops = np.cumsum([len(part) for part in parts])[:-1]
        rows[kind] = iter(np.split(found + np.int32(n_entities), stops))
        n_entities += len(known[kind])
    head, tail = zip(
        *[[next(rows[kind]) for kind in each.ends] for each in edges.values()], strict=True
    )
    relation = np.repeat(np.arange(len(edges), dtype=np.int32), [len(part) for part in head])
    triples = Triples(np.concatenate(head), relation, np.concatenate(tail), n_entities, len(edges))
    _, once = np.unique(triples.numbers(), return_index=True)
    counts = {"rows_read": len(triples), "duplicate_rows": len(triples) - len(once)}
    ends = {relation: each.ends for relation, each in edges.items()}
    return Network(name, triples.take(np.sort(once)), known, ends, counts)


def load_network(source: str, *, data_dir: str | None = None) -> Network:
    """Reads a known network (``data.NETWORKS``), one file of edges a relation.

    Args:
      data_dir: where known data sets lie; by default what JAXREC_DATA names.

    Raises:
      InputError: the name is not known, or the files are not there.
    """
    folder = find_known(source, {name: GRAPHS[name] for name in NETWORKS}).place(data_dir)
    edges = {}
    for relation, ends in NETWORKS[source].items():
        cells = read_text(folder / f"{relation}.dat", header=False)
        edges[relation] = Edges(ends, cells["1"], cells["2"])
    return network(edges, source)


def _joined(parts: list[pl.Series]) -> pl.Series:
    """Ids of a type from all its relations, as text unless all are numbers."""
    alike = len({part.dtype for part in parts}) == 1
    return pl.concat(parts if alike else [part.cast(pl.String) for part in parts])


def _found(older: pl.Series, ids: pl.Series, first: int) -> Int32[np.ndarray, "n"]:
    """The row of each id, counted from ``first``; -1 where ``older`` has none."""
    table = pl.DataFrame({"id": older.cast(pl.String)}).with_row_index("row", offset=first)
    wanted = pl.DataFrame({"id": ids.cast(pl.String)})
    rows = wanted.join(table, on="id", how="left", maintain_order="left")["row"]
    return rows.cast(pl.Int32).fill_null(-1).to_numpy()
