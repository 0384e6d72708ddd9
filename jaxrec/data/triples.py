"""Facts ``(head, relation, tail)``: the arrays that models of knowledge graphs start from."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from jaxtyping import Bool, Int, Int8, Int32, Int64

from jaxrec.base import InputError

ROLES = ("head", "relation", "tail")


@dataclass(frozen=True, eq=False)
class Triples:
    """One entry per fact, entities and relations as contiguous rows.

    Attributes:
      head: rows in ``[0, n_entities)``.
      relation: rows in ``[0, n_relations)``.
      tail: rows in ``[0, n_entities)``; may equal the head.
      kind: type of every entity, from 0, where both ends of each relation are of one type; None
        where any entity may stand at either end.

    Raises:
      InputError: a row outside its range, or arrays of different lengths.
    """

    head: Int32[np.ndarray, "n"]
    relation: Int32[np.ndarray, "n"]
    tail: Int32[np.ndarray, "n"]
    n_entities: int
    n_relations: int
    kind: Int32[np.ndarray, "E"] | None = None

    def __post_init__(self):
        limits = (self.n_entities, "entities"), (self.n_relations, "relations")
        for role, (limit, what) in zip(ROLES, (limits[0], limits[1], limits[0]), strict=True):
            rows = getattr(self, role)
            if len(rows) != len(self.head):
                raise InputError(
                    f"{role} has {len(rows)} entries but head has {len(self.head)}; "
                    "give one entry per triple"
                )
            if len(rows) and not 0 <= rows.min() <= rows.max() < limit:
                wrong = rows.min() if rows.min() < 0 else rows.max()
                raise InputError(
                    f"{role} row {wrong} lies outside [0, {limit}) set by n_{what}={limit}; "
                    "number rows with data.contiguous"
                )
        if self.kind is not None and len(self.kind) != self.n_entities:
            raise InputError(
                f"kind has {len(self.kind)} entries for {self.n_entities} entities; give one each"
            )

    def __len__(self) -> int:
        return len(self.head)

    @property
    def sizes(self) -> tuple[int, int]:
        """Entities and relations."""
        return self.n_entities, self.n_relations

    def followed_by(self, other: "Triples") -> "Triples":
        """These triples, then those of ``other``, over the same entities and relations."""
        columns = {
            role: np.concatenate([getattr(self, role), getattr(other, role)]) for role in ROLES
        }
        return replace(self, **columns)

    def take(self, which: Int[np.ndarray, "m"] | Bool[np.ndarray, "n"]) -> "Triples":
        """The triples at these positions or under this mask; same entities, same relations."""
        columns = {role: getattr(self, role)[which] for role in ROLES}
        return replace(self, **columns)

    def numbers(self) -> Int64[np.ndarray, "n"]:
        """One number per triple, equal exactly when all three rows are equal."""
        first = self.head.astype(np.int64) * self.n_relations + self.relation
        return first * self.n_entities + self.tail

    def both_ways(self) -> "Triples":
        """These, then ``(tail, relation + n_relations, head)`` of each: twice the relations.

        The reciprocal relations of Lacroix et al., ICML 2018, and the inverse ones of graphs in
        which facts are read from either end.

        >>> rows = lambda *numbers: np.array(numbers, np.int32)
        >>> both = Triples(rows(0), rows(1), rows(2), n_entities=3, n_relations=2).both_ways()
        >>> both.head.tolist(), both.relation.tolist(), both.tail.tolist()
        ([0, 2], [1, 3], [2, 0])
        """
        return Triples(
            np.concatenate([self.head, self.tail]),
            np.concatenate([self.relation, self.relation + np.int32(self.n_relations)]),
            np.concatenate([self.tail, self.head]),
            self.n_entities,
            2 * self.n_relations,
            self.kind,
        )


def check_entities(entity: Int[np.ndarray, "I"], n_items: int, n_entities: int) -> None:
    """Refuses what is not the row of an entity for every item.

    Raises:
      InputError: another number of rows, or a row outside ``[0, n_entities)``.
    """
    if len(entity) != n_items:
        raise InputError(
            f"entity has {len(entity)} rows but there are {n_items} items; give one of each item"
        )
    if len(entity) and not 0 <= entity.min() <= entity.max() < n_entities:
        wrong = entity.min() if entity.min() < 0 else entity.max()
        raise InputError(
            f"entity row {wrong} lies outside [0, {n_entities}) set by n_entities={n_entities}; "
            "find rows with data.link"
        )


@dataclass(frozen=True, eq=False)
class KnowledgeGraph:
    """Triples with what is needed to speak of them in the caller's words.

    Attributes:
      entity_ids: the caller's id or name of every entity row.
      relation_ids: the caller's id or name of every relation row.
      given: 0 train, 1 validation, 2 test per triple, for data that fixes its own split.
      counts: what reading met, by name.
      undirected: rows of relations whose facts hold from either end, and are listed once.
    """

    name: str
    triples: Triples
    entity_ids: pl.Series
    relation_ids: pl.Series
    given: Int8[np.ndarray, "n"] | None
    counts: dict[str, int]
    undirected: tuple[int, ...] = ()

    def parts(self) -> tuple[Triples, Triples, Triples]:
        """Train, validation and test as the data gives them; without a split all is train."""
        given = np.zeros(len(self.triples), np.int8) if self.given is None else self.given
        train, valid, test = (self.triples.take(given == part) for part in range(3))
        return train, valid, test
