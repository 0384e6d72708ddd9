"""Relations: typed edges between rows of named entity types, such as trust among users."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Bool, Float32, Int, Int8, Int32

from jaxrec.base import InputError
from jaxrec.data.interactions import check_range, new_rows

_OF_EDGES = ("senders", "receivers", "kind", "weight", "given")


@dataclass(frozen=True, eq=False)
class Relation:
    """Edges from rows of one entity type to rows of another, or of the same.

    Attributes:
      source, target: entity types of the two ends, such as "user", "item", "brand" or "entity".
      senders: the source's row of every edge, in ``[0, n_sources)``.
      receivers: the target's row of every edge, in ``[0, n_targets)``.
      directed: False where an edge has no direction; it is then listed once, from either end.
      kind: the row in ``kinds`` of every edge, such as the relation of a fact; None where all edges
        are of one kind.
      kinds: the caller's name of every kind.
      weight: the strength of every edge, if known.
      given: 0 train, 1 validation, 2 test per edge, for data that fixes its own split.
      counts: what reading found, by name.
      origin: the name of what was read, for reports.

    Raises:
      InputError: a row outside its range, arrays of different lengths, or one of ``kind`` and
        ``kinds`` without the other.
    """

    source: str
    target: str
    senders: Int32[np.ndarray, "E"]
    receivers: Int32[np.ndarray, "E"]
    n_sources: int
    n_targets: int
    directed: bool = True
    kind: Int32[np.ndarray, "E"] | None = None
    kinds: pl.Series | None = None
    weight: Float32[np.ndarray, "E"] | None = None
    given: Int8[np.ndarray, "E"] | None = None
    counts: dict[str, int] = field(default_factory=dict)
    origin: str = ""

    def __post_init__(self):
        for name in _OF_EDGES:
            column = getattr(self, name)
            if column is not None and len(column) != len(self.senders):
                raise InputError(
                    f"{name} has {len(column)} entries but senders has {len(self.senders)}; "
                    "give one an edge"
                )
        if (self.kind is None) != (self.kinds is None):
            raise InputError("an edge's kind and the names of kinds go together; give both or none")
        if self.source == self.target and self.n_sources != self.n_targets:
            raise InputError(
                f"both ends are of type {self.source!r} but n_sources={self.n_sources} and "
                f"n_targets={self.n_targets}; give one number"
            )
        if not self.directed and self.source != self.target:
            raise InputError(
                f"edges from {self.source} to {self.target} have a direction; say directed=True"
            )
        check_range("senders", self.senders, self.n_sources, "n_sources")
        check_range("receivers", self.receivers, self.n_targets, "n_targets")
        if self.kind is not None and self.kinds is not None:
            check_range("kind", self.kind, len(self.kinds), "len(kinds)")

    def __len__(self) -> int:
        return len(self.senders)

    def take(self, which: Int[np.ndarray, "m"] | Bool[np.ndarray, "E"]) -> "Relation":
        """The edges at these positions or under this mask; same ends, same kinds."""
        columns: dict[str, Any] = {name: getattr(self, name) for name in _OF_EDGES}
        taken = {name: None if own is None else own[which] for name, own in columns.items()}
        return replace(self, **taken)

    def renumbered(self, rows: Mapping[str, Int[np.ndarray, "_"]]) -> "Relation":
        """The edges between these rows, by entity type in their new order; others leave.

        Row ``r`` was ``rows[type][r]``. A type that is not named keeps its rows.

        >>> trust = Relation("user", "user", np.int32([0, 2]), np.int32([1, 0]), 3, 3)
        >>> some = trust.renumbered({"user": np.array([2, 0])})
        >>> some.senders.tolist(), some.receivers.tolist(), some.n_sources
        ([0], [1], 2)

        Raises:
          InputError: a row that is not there, or that is named twice.
        """
        sizes = {self.source: self.n_sources, self.target: self.n_targets}
        new = {
            entity: new_rows(rows[entity], size, entity)
            if entity in rows
            else np.arange(size, dtype=np.int32)
            for entity, size in sizes.items()
        }
        senders, receivers = new[self.source][self.senders], new[self.target][self.receivers]
        kept = (senders >= 0) & (receivers >= 0)
        sizes |= {entity: len(order) for entity, order in rows.items() if entity in sizes}
        return replace(
            self.take(kept),
            senders=senders[kept],
            receivers=receivers[kept],
            n_sources=sizes[self.source],
            n_targets=sizes[self.target],
        )

    def both_directions(self) -> "Relation":
        """Every edge from either end, each direction of a kind once: what messages are sent along.

        >>> friends = Relation("user", "user", np.int32([0, 1]), np.int32([1, 0]), 2, 2)
        >>> both = friends.both_directions()
        >>> both.senders.tolist(), both.receivers.tolist()
        ([0, 1], [1, 0])

        Raises:
          InputError: ends of two types.
        """
        if self.source != self.target:
            raise InputError(
                f"edges from {self.source} to {self.target} have ends of two types; both "
                "directions are of edges between rows of one type"
            )
        twice = self.take(np.tile(np.arange(len(self)), 2))
        senders = np.concatenate([self.senders, self.receivers])
        receivers = np.concatenate([self.receivers, self.senders])
        both = replace(twice, senders=senders, receivers=receivers, directed=True)
        return both.take(first_edges(senders, receivers, twice.kind))


def first_edges(
    senders: Int32[np.ndarray, "E"],
    receivers: Int32[np.ndarray, "E"],
    kind: Int32[np.ndarray, "E"] | None = None,
) -> Int[np.ndarray, "m"]:
    """Positions, ascending, of edges that repeat none before them; of one kind each. O(E).

    >>> first_edges(np.int32([4, 4, 5]), np.int32([1, 1, 1])).tolist()
    [0, 2]
    """
    columns = {"sender": senders, "receiver": receivers}
    columns |= {} if kind is None else {"kind": kind}
    rows = pl.DataFrame(columns).with_row_index("row")
    first = rows.unique(list(columns), keep="first", maintain_order=True)
    return first["row"].to_numpy().astype(np.int64)
