"""Interactions with the words of the caller: what is read, split and trained on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import polars as pl
from jaxtyping import Bool, Int, Int8

from jaxrec.base import InputError
from jaxrec.data.columns import Columns
from jaxrec.data.interactions import Interactions
from jaxrec.data.lazy import merge
from jaxrec.data.reading import Reading
from jaxrec.data.relations import Relation


@dataclass(frozen=True, eq=False)
class Dataset:
    """Interactions, with relations and features, and the caller's words for all of them.

    Attributes:
      user_ids: the caller's id of every user row; ascending as ``load`` numbers them.
      item_ids: the caller's id of every item row; ascending as ``load`` numbers them.
      titles: what to call every item row, if the data says.
      given: 0 train, 1 validation, 2 test per interaction, for data that fixes its own split.
      counts: rows that each step of loading met, by the step's name.
      repeats: whether a pair may occur more than once.
      low_rated: pairs that a rating filter dropped, of users and items that are left. Nothing is
        learned from them, but the user knows the item. None where nothing is dropped.
      reading: what was read, of data from files and frames.
      entities: by entity type other than "user" and "item", the caller's id of every row.
      relations: edges between users, items and other entities by name, such as "trust"; those of
        known data sets are read when they are looked up.
      features: by entity type, what is known of every row: a frame with as many rows.
    """

    name: str
    interactions: Interactions
    user_ids: pl.Series
    item_ids: pl.Series
    titles: pl.Series | None
    given: Int8[np.ndarray, "n"] | None
    counts: dict[str, int]
    repeats: bool
    low_rated: Interactions | None = None
    reading: Reading | None = None
    entities: Mapping[str, pl.Series] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)
    features: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def __repr__(self) -> str:
        parts = f"{self.n_users:,} users, {self.n_items:,} items"
        said = f"{self.name}: {parts}, {len(self.interactions):,} interactions"
        relations = f"; relations {', '.join(self.relations)}" if self.relations else ""
        return f"<Dataset {said}{relations}>"

    @property
    def n_users(self) -> int:
        """Rows of users, as a model has them."""
        return self.interactions.n_users

    @property
    def n_items(self) -> int:
        """Rows of items, as a model has them."""
        return self.interactions.n_items

    def ids(self, entity: str) -> pl.Series:
        """The caller's ids of the rows of an entity type, "user" and "item" included.

        Raises:
          InputError: a type that is not there.
        """
        if entity in ("user", "item"):
            return self.user_ids if entity == "user" else self.item_ids
        if entity not in self.entities:
            there = ", ".join(["user", "item", *self.entities])
            raise InputError(f"{self.name} has no entities of type {entity!r}; it has {there}")
        return self.entities[entity]

    def take(self, which: Int[np.ndarray, "m"] | Bool[np.ndarray, "n"]) -> "Dataset":
        """The interactions at these positions or under this mask; all else stays."""
        given = None if self.given is None else self.given[which]
        return replace(self, interactions=self.interactions.take(which), given=given)

    def with_relation(
        self, name: str, relation: Relation, entities: Mapping[str, pl.Series] | None = None
    ) -> "Dataset":
        """This data set and one more relation, or another in place of the one of that name.

        >>> data = Dataset.from_frame({"user": ["ann", "bob"], "item": [7, 9]})
        >>> trust = Relation("user", "user", np.int32([0]), np.int32([1]), 2, 2)
        >>> len(data.with_relation("trust", trust).relations["trust"])
        1

        Args:
          entities: by entity type, the caller's ids of rows that the data set lacks, as
            ``read_relation`` returns them.

        Raises:
          InputError: a name of other than letters, digits, ``_`` and ``-``, ids that the data set
            has already, or ends whose rows are not its own.
        """
        _check_name(name, "relation")
        new = self
        for entity, ids in (entities or {}).items():
            new = new.with_entities(entity, ids)
        for entity, n in (
            (relation.source, relation.n_sources),
            (relation.target, relation.n_targets),
        ):
            _check_height(name, n, entity, len(new.ids(entity)))
        return replace(new, relations=merge(self.relations, {name: relation}))

    def with_entities(self, entity: str, ids: pl.Series) -> "Dataset":
        """This data set and entities of one more type, by the caller's ids in the order of rows.

        Raises:
          InputError: a name as ``with_relation`` refuses it, or a type that is there.
        """
        _check_name(entity, "entity type")
        if entity in ("user", "item", *self.entities):
            raise InputError(
                f"{self.name} has entities of type {entity!r} already; read the relation for them"
            )
        return replace(self, entities=merge(self.entities, {entity: ids}))

    def with_features(self, entity: str, features: pl.DataFrame) -> "Dataset":
        """This data set and what is known of the entities of a type, a row each in their order.

        Raises:
          InputError: another number of rows, or a column with the name of the type.
        """
        _check_height("features", features.height, entity, len(self.ids(entity)))
        if entity in features.columns:
            raise InputError(f"features of type {entity!r} have a column of that name; drop it")
        return replace(self, features=merge(self.features, {entity: features}))

    @staticmethod
    def from_frame(
        frame: Any,
        user: str | None = None,
        item: str | None = None,
        *,
        rating: str | None = None,
        time: str | None = None,
        title: str | None = None,
        name: str = "frame",
        min_rating: float | None = None,
        k_core: int | None = None,
        repeats: Literal["drop", "keep"] = "drop",
    ) -> "Dataset":
        """A data set from a table in memory, by the rules for files (``docs/data.md``).

        >>> orders = {"customer": ["ann", "bob", "ann"], "sku": [7, 7, 9], "stars": [5, 3, 4]}
        >>> data = Dataset.from_frame(orders, user="customer", item="sku")
        >>> data.user_ids.to_list(), data.item_ids.to_list(), data.interactions.rating.tolist()
        (['ann', 'bob'], [7, 9], [5.0, 3.0, 4.0])

        Args:
          frame: a pandas or polars DataFrame, an Arrow table, or a dict of arrays, lists or series.
          user, item, rating, time, title: names of columns. ``None`` finds the usual names,
            ``""`` reads none.
          name: what the data set is called.
          min_rating: the least rating to keep; 0 keeps all ratings that are not negative. ``None``
            filters nothing, and asks for it where a rating is 0 or negative.
          k_core: the least number of interactions of each user and item.
          repeats: "keep" leaves repeated pairs of a user and an item in.

        Raises:
          InputError: in one line, the row or column at fault and how to repair it.
        """
        from jaxrec.data.frames import read_frame  # It makes what is defined here.

        roles = {"user": user, "item": item, "rating": rating, "time": time, "title": title}
        named = {role: None if column is None else str(column) for role, column in roles.items()}
        filters = {"min_rating": min_rating, "k_core": k_core, "repeats": repeats}
        return read_frame(frame, Columns(**named), name, **filters)


def _check_name(name: str, what: str) -> None:
    if not re.fullmatch(r"[\w-]+", name):
        raise InputError(f"the {what} {name!r} is no name; use letters, digits, _ and -")


def _check_height(what: str, n: int, entity: str, n_rows: int) -> None:
    if n != n_rows:
        raise InputError(
            f"{what} has {n:,} rows of type {entity!r} but the data set has {n_rows:,}; give one "
            "row each"
        )
