"""The interactions of a run as tables, and back."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from jaxrec import registry
from jaxrec.data import Interactions, Split, by_label
from jaxrec.runs.store import feature_file, knowledge_file, relation_file
from jaxrec.tasks import RunData


def frames(data: RunData) -> dict[str, pl.DataFrame]:
    """The tables to write, by name."""
    slices = [data.rows.train, data.rows.valid, data.rows.test]
    slices += [] if data.low_rated is None else [data.low_rated]
    interactions = pl.DataFrame(
        {
            "user": np.concatenate([part.user for part in slices]),
            "item": np.concatenate([part.item for part in slices]),
            "slice": np.repeat(
                np.arange(len(slices), dtype=np.int8), [len(part) for part in slices]
            ),
        }
    )
    for name in ("rating", "time"):
        columns = [getattr(part, name) for part in slices[:3]]
        if all(column is not None for column in columns):
            known = pl.Series(np.concatenate(columns))
            filled = known.extend_constant(None, len(interactions) - len(known))
            interactions = interactions.with_columns(filled.alias(name))
    items = pl.DataFrame({"item": data.item_ids})
    if data.titles is not None:
        items = items.with_columns(title=data.titles)
    users = pl.DataFrame({"user": data.user_ids})
    found = {"interactions": interactions, "items": items, "users": users}
    if data.knowledge is not None:
        found["items"] = items.with_columns(entity=data.knowledge.entity)
        found |= knowledge_file.frames(data.knowledge.graph)
    return found | relation_file.frames(data.relations)


def read(folder: Path, options: Any, about: dict[str, Any]) -> RunData:
    """What ``frames`` has written.

    Args:
      options: the run's.
      about: what config.json says of the data.

    Raises:
      OSError: a file is missing.
      InputError: rows that are not there.
    """
    users, items, pairs = (
        pl.read_parquet(folder / f"{name}.parquet", glob=False)
        for name in ("users", "items", "interactions")
    )
    train, valid, test, low_rated = (
        _slice(pairs.filter(pl.col("slice") == part), len(users), len(items)) for part in range(4)
    )
    knows = registry.entry(options.model).knows
    sizes = {"user": len(users), "item": len(items)}
    split, negatives = Split(train, valid, test, options.split), None
    if registry.task_of(options).labels:
        split, negatives = by_label(split)
    return RunData(
        split,
        users["user"],
        items["item"],
        items["title"] if "title" in items.columns else None,
        about["repeats"] == "kept",
        low_rated if len(low_rated) else None,
        options.low_rated == "hide",
        knowledge_file.read(folder, items["entity"]) if knows else None,
        relation_file.read(folder, about.get("relations", {}), sizes),
        negatives,
        feature_file.read(folder) if about.get("features") else None,
    )


def _slice(rows: pl.DataFrame, n_users: int, n_items: int) -> Interactions:
    known = {
        name: rows[name].to_numpy()
        for name in ("rating", "time")
        if name in rows.columns and not rows[name].null_count()
    }
    return Interactions(rows["user"].to_numpy(), rows["item"].to_numpy(), n_users, n_items, **known)
