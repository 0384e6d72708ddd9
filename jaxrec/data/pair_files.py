"""Pairs of items from a file: what is looked at, what goes with it, and how often."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from jaxrec.base import InputError
from jaxrec.data.columns import key
from jaxrec.data.dataset import Dataset
from jaxrec.data.edge_files import first_line
from jaxrec.data.relation_files import read_relation
from jaxrec.data.relations import Relation

COUNTS = frozenset("count counts n views coviews weight times".split())
"""Names of a third column, of how often a pair was seen."""


def read_item_pairs(path: str | Path, dataset: Dataset) -> Relation:
    """Reads a file (text, Parquet, JSON lines) of two columns of item ids, and perhaps of counts.

    A pair has a direction: the item of the second column is right for who looks at that of the
    first. A third column, called count, n, views, weight or times, or of a text without header the
    third, is how often; without one every row counts 1. Rows of the same pair add up. Rows with an
    unknown item, and items with themselves, are dropped and counted (``Relation.counts``).

    Returns:
      Edges from items to items, ascending by their rows, their counts in ``weight``.

    Raises:
      InputError: in one line, what is wrong with the file: other columns, a count that is not above
        0, or no pair of two known items.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; give a file of pairs of items")
    names, _ = first_line(path)
    weight, header = _count_column(path, names)
    ends = {"source": "item", "target": "item", "directed": True}
    read = read_relation(path, dataset, **ends, weight=weight, header=header, repeats="keep")
    pairs = read.relation
    count = np.ones(len(pairs)) if pairs.weight is None else pairs.weight.astype(np.float64)
    if (count <= 0).any():
        raise InputError(
            f"{path} has a pair with the count {count[count <= 0][0]:g}; give counts above 0, or "
            "leave such rows out"
        )
    number = pairs.senders.astype(np.int64) * pairs.n_targets + pairs.receivers
    _, first, place = np.unique(number, return_index=True, return_inverse=True)
    total = np.bincount(place, count).astype(np.float32)
    counts = {name: n for name, n in pairs.counts.items() if name != "both_directions"}
    return replace(pairs.take(first), weight=total, counts=counts)


def _count_column(path: Path, names: list[str]) -> tuple[str | None, bool | None]:
    """The column of counts, and whether the first line is a header where that tells."""
    if len(names) == 2:
        return None, None
    named = [name for name in names if key(name) in COUNTS]
    if len(names) == 3 and len(named) == 1:
        return named[0], True
    if len(names) == 3 and names[2].replace(".", "", 1).isdigit():
        return "3", False
    raise InputError(
        f"{path} has the columns {', '.join(names[:12])}; leave two of item ids and, if you have "
        "it, one called count"
    )
