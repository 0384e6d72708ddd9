"""Cells of one column to ids, ratings, times or titles, with an error that names the row.

``place(row)`` says where a row stands, such as "ratings.csv line 7".
"""

from collections.abc import Callable

import numpy as np
import polars as pl

from jaxrec.base import InputError

Place = Callable[[int], str]
NOT_A_NUMBER = "NaN", "nan"

_TIME_FORMATS = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%.f%#z"]


def to_ids(cells: pl.Series, role: str, place: Place) -> pl.Series:
    """Int64 when every id survives the round trip through integers, else strings.

    >>> to_ids(pl.Series(["7", "12"]), "user", str).to_list()
    [7, 12]
    >>> to_ids(pl.Series(["007", "12"]), "user", str).to_list()
    ['007', '12']
    """
    cells = _present(cells, role, place)
    numbers = cells.cast(pl.Int64, strict=False) if cells.dtype != pl.Boolean else cells
    if not numbers.null_count() and (numbers.cast(cells.dtype) == cells).all():
        return numbers if cells.dtype != pl.Boolean else cells.cast(pl.String)
    return cells.cast(pl.String)


def to_ratings(cells: pl.Series, place: Place) -> pl.Series:
    """Finite Float32."""
    cells = _present(cells, "rating", place)
    numbers = cells.cast(pl.Float32, strict=False)
    good = numbers.is_finite().fill_null(False)
    if not good.all():
        row = _first(~good)
        raise InputError(
            f"{place(row)}: rating {cells[row]!r} is not a finite number; "
            "repair it, or choose another column with --rating-column ('' reads none)"
        )
    return numbers


def to_times(cells: pl.Series, place: Place) -> pl.Series:
    """Int64 unix seconds, from seconds, milliseconds or finer, or ISO dates (UTC if unsaid)."""
    cells = _present(cells, "time", place)
    if isinstance(cells.dtype, pl.Date | pl.Datetime):
        return cells.cast(pl.Datetime("us")).dt.epoch("s")
    if cells.dtype.is_temporal():  # Times of day and durations are refused as text is.
        cells = pl.Series([str(cells[0])])
    numbers = cells.cast(pl.Float64, strict=False)
    if numbers[0] is not None:
        good = numbers.is_finite().fill_null(False)
        # Seconds reach 1e11 in the year 5138.
        size = np.median(np.abs(numbers.fill_null(0).to_numpy()))
        unit = 1000 ** sum(bool(size > limit) for limit in (1e11, 1e14, 1e17))
        seconds = (numbers.filter(good) / unit).floor().cast(pl.Int64)
    else:
        text = cells.str.replace_all("/", "-").str.replace("T", " ")
        seconds = pl.Series([None] * len(text), dtype=pl.Int64)
        for style in _TIME_FORMATS:
            if seconds.null_count():
                parsed = text.str.to_datetime(style, strict=False, time_unit="us", time_zone="UTC")
                seconds = seconds.fill_null(parsed.dt.epoch("s"))
        good = seconds.is_not_null()
    if not good.all():
        row = _first(~good)
        raise InputError(
            f"{place(row)}: time {cells[row]!r} is neither unix seconds nor a date such as "
            "2024-01-31 12:00:00; repair it, or choose another column with --time-column "
            "('' reads none)"
        )
    return seconds


def to_titles(cells: pl.Series, place: Place) -> pl.Series:
    """Strings, null where there is none."""
    try:
        return cells.cast(pl.String).str.strip_chars()
    except pl.exceptions.PolarsError as error:  # Of lists, and of bytes that are not UTF-8.
        raise InputError(
            f"{place(0)}: the title column {cells.name!r} holds {cells.dtype}, not text; store one "
            "text per row, or choose another with --title-column ('' reads none)"
        ) from error


def _present(cells: pl.Series, role: str, place: Place) -> pl.Series:
    """Strips text and refuses missing cells and cells that hold no single value."""
    if isinstance(cells.dtype, pl.Categorical | pl.Enum):
        cells = cells.cast(pl.String)
    if cells.dtype == pl.String:
        cells = cells.str.strip_chars()
        missing = cells.is_null() | (cells == "")
    elif cells.dtype.is_float() and role in ("user", "item"):
        missing = cells.is_null() | cells.is_nan()
    elif cells.dtype.is_nested() or cells.dtype in (pl.Binary, pl.Object):
        raise InputError(
            f"{place(0)}: the {role} column {cells.name!r} holds {cells.dtype}; "
            "store one number or text per row"
        )
    else:
        missing = cells.is_null()
    if missing.any():
        row = _first(missing)
        raise InputError(f"{place(row)} has no {role}; fill the cell or remove the row")
    if cells.dtype == pl.String and role in ("user", "item"):
        check_written(cells, role, place)
    return cells


def check_written(cells: pl.Series, role: str, place: Callable[[int], str]) -> None:
    """Refuses the words by which programs write a missing number, in ids of text."""
    written = cells.is_in(NOT_A_NUMBER)
    if written.any():
        row = _first(written)
        raise InputError(
            f"{place(row)} has {cells[row]!r} for the {role}, as programs write a missing one; "
            "remove the row, or rename what is really called so"
        )


def _first(mask: pl.Series) -> int:
    return int(mask.arg_true()[0])
