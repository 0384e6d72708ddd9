"""The caller's ids against rows 0, 1, 2, ..."""

import difflib
from collections.abc import Sequence

import numpy as np
import polars as pl
from jaxtyping import Int32

from jaxrec.base import InputError
from jaxrec.data.cleaning import clean


def contiguous(raw: pl.Series) -> tuple[Int32[np.ndarray, "n"], pl.Series]:
    """Numbers the distinct ids in ascending order: ``(rows, ids)`` with ``ids[rows] == raw``.

    >>> rows, ids = contiguous(pl.Series(["tea", "ale", "tea"]))
    >>> rows, ids.to_list()
    (array([1, 0, 1], dtype=int32), ['ale', 'tea'])
    """
    if raw.null_count():
        raise InputError(f"{raw.null_count()} ids are missing; drop or fill those rows first")
    table = pl.DataFrame({"id": raw.unique().sort()})
    rows = pl.DataFrame({"id": raw}).join(
        table.with_row_index("row"), on="id", how="left", maintain_order="left"
    )
    return rows["row"].to_numpy().astype(np.int32), table["id"].rename(raw.name)


def rows_of(ids: pl.Series, wanted: pl.Series) -> Int32[np.ndarray, "n"]:
    """The row of every id among ``ids``, which are of the same type.

    >>> rows_of(pl.Series(["ale", "tea"]), pl.Series(["tea", "tea"]))
    array([1, 1], dtype=int32)

    Raises:
      InputError: an id that is not there.
    """
    table = pl.DataFrame({"id": ids}).with_row_index("row")
    rows = pl.DataFrame({"id": wanted}).join(table, on="id", how="left", maintain_order="left")
    unknown = wanted.filter(rows["row"].is_null())
    if len(unknown):
        raise InputError(f"{wanted.name} {unknown[0]!r} is none of {len(ids):,} ids")
    return rows["row"].to_numpy().astype(np.int32)


def lookup(ids: pl.Series, wanted: Sequence[str]) -> Int32[np.ndarray, "n"]:
    """Rows of ids written as text, as on a command line; what files may add to an id, they may.

    >>> lookup(pl.Series([10, 20, 30]), ["30", "10"])
    array([2, 0], dtype=int32)

    Raises:
      InputError: an id that is not there; names up to three, and the nearest that are.
    """
    rows, words = find(ids, wanted)
    if (rows < 0).any():
        unknown = words.filter(pl.Series(rows < 0)).unique(maintain_order=True)
        raise InputError(describe_unknown(ids, unknown))
    return rows


def find(
    ids: pl.Series, wanted: Sequence[str] | pl.Series
) -> tuple[Int32[np.ndarray, "n"], pl.Series]:
    """Rows of ids written as text, -1 for an unknown id; and the ids without what files may add.

    >>> find(pl.Series([10, 20, 30]), ["30", " 7"])[0]
    array([ 2, -1], dtype=int32)
    """
    table = pl.DataFrame({"id": ids.cast(pl.String)}).with_row_index("row")
    words = clean(pl.Series(wanted, dtype=pl.String))
    if ids.dtype.is_integer():
        words = words.str.replace(r"^(-?\d+)\.0+$", "$1")
    text = pl.DataFrame({"id": words})
    rows = text.join(table, on="id", how="left", maintain_order="left")["row"]
    return rows.cast(pl.Int32).fill_null(-1).to_numpy(), words


def describe_unknown(ids: pl.Series, unknown: pl.Series) -> str:
    """Names up to three ids that are not among ``ids``, and the nearest to the first that are."""
    named = ", ".join(repr(word) for word in unknown[:3])
    more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
    return f"unknown id {named}{more}; {_hint(ids, unknown[0])}"


def _hint(ids: pl.Series, word: str) -> str:
    ids = ids.sort()
    if ids.dtype.is_integer():
        return f"the {len(ids):,} ids are integers from {ids[0]} to {ids[-1]}"
    place = int(ids.search_sorted(word))
    # Spelling distance to every id is slow; among many, neighbors in the alphabet will do.
    near = ids.to_list() if len(ids) <= 10_000 else ids.slice(max(0, place - 100), 200).to_list()
    close = difflib.get_close_matches(word, near, n=3)
    named = ", ".join(repr(name) for name in close or near[:3])
    return f"the {len(ids):,} ids are such as {named}" if not close else f"the nearest are {named}"
