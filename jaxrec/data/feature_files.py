"""From a file or a table of what is known of items to a row for each item of a data set."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.data.cells import to_ids
from jaxrec.data.columns import key
from jaxrec.data.dataset import Dataset
from jaxrec.data.feature_cells import cells_of
from jaxrec.data.ids import find
from jaxrec.data.json_lines import is_json_lines
from jaxrec.data.memory import table_of
from jaxrec.data.tables import read_parquet
from jaxrec.data.text import check_exists, read_text


@dataclass(frozen=True)
class ReadFeatures:
    """What is known of the entities of a type, for ``Dataset.with_features``.

    Attributes:
      frame: a row an entity, in the order of the data set's ids; null where nothing is known.
      counts: rows_read, unknown (rows of ids that the data set lacks) and without_row (its ids that
        the table lacks).
      origin: the name of what was read.
    """

    frame: pl.DataFrame
    counts: Mapping[str, int]
    origin: str


def read_features(
    table: str | Path | Any, dataset: Dataset, entity: str = "item", column: str | None = None
) -> ReadFeatures:
    """Reads a table with a row an item: its id, and numbers, words, texts, dates or vectors.

    A NumPy array of vectors, ``NAME.npy``, has the ids of its rows beside it, in ``NAME.ids.csv``.
    Columns of text files become numbers where all cells are, true and false where all are, days
    since 1970 where all are dates as 2024-05-31, and vectors where all are written as [0.1, 0.2];
    other cells stay text. Empty cells and words for a missing value (``data.cleaning``) are nulls.
    Vectors are lists in Parquet and JSON lines, and arrays in a frame.

    >>> data = Dataset.from_frame({"user": ["ann", "bob"], "item": [7, 9]})
    >>> read = read_features({"item": [9, 8], "price": [2.5, 1.0]}, data)
    >>> read.frame["price"].to_list(), read.counts
    ([None, 2.5], {'rows_read': 2, 'unknown': 1, 'without_row': 1})

    Args:
      table: a path to text, Parquet or JSON lines, or a table as ``Dataset.from_frame`` takes it.
      column: the name of the column of ids; by default the one called as the entity, such as item,
        item_id or itemId.

    Raises:
      InputError: in one line, what is wrong and how to repair it: no column of ids, an id with two
        rows, no id that the data set has, or nothing but ids.
    """
    raw, origin = table_and_name(table)
    return rows_of_table(raw, origin, dataset.ids(entity), entity, dataset.name, column)


def rows_of_table(
    raw: pl.DataFrame,
    origin: str,
    own: pl.Series,
    entity: str,
    name: str,
    column: str | None = None,
) -> ReadFeatures:
    """A table with a row an entity, in the order of the ids ``own``, as ``read_features`` has it.

    Args:
      origin: what the table is called.
      name: what has the ids.

    Raises:
      InputError: as ``read_features``.
    """
    named = column_of_ids(raw, entity, column, origin)
    ids = raw[named]
    as_written = ids.dtype == pl.String and own.dtype == pl.String
    place = lambda row: f"{origin} row {row + 1}"
    rows = find(own, ids if as_written else to_ids(ids, entity, place).cast(pl.String))[0]
    known = pl.Series(rows >= 0)
    if not known.any():
        raise InputError(
            f"none of {raw.height:,} ids of {origin}, {ids[0]!r}, ..., is one of {name}, "
            f"{own[0]!r}, ...; name the column of ids {entity}, or bring the same ids"
        )
    cells = raw.drop(named).filter(known)
    if not cells.width:
        raise InputError(f"{origin} has ids and nothing that is known of them; add a column")
    twice = pl.Series(rows).filter(known).is_duplicated()
    if twice.any():
        again = ids.filter(known).filter(twice)[0]
        raise InputError(f"{origin} has two rows of {entity} {again!r}; keep one")
    place_of = np.full(len(own), -1)
    place_of[rows[rows >= 0]] = np.arange(cells.height)
    places = pl.Series(place_of).replace({-1: None}).cast(pl.UInt32)
    frame = cells.select(pl.all().gather(places))
    counts = {"rows_read": raw.height, "unknown": raw.height - cells.height}
    counts["without_row"] = len(own) - cells.height
    return ReadFeatures(frame.select(cells_of(each) for each in frame), counts, origin)


def table_and_name(table: str | Path | Any) -> tuple[pl.DataFrame, str]:
    """A file, or a table in memory, as it is written, and what to call it."""
    if isinstance(table, str | Path):
        return _read(Path(table)), Path(table).name
    read = table_of(table, "frame")
    return pl.DataFrame({name: read.column(name) for name in read.names}), "frame"


def _read(path: Path) -> pl.DataFrame:
    check_exists(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; give a file with a row an item")
    if path.suffix.lower() == ".parquet":
        return read_parquet(path, "items")
    if path.suffix.lower() == ".npy":
        return _vectors(path)
    if is_json_lines(path):
        try:
            return pl.read_ndjson(path)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise InputError(
                f"{path} is no table of JSON lines ({str(error).splitlines()[0]}); write an object "
                "a line, each key with values of one kind"
            ) from error
    return read_text(path)


IDS_SUFFIX = ".ids.csv"
"""What stands for ``.npy`` in the name of the file of its rows' ids."""


def _vectors(path: Path) -> pl.DataFrame:
    """The rows of an array, and their ids from the file beside it."""
    beside = path.with_suffix(IDS_SUFFIX)
    if not beside.exists():
        raise InputError(
            f"{path} needs the ids of its rows beside it, in {beside.name}: a first line item, "
            "then a line a row"
        )
    try:
        rows = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"{path} is no readable array ({error}); write it by np.save") from error
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.dtype.kind not in "fiu":
        raise InputError(f"{path} holds no table of numbers; write an array of a row an item")
    try:
        ids = pl.read_csv(beside, infer_schema=False, glob=False)
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{beside} is no column of ids ({str(error).splitlines()[0]})") from error
    if ids.width != 1:
        raise InputError(f"{beside} has {ids.width} columns; give one, of ids, under its name")
    if len(ids) != len(rows):
        raise InputError(
            f"{path} has {len(rows)} rows and {beside.name} {len(ids)} ids; give one a row"
        )
    return ids.with_columns(pl.Series("vector", rows.astype(np.float32)).arr.to_list())


def column_of_ids(raw: pl.DataFrame, entity: str, column: str | None, origin: str) -> str:
    """The name of the column of ids.

    Args:
      column: as the caller names it; None goes by the entity's name.

    Raises:
      InputError: there is none, or several.
    """
    listed = ", ".join(raw.columns[:12]) + (", ..." if raw.width > 12 else "")
    wanted = {key(column)} if column is not None else {key(entity), key(entity) + "id"}
    found = [name for name in raw.columns if key(name) in wanted]
    if not found and column is None:  # As models of facts call what they have vectors of.
        found = [name for name in raw.columns if key(name) in ("entity", "id")]
    if len(found) != 1:
        what = "no column" if not found else "several columns"
        raise InputError(
            f"{origin} has {what} of ids, called {column or entity}; it has {listed}: rename one"
        )
    return found[0]
