"""Cells of one column to ids, ratings or titles, with an error that names the row.

``place(row)`` says where a row stands, such as "ratings.csv line 7".
"""

from collections.abc import Callable

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.cleaning import BLANKS, MISSING, clean

Place = Callable[[int], str]

_WHOLE = r"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]\d\d)?$"
"""Numbers as programs write those that are stored as floats."""
_EXACT = 2**53
"""From here on floats skip whole numbers."""


def to_ids(cells: pl.Series, role: str, place: Place) -> pl.Series:
    """Int64 when all ids are whole numbers, else strings.

    Whole numbers may all be written as floats, as programs do with columns that once had gaps;
    leading zeros and other signs make a column text.

    >>> to_ids(pl.Series(["7", "12"]), "user", str).to_list()
    [7, 12]
    >>> to_ids(pl.Series(["7.0", "12"]), "user", str).to_list()
    [7, 12]
    >>> to_ids(pl.Series(["007", "12"]), "user", str).to_list()
    ['007', '12']

    Raises:
      InputError: a missing id, a word that stands for one, or an id with a line break.
    """
    if (numbers := _integers(cells)) is not None:
        return numbers
    cells = present(cells, role, place)
    if cells.dtype in (pl.Date, pl.Datetime, pl.Time, pl.Boolean):
        return cells.cast(pl.String)
    if cells.dtype != pl.String:
        return _from_numbers(cells, role, place)
    if (numbers := _integers(cells)) is not None:
        return numbers
    different = cells.unique()
    _check_words(cells, different, role, place)
    if different.str.contains(_WHOLE).all() and different.str.contains(".", literal=True).any():
        floats = cells.cast(pl.Float64)
        if is_rounded(different).any():
            row = first(is_rounded(cells))
            raise InputError(
                f"{place(row)}: {role} id {cells[row]!r} is rounded, as spreadsheets do with long "
                "numbers; export the column as text, with all digits"
            )
        if (floats.floor() == floats).all() and (floats.abs() < _EXACT).all():
            return floats.cast(pl.Int64)
    return cells


def is_rounded(cells: pl.Series) -> pl.Series:
    """Which numbers have an exponent and fewer digits than reach down to the unit.

    >>> is_rounded(pl.Series(["4.00638E+12", "1.5e+01", "7"])).to_list()
    [True, False, False]
    """
    power = cells.str.extract(r"[eE]\+?(-?\d+)$").cast(pl.Int64, strict=False).fill_null(0)
    places = cells.str.extract(r"\.(\d*)").fill_null("").str.len_chars().cast(pl.Int64)
    return (power > places) & (cells.str.strip_chars("+-0.eE") != "")


def to_ratings(cells: pl.Series, place: Place) -> pl.Series:
    """Finite Float32; true and false are 1 and 0."""
    numbers = cells.cast(pl.Float32, strict=False) if cells.dtype == pl.String else None
    if numbers is None or not numbers.is_finite().fill_null(False).all():
        cells = present(cells, "rating", place)
        numbers = cells.cast(pl.Float32, strict=False)
        if cells.dtype == pl.String and numbers.null_count() == len(numbers):
            words = cells.str.to_lowercase()
            numbers = numbers.fill_null((words == "true").cast(pl.Float32))
            numbers = numbers.set(~words.is_in(["true", "false"]), None)
    good = numbers.is_finite().fill_null(False)
    if cells.dtype.is_temporal() or not good.all():
        row = 0 if cells.dtype.is_temporal() else first(~good)
        raise InputError(
            f"{place(row)}: rating {cells[row]!r} is not a finite number; "
            "repair it, or choose another column with --rating-column ('' reads none)"
        )
    return numbers


def to_titles(cells: pl.Series, place: Place) -> pl.Series:
    """Strings, null where there is none."""
    try:
        titles = cells.cast(pl.String).str.strip_chars(BLANKS)
    except pl.exceptions.PolarsError as error:  # Of lists, and of bytes that are not UTF-8.
        raise InputError(
            f"{place(0)}: the title column {cells.name!r} holds {cells.dtype}, not text; store one "
            "text per row, or choose another with --title-column ('' reads none)"
        ) from error
    return titles.replace({"": None})


def present(cells: pl.Series, role: str, place: Place) -> pl.Series:
    """Cleans text and refuses missing cells and cells that hold no single value."""
    if isinstance(cells.dtype, pl.Categorical | pl.Enum | pl.Decimal):
        cells = cells.cast(pl.String)
    if cells.dtype == pl.String:
        cells = clean(cells)
        missing = cells.is_null() | (cells == "")
    elif cells.dtype.is_float() and role not in ("rating", "time"):
        missing = cells.is_null() | cells.is_nan()
    elif cells.dtype.is_nested() or cells.dtype in (pl.Binary, pl.Object):
        raise InputError(
            f"{place(0)}: the {role} column {cells.name!r} holds {cells.dtype}; "
            "store one number or text per row"
        )
    else:
        missing = cells.is_null()
    if missing.any():
        row = first(missing)
        raise InputError(f"{place(row)} has no {role}{others(missing)}; fill or remove it")
    return cells


def others(mask: pl.Series) -> str:
    """How many more rows a message about the first of them speaks of."""
    more = int(mask.sum()) - 1
    return f", nor have {more:,} other rows" if more else ""


def first(mask: pl.Series) -> int:
    """The first row of a mask."""
    return int(mask.arg_true()[0])


def _integers(cells: pl.Series) -> pl.Series | None:
    """Int64, if each cell is a whole number in its only spelling."""
    if cells.dtype != pl.String and not cells.dtype.is_integer():
        return None
    numbers = cells.cast(pl.Int64, strict=False)
    if numbers.null_count() or not (numbers.cast(cells.dtype) == cells).all():
        return None
    return numbers


def _from_numbers(cells: pl.Series, role: str, place: Place) -> pl.Series:
    """Ids of a column that holds floats, durations or integers beyond Int64."""
    if not cells.dtype.is_float():
        return cells.cast(pl.Int64 if cells.dtype == pl.Duration else pl.String)
    inexact = ~(cells.abs() < (_EXACT if cells.dtype == pl.Float64 else 2**24))
    if inexact.any():
        row = first(inexact)
        raise InputError(
            f"{place(row)} has the {role} {cells[row]!r}, and {cells.dtype} rounds ids of this "
            "size; store them as integers or text"
        )
    whole = (cells.floor() == cells).all()
    return cells.cast(pl.Int64 if whole else pl.String)


def _check_words(cells: pl.Series, different: pl.Series, role: str, place: Place) -> None:
    """Refuses what is no id; ``different`` holds each of ``cells`` once."""
    faults = {
        "as programs write a missing one; remove the row, or rename what is really called so": (
            lambda ids: ids.is_in(MISSING)
        ),
        "which holds a line break or another control character; pair the quotes": (
            lambda ids: ids.str.contains(r"[\x00-\x1f\x7f\x85\u{2028}\u{2029}]")
        ),
        "with a quote that does not close; pair it": (
            lambda ids: (
                (ids.str.starts_with('"') | ids.str.ends_with('"'))
                & (ids.str.contains('""', literal=True) | (ids.str.count_matches('"') % 2 == 1))
            )
        ),
        "as comments begin; remove the line": lambda ids: ids.str.contains(r"^[#%](\s|$)"),
    }
    for fault, at in faults.items():
        if at(different).any():
            wrong = at(cells)
            row, more = first(wrong), int(wrong.sum()) - 1
            also = f" ({more:,} more like it)" if more else ""
            raise InputError(f"{place(row)} has {cells[row]!r} for the {role}{also}, {fault}")
