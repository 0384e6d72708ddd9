"""The cells of a column of a table of features, as numbers, vectors, lists or text."""

from typing import Any

import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.data.cleaning import BLANKS, MISSING
from jaxrec.data.columns import key

_NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$|^(?i:[-+]?inf(inity)?)$"
_TRUTH = r"^(?i:true|false)$"
_DAY = r"^\d{4}-\d{2}-\d{2}([T ]|$)"


def cells_of(cells: pl.Series) -> pl.Series:
    """Numbers, vectors, lists or text, whichever all cells are.

    Whole numbers of a column of ids, as ``kinds_of`` knows it, are integers in every form of table.
    """
    found = _typed(cells)
    if not (key(cells.name).endswith("id") and found.dtype.is_float()):
        return found
    numbers = found.fill_nan(None)
    whole = numbers.cast(pl.Int64, strict=False)
    return whole if whole.cast(found.dtype).eq_missing(numbers).all() else found


def _typed(cells: pl.Series) -> pl.Series:
    kind = cells.dtype
    if kind.is_temporal():
        return (cells.cast(pl.Datetime("us")) if kind == pl.Date else cells).cast(
            pl.Int64
        ) / _per_day(kind)
    if isinstance(kind, pl.Categorical | pl.Enum):
        return cells.cast(pl.String)
    if isinstance(kind, pl.Decimal):
        return cells.cast(pl.Float64)
    if kind == pl.Object:  # Lists and arrays of Python are objects in a frame.
        plain = (one.tolist() if isinstance(one, np.ndarray) else one for one in cells.to_list())
        try:
            return pl.Series(cells.name, list(plain))
        except (pl.exceptions.PolarsError, TypeError, ValueError):
            return cells
    if kind != pl.String:
        return cells
    text = text_of(cells)
    known = text.drop_nulls()
    if not len(known):
        return text
    if known.str.contains(_NUMBER).all():
        return text.cast(pl.Float64)
    if known.str.contains(_TRUTH).all():
        return text.str.to_lowercase() == "true"
    if known.str.contains(_DAY).all():
        days = known.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        if not days.null_count():
            return text.str.slice(0, 10).str.to_date("%Y-%m-%d").cast(pl.Int32).cast(pl.Float64)
    if known.str.contains(r"^\[[-+0-9.eE,\s]*\]$").all():
        try:
            return text.str.json_decode(pl.List(pl.Float64))
        except pl.exceptions.PolarsError as error:
            raise InputError(
                f"column {cells.name!r} holds vectors that are no JSON, such as {known[0][:40]!r}; "
                "write them as [0.1, 0.2]"
            ) from error
    return text


def text_of(cells: pl.Series) -> pl.Series:
    """Text without blanks around it, null where it stands for a missing value."""
    text = cells.str.strip_chars(BLANKS)
    return text.set(text.is_in(["", *MISSING]), None)


def _per_day(kind: Any) -> float:
    unit = getattr(kind, "time_unit", None) or ("us" if kind == pl.Date else "ns")
    return 86_400 * {"ms": 1e3, "us": 1e6, "ns": 1e9}[unit]
