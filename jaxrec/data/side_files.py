"""Entities, relations and features of a data set as tables in the caller's words, and back.

They are named after the files that hold them, without a suffix:

==================  ============================================================================
entities/TYPE       the ids of an entity type, in the order of its rows
relations/NAME      source and target of every edge by id; kind, weight and split where known
features/TYPE       an id a row, and what is known of it
==================  ============================================================================

``side_about`` is what these tables do not say, ready for JSON.
"""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.dataset import Dataset
from jaxrec.data.ids import rows_of
from jaxrec.data.relations import Relation


def side_frames(dataset: Dataset) -> dict[str, pl.DataFrame]:
    """The tables to write, by name; every relation and feature is looked up."""
    entities = {
        f"entities/{entity}": pl.DataFrame({entity: ids})
        for entity, ids in dataset.entities.items()
    }
    relations = {
        f"relations/{name}": relation_frame(
            relation, dataset.ids(relation.source), dataset.ids(relation.target)
        )
        for name, relation in dataset.relations.items()
    }
    features = {
        f"features/{entity}": pl.DataFrame({entity: dataset.ids(entity)}).hstack(frame)
        for entity, frame in dataset.features.items()
    }
    return entities | relations | features


def side_about(dataset: Dataset) -> dict[str, Any]:
    """Names in their order, and of every relation what ``relation_from`` wants to be told."""
    return {
        "entities": list(dataset.entities),
        "relations": {
            name: relation_about(relation) for name, relation in dataset.relations.items()
        },
        "features": list(dataset.features),
    }


def with_side(
    dataset: Dataset, about: Mapping[str, Any], read: Callable[[str], pl.DataFrame]
) -> Dataset:
    """The data set with what ``side_frames`` and ``side_about`` have said of it.

    Args:
      read: gives the table of a name.

    Raises:
      InputError: tables that do not go with the data set.
    """
    for entity in about["entities"]:
        ids = read(f"entities/{entity}")[entity]
        dataset = dataset.with_entities(entity, ids)
    for name, told in about["relations"].items():
        ids = dataset.ids(told["source"]), dataset.ids(told["target"])
        relation = relation_from(read(f"relations/{name}"), told, *ids)
        dataset = dataset.with_relation(name, relation)
    for entity in about["features"]:
        frame = read(f"features/{entity}")
        if not frame[entity].equals(dataset.ids(entity), check_dtypes=True):
            raise InputError(f"features of {entity} are of other ids, or in another order")
        dataset = dataset.with_features(entity, frame.drop(entity))
    return dataset


def relation_frame(
    relation: Relation, source_ids: pl.Series, target_ids: pl.Series
) -> pl.DataFrame:
    """A row an edge: source and target by their ids, and its kind, weight and split if known."""
    columns: dict[str, Any] = {
        "source": source_ids.gather(relation.senders),
        "target": target_ids.gather(relation.receivers),
        "weight": relation.weight,
        "split": relation.given,
    }
    if relation.kind is not None and relation.kinds is not None:
        columns["kind"] = relation.kinds.gather(relation.kind)
    return pl.DataFrame({name: own for name, own in columns.items() if own is not None})


def relation_about(relation: Relation) -> dict[str, Any]:
    """What the table of a relation does not say."""
    return {
        "source": relation.source,
        "target": relation.target,
        "directed": relation.directed,
        "kinds": None if relation.kinds is None else relation.kinds.to_list(),
        "counts": relation.counts,
        "origin": relation.origin,
    }


def relation_from(
    frame: pl.DataFrame, about: Mapping[str, Any], source_ids: pl.Series, target_ids: pl.Series
) -> Relation:
    """The inverse of ``relation_frame`` and ``relation_about``.

    Raises:
      InputError: an id that is not there.
    """
    kinds = about["kinds"]
    if kinds is not None:
        kinds = pl.Series("kind", kinds, dtype=frame["kind"].dtype)
    optional = {"weight": "weight", "split": "given"}
    there = {name: own for name, own in optional.items() if name in frame.columns}
    return Relation(
        about["source"],
        about["target"],
        rows_of(source_ids, frame["source"]),
        rows_of(target_ids, frame["target"]),
        len(source_ids),
        len(target_ids),
        about["directed"],
        kind=None if kinds is None else rows_of(kinds, frame["kind"]),
        kinds=kinds,
        counts=dict(about["counts"]),
        origin=about["origin"],
        **{own: frame[name].to_numpy() for name, own in there.items()},
    )
