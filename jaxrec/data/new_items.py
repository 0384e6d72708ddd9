"""Items that a run has not been trained on: what is known of them, as of those that it has."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Int32

from jaxrec.base import InputError
from jaxrec.data.feature_cells import cells_of, text_of
from jaxrec.data.feature_files import column_of_ids, table_and_name
from jaxrec.data.ids import find


class NewItems(NamedTuple):
    """Items and what is known of them.

    Attributes:
      ids: ids of the type of the run's, in the order of the table.
      frame: the columns that the run was trained with, of the same types.
      n_known: rows left out, of items that the run has.
      origin: the name of what was read.
    """

    ids: pl.Series
    frame: pl.DataFrame
    n_known: int
    origin: str


class Catalog(NamedTuple):
    """A table of items, those of a run among them.

    Attributes:
      ids, frame: as of ``NewItems``.
      row: the row of each in the run, -1 for a new one.
    """

    ids: pl.Series
    frame: pl.DataFrame
    row: Int32[np.ndarray, "n"]
    origin: str


def read_new_items(table: str | Path | Any, ids: pl.Series, known: pl.DataFrame) -> NewItems:
    """Reads a table as ``read_features`` does, of items that are none of ``ids``.

    >>> known = pl.DataFrame({"price": [1.0, 2.0]})
    >>> new = read_new_items({"item": [8, 9], "price": [2, 3]}, pl.Series([7, 8]), known)
    >>> new.ids.to_list(), new.frame["price"].to_list(), new.n_known
    ([9], [3.0], 1)

    Args:
      table: a path to text, Parquet, JSON lines or NAME.npy, or a table in memory.
      ids: those of the run's items.
      known: what the run was trained with, a row an item; other columns are not read.

    Raises:
      InputError: no column of ids, a column that is missing or of another type, an id with two
        rows or of another type, or no item that is new.
    """
    read = read_catalog(table, ids, known)
    is_new = pl.Series(read.row < 0)
    if not is_new.any():
        raise InputError(f"all {len(is_new):,} items of {read.origin} are items of the run already")
    n_known = int(np.sum(read.row >= 0))
    return NewItems(read.ids.filter(is_new), read.frame.filter(is_new), n_known, read.origin)


def read_catalog(table: str | Path | Any, ids: pl.Series, known: pl.DataFrame) -> Catalog:
    """Reads a table as ``read_new_items`` does, of any items.

    Raises:
      InputError: as there, but for items that the run has.
    """
    raw, origin = table_and_name(table)
    named = check_columns(raw, known, origin)
    row, words = find(ids, raw[named].cast(pl.String))
    if words.null_count():
        raise InputError(
            f"{origin} row {words.is_null().arg_true()[0] + 1} has no id; leave it out"
        )
    if words.is_duplicated().any():
        again = words.filter(words.is_duplicated())[0]
        raise InputError(f"{origin} has two rows of item {again!r}; keep one")
    own = words.cast(ids.dtype, strict=False)
    if own.null_count():
        wrong = words.filter(own.is_null())[0]
        raise InputError(
            f"item {wrong!r} of {origin} is no whole number, and the ids of this run are; write it "
            "as they are written"
        )
    columns = [_as_known(raw[name], known[name].dtype, origin) for name in known.columns]
    return Catalog(own.rename(ids.name), pl.DataFrame(columns), row, origin)


def check_columns(raw: pl.DataFrame, known: pl.DataFrame, origin: str) -> str:
    """The name of the column of ids in a table that has all columns of ``known``.

    Raises:
      InputError: a column is not there.
    """
    named = column_of_ids(raw, "item", None, origin)
    if missing := [name for name in known.columns if name not in raw.columns]:
        raise InputError(
            f"{origin} lacks {', '.join(missing)}, which the run was trained with; give the "
            f"columns {', '.join(known.columns)}, with empty cells where nothing is known"
        )
    return named


def _as_known(raw: pl.Series, kind: Any, origin: str) -> pl.Series:
    """The cells as the type that training has read."""
    if raw.null_count() == len(raw):
        return raw.cast(pl.Null).cast(kind)
    listed = isinstance(kind, pl.List | pl.Array)
    is_text = kind == pl.String or listed and kind.inner == pl.String
    if raw.dtype == pl.String and is_text:  # Words of a few items may all be numbers or dates.
        words = text_of(raw)
        return words.str.split("|") if listed else words
    cells = cells_of(raw)
    have = cells.dtype
    number = lambda one: one.is_numeric() or one == pl.Boolean
    inner = have.inner if isinstance(have, pl.List | pl.Array) else None
    if listed:
        alike = inner is not None and (inner == kind.inner or number(inner) and number(kind.inner))
    else:
        alike = have == kind or number(have) and number(kind)
    found = cells.cast(kind, strict=False) if alike else cells
    if alike and kind.is_integer():
        alike = found.cast(pl.Float64).eq_missing(cells.cast(pl.Float64)).all()
    if not alike or found.null_count() > cells.null_count():
        raise InputError(
            f"column {raw.name!r} of {origin} holds {have}, and the run was trained with {kind}; "
            "write it as it was in training"
        )
    return found
