"""The slices of a run in the caller's ids, for runs may number rows differently."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from jaxrec.runs.fit import phases
from jaxrec.runs.store import run_folder
from jaxrec.tasks import NodeData


class Slices(NamedTuple):
    """Rows of ids: learned from, to find, and low-rated ones that are left out of the ranking.

    Columns user and item, or of a run on nodes node and label.
    """

    train: pl.DataFrame
    test: pl.DataFrame
    hidden: pl.DataFrame


def slices_of(folder: Path, options: Any) -> Slices:
    """What a run learned from when it was measured, and what measured it."""
    data = run_folder.read_data(folder)
    split = phases.measured(options, data.split).split(data.split)
    nothing = split.test.take(np.zeros(0, np.int64))
    parts = split.train, split.test, nothing if data.hidden is None else data.hidden
    return Slices(*(_rows(data, part) for part in parts))


def _rows(data: Any, part: Any) -> pl.DataFrame:
    """In an order of their own."""
    if isinstance(data, NodeData):
        node, label = data.node_ids.gather(part.node), data.class_ids.gather(part.label)
        return pl.DataFrame({"node": node, "label": label}).cast(pl.String).sort("node")
    ids = {"user": data.user_ids.gather(part.user), "item": data.item_ids.gather(part.item)}
    return pl.DataFrame(ids).cast(pl.String).sort("user", "item")
