"""Cells of a time column to unix seconds, and the nanoseconds beyond them.

Nothing is guessed row by row: all times of a column have one unit, or one calendar form
(``calendar.py``).
"""

from typing import NamedTuple

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.calendar import from_digits, from_text, year_last
from jaxrec.data.cells import Place, first, is_rounded, present

FIRST, LAST = -2_208_988_800, 4_102_444_800
"""The years 1900 and 2100."""
EARLY = 10**8
"""Seconds of March 1973; numbers below say an order, not a date."""
UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
ORDER = "too small for dates"
OTHER_COLUMN = "choose another column with --time-column ('' reads none)"


class Times(NamedTuple):
    """Times of a column.

    Attributes:
      second: Int64 unix seconds, rounded down.
      nanosecond: Int32 beyond them; None where all are whole seconds.
      form: how they were written.
    """

    second: pl.Series
    nanosecond: pl.Series | None
    form: str


def to_times(cells: pl.Series, place: Place) -> Times:
    """Unix seconds from numbers in one unit or dates in one form; UTC where no zone is named.

    Numbers that are all below 10^8 in size stay as they are.

    Raises:
      InputError: no time, times in several units or forms, a day that may be a month, numbers
        outside 1973 to 2100, and dates outside 1970 to 2100 among others inside.
    """
    cells = present(cells, "time", place)
    if cells.dtype == pl.Date:
        return _checked(cells.cast(pl.Int64) * 86_400, None, "days", cells, place)
    if isinstance(cells.dtype, pl.Datetime):
        per_second = {"ms": 10**3, "us": 10**6, "ns": 10**9}[cells.dtype.time_unit]
        form = "dates with a time zone" if cells.dtype.time_zone else "dates, read as UTC"
        return _checked(*_cut(cells.to_physical(), per_second), form, cells, place)
    if cells.dtype.is_temporal() or cells.dtype == pl.Boolean:
        raise _no_time(cells, 0, place)
    numbers = cells.cast(pl.Float64, strict=False)
    words = ~numbers.is_finite().fill_null(False)
    if not words.any():
        return _from_numbers(cells, numbers, place)
    if cells.dtype != pl.String:
        raise _no_time(cells, first(words), place)
    rows = words.arg_true()
    found = from_text(cells.filter(words), lambda row: place(int(rows[row])), OTHER_COLUMN)
    if isinstance(found, int):
        raise _no_time(cells, int(rows[found]), place)
    if len(rows) < len(cells):
        raise InputError(
            f"{place(int(rows[0]))}: time {cells[int(rows[0])]!r} is a date like {len(rows):,} of "
            f"{len(cells):,} times, the others are numbers; write all in one form, or "
            f"{OTHER_COLUMN}"
        )
    return _checked(*found, cells, place)


def _from_numbers(cells: pl.Series, numbers: pl.Series, place: Place) -> Times:
    if (dates := from_digits(numbers)) is not None:
        return _checked(*dates, cells, place)
    kinds = {
        f"in {unit}": (numbers >= EARLY * n) & (numbers < LAST * n) for unit, n in UNITS.items()
    }
    kinds[ORDER] = numbers.abs() < EARLY
    inside = pl.select(pl.any_horizontal(*kinds.values())).to_series()
    kinds["outside the years 1973 to 2100"] = ~inside
    n_of = {name: int(mask.sum()) for name, mask in kinds.items() if mask.any()}
    name = min(reversed(n_of), key=lambda name: n_of[name])  # Of the rarest, rather what is absurd.
    if len(n_of) > 1 or not inside.all():
        row, listed = first(kinds[name]), ", ".join(f"{n:,} {name}" for name, n in n_of.items())
        raise InputError(
            f"{place(row)}: time {cells[row]!r} is {name}, of all times {listed}; write all in one "
            f"unit and remove what is no time, or {OTHER_COLUMN}"
        )
    if name == ORDER and year_last(numbers):
        raise InputError(
            f"{place(0)}: time {cells[0]!r} and all others look like dates with the year last; "
            f"write them as 2024-01-31, or {OTHER_COLUMN}"
        )
    if cells.dtype in (pl.Float32, pl.Float16) and numbers.abs().max() >= 2**11:  # type: ignore
        raise InputError(
            f"{place(0)}: times are stored as {cells.dtype}, which rounds {cells[0]!r}; store "
            f"integers or Float64, or {OTHER_COLUMN}"
        )
    per_second = UNITS.get(name.removeprefix("in "), 1)
    return Times(*_parts(cells, numbers, per_second, place), name)


def _parts(
    cells: pl.Series, numbers: pl.Series, per_second: int, place: Place
) -> tuple[pl.Series, pl.Series | None]:
    """Seconds and nanoseconds of numbers of which ``per_second`` make a second."""
    if not cells.dtype.is_float():
        whole = cells.cast(pl.Int64, strict=False)
        if not whole.null_count():
            return _cut(whole, per_second)
        if not cells.str.contains("[eE]").any():
            return _from_decimals(cells, per_second)
        _refuse_rounded(cells, place)
    second = (numbers / per_second).floor()
    beyond = (numbers - second * per_second) * (10**9 // per_second)
    return _shown(second.cast(pl.Int64), beyond.round().clip(0, 10**9 - 1).cast(pl.Int64))


def _from_decimals(cells: pl.Series, per_second: int) -> tuple[pl.Series, pl.Series | None]:
    """Every digit up to nanoseconds counts, which floats of this size would round."""
    digits = cells.str.extract(r"\.(\d*)").fill_null("").str.slice(0, 9).str.pad_end(9, "0")
    beyond = digits.cast(pl.Int64) // per_second
    whole = cells.str.extract(r"^[+-]?(\d*)").replace("", "0").cast(pl.Int64)
    total = whole % per_second * (10**9 // per_second) + beyond
    second, negative = whole // per_second, cells.str.starts_with("-")
    below = negative & (total > 0)  # Seconds are rounded down.
    second = (1 - 2 * negative.cast(pl.Int64)) * second - below.cast(pl.Int64)
    return _shown(second, total.zip_with(~below, 10**9 - total))


def _refuse_rounded(cells: pl.Series, place: Place) -> None:
    """Numbers with an exponent must have digits down to the unit."""
    rounded = is_rounded(cells)
    if rounded.any():
        row = first(rounded)
        raise InputError(
            f"{place(row)}: time {cells[row]!r} is rounded; write it with all its digits, or "
            f"{OTHER_COLUMN}"
        )


def _cut(count: pl.Series, per_second: int) -> tuple[pl.Series, pl.Series | None]:
    if per_second == 1:
        return count, None
    return _shown(count // per_second, count % per_second * (10**9 // per_second))


def _shown(second: pl.Series, nanosecond: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    return second, nanosecond.cast(pl.Int32) if (nanosecond != 0).any() else None


def _checked(
    second: pl.Series, nanosecond: pl.Series | None, form: str, cells: pl.Series, place: Place
) -> Times:
    """Refuses dates that stand for none: of other centuries, and 1970 or before among later."""
    outside = (second < FIRST) | (second >= LAST)
    early = second < 86_400
    if not early.all():
        outside |= early
    if outside.any():
        row = first(outside)
        shown = cells if -60e9 < second[row] < 250e9 else cells.to_physical()  # Years of Python.
        least = "1900" if early.all() else "1970-01-02"
        raise InputError(
            f"{place(row)}: time {str(shown[row])!r} is not from {least} to 2100: "
            f"{int(outside.sum()):,} of {len(cells):,} times; remove what is no time, or "
            f"{OTHER_COLUMN}"
        )
    return Times(second, nanosecond, form)


def _no_time(cells: pl.Series, row: int, place: Place) -> InputError:
    return InputError(
        f"{place(row)}: time {str(cells[row])!r} is neither unix seconds nor a date such as "
        f"2024-01-31 12:00:00; repair it, or {OTHER_COLUMN}"
    )
