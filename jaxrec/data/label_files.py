"""Classes of nodes, from a file or a table of two columns: an id and a class."""

from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Int32

from jaxrec.base import InputError
from jaxrec.data.columns import key
from jaxrec.data.feature_cells import text_of
from jaxrec.data.feature_files import column_of_ids, table_and_name
from jaxrec.data.ids import describe_unknown, find, rows_of

NAMES = ("label", "class", "target")
"""What the column of classes may be called."""


def read_labels(table: Any, ids: pl.Series, name: str) -> tuple[Int32[np.ndarray, "N"], pl.Series]:
    """The class of each node, -1 where there is none, and what classes are called.

    Classes are numbered as the rows name them; a row whose cell is empty counts for nothing.

    >>> read_labels({"id": [7, 5], "class": ["red", "blue"]}, pl.Series([5, 6, 7]), "graph")[0]
    array([ 1, -1,  0], dtype=int32)

    Args:
      table: a path to text, Parquet or JSON lines, or a table as ``Dataset.from_frame`` takes it.
      ids: of all nodes, in the order of their rows.
      name: of what has these nodes.

    Raises:
      InputError: a missing column, an id that no node has, a node with two rows, or one class.
    """
    raw, origin = table_and_name(table)
    own, cells = raw[column_of_ids(raw, "node", None, origin)].cast(pl.String), _cells(raw, origin)
    shown = own.is_not_null() & cells.is_not_null()
    own, cells = own.filter(shown), cells.filter(shown)
    rows, words = find(ids, own)
    unknown = words.filter(pl.Series(rows < 0)).unique(maintain_order=True)
    if len(unknown):
        raise InputError(
            f"{origin} labels {len(unknown):,} nodes that {name} lacks: "
            f"{describe_unknown(ids, unknown)}; remove these rows"
        )
    twice = pl.Series(rows).is_duplicated()
    if twice.any():
        raise InputError(f"{origin} has two rows of node {own.filter(twice)[0]!r}; keep one")
    classes = cells.unique(maintain_order=True).rename("label")
    if len(classes) < 2:
        found = f"one class, {classes[0]!r}" if len(classes) else "no class"
        raise InputError(f"{origin} has {found}; give nodes of two classes or more")
    label = np.full(len(ids), -1, np.int32)
    label[rows] = rows_of(classes, cells)
    return label, classes


def _cells(raw: pl.DataFrame, origin: str) -> pl.Series:
    """The column of classes as whole numbers or text, null where a cell is empty."""
    found = [name for name in raw.columns if key(name) in NAMES]
    if len(found) != 1:
        what = "no column" if not found else "several columns"
        listed = ", ".join(raw.columns[:12]) + (", ..." if raw.width > 12 else "")
        raise InputError(
            f"{origin} has {what} of classes, called {' or '.join(NAMES)}; it has {listed}: "
            "rename one"
        )
    cells = raw[found[0]]
    if cells.dtype.is_float() and ((whole := cells.drop_nulls()).floor() == whole).all():
        return cells.cast(pl.Int64)
    if cells.dtype.is_integer():
        return cells
    if cells.dtype not in (pl.String, pl.Boolean, pl.Categorical):
        raise InputError(
            f"{origin}: {found[0]} holds {cells.dtype}; give a class a node, as text or a whole "
            "number"
        )
    text = text_of(cells.cast(pl.String))
    numbers = text.cast(pl.Int64, strict=False)
    return numbers if numbers.null_count() == text.null_count() else text
