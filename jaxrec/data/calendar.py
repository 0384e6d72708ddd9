"""Dates in one calendar form to unix seconds and nanoseconds."""

from collections.abc import Callable, Sequence

import polars as pl

from jaxrec.base import InputError

_CLOCKS = ("", " %H:%M:%S%.f", "T%H:%M:%S%.f", " %H:%M", "T%H:%M")
_FORMS = {
    "year first": [f"%Y{mark}%m{mark}%d{clock}" for mark in "-/." for clock in _CLOCKS],
    "year first with a time zone": [
        f"%Y{mark}%m{mark}%d{clock}%#z" for mark in "-/." for clock in _CLOCKS[1:]
    ],
    "day first": [f"%d{mark}%m{mark}%Y{clock}" for mark in "/.-" for clock in _CLOCKS],
    "month first": [f"%m{mark}%d{mark}%Y{clock}" for mark in "/.-" for clock in _CLOCKS],
}

Found = tuple[pl.Series, pl.Series | None, str]
"""Seconds, nanoseconds beyond them if any, and the form."""


def from_digits(numbers: pl.Series) -> tuple[pl.Series, None, str] | None:
    """Dates written as 20240131, with hours, minutes and seconds behind or not; None if not all.

    As unix times they would lie in 1970, after 2030, in 1976, and after 2100.
    """
    low, high = numbers.min(), numbers.max()
    for width in (8, 10, 12, 14):
        scale = 10 ** (width - 4)
        if 1900 * scale <= low and high < 2100 * scale and (numbers.floor() == numbers).all():  # type: ignore
            text = numbers.cast(pl.Int64).cast(pl.String).str.pad_end(14, "0")
            parsed = text.str.to_datetime("%Y%m%d%H%M%S", strict=False, time_unit="us")
            if not parsed.null_count():
                form = "YYYYMMDDHHMMSS"[:width]
                return parsed.dt.epoch("s"), None, f"dates as {form}, read as UTC"
    return None


def year_last(numbers: pl.Series) -> bool:
    """Whether all look like dates written as 31012024 or 01312024, first zeros dropped or not."""
    year, rest = numbers % 10_000, numbers // 10_000
    first, second = rest // 100, rest % 100
    days = first.is_between(1, 31) & second.is_between(1, 31)
    months = first.is_between(1, 12) | second.is_between(1, 12)
    return bool((year.is_between(1900, 2099) & days & months).all())


def from_text(text: pl.Series, place: Callable[[int], str], repair: str) -> Found | int:
    """Dates in the one form that reads all of them, or the row of the first that none reads.

    Raises:
      InputError: several forms, or days and months that could change places.
    """
    text = _plain(text)
    read = {}
    for form, styles in _FORMS.items():
        read[form] = _parsed(text, styles)
        if form.startswith("year") and not read[form].null_count():
            break
    if all(found.null_count() for found in read.values()):
        read = {form: _parsed(text, styles, sampled=False) for form, styles in _FORMS.items()}
    unread = pl.select(pl.all_horizontal(*(found.is_null() for found in read.values())))
    if unread.to_series().any():
        return int(unread.to_series().arg_true()[0])
    whole = [form for form, found in read.items() if not found.null_count()]
    if not whole:
        n_of = {form: len(text) - found.null_count() for form, found in read.items()}
        listed = ", ".join(f"{n:,} {form}" for form, n in n_of.items() if n)
        row = int(read[max(n_of, key=lambda form: n_of[form])].is_null().arg_true()[0])
        raise InputError(
            f"{place(row)}: time {text[row]!r} is written otherwise than others ({listed}); write "
            f"all in one form, or {repair}"
        )
    differ = (read[whole[0]] != read[whole[-1]]).arg_true()
    if len(differ):
        row = int(differ[0])
        days = [read[form].cast(pl.Datetime("us")).dt.strftime("%Y-%m-%d")[row] for form in whole]
        raise InputError(
            f"{place(row)}: time {text[row]!r} may be {' or '.join(days)}, and no other time tells "
            f"which; write the year first, or {repair}"
        )
    zoned = whole[0].endswith("zone")
    form = f"dates, {whole[0]}{'' if zoned else ', read as UTC'}"
    return (*_seconds(read[whole[0]], text), form)


def _plain(text: pl.Series) -> pl.Series:
    """With a point before fractions, and UTC written as Z."""
    if text.str.contains(":").any():
        if text.str.contains(",", literal=True).any():
            text = text.str.replace(r"(:\d\d),(\d)", "$1.$2")
        if text.str.contains(r"[CTz]$").any():
            text = text.str.replace(r" ?(UTC|GMT|z)$", "Z")
        if text.str.contains(r"\d +[+-]").any():
            text = text.str.replace(r"(:[\d.]+) +([+-])", "$1$2")
    return text


def _parsed(text: pl.Series, styles: Sequence[str], sampled: bool = True) -> pl.Series:
    """Unix microseconds by the first of the styles that reads a cell; null where none does.

    By samples, only styles that read the first cell that is left are tried on all.
    """
    found = pl.repeat(None, len(text), dtype=pl.Int64, eager=True)
    for style in styles:
        left = found.is_null().arg_true()
        if len(left) and not (sampled and _read(text.gather(left[:1]), style).null_count()):
            found = found.scatter(left, _read(text.gather(left), style))
    return found


def _read(text: pl.Series, style: str) -> pl.Series:
    """Unix microseconds, null where the style does not fit."""
    moments = text.str.to_datetime(style, strict=False, time_unit="us", time_zone="UTC")
    return moments.dt.epoch("us")


def _seconds(found: pl.Series, text: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    second, nanosecond = found // 10**6, found % 10**6 * 1000
    beyond = text.str.extract(r"\.\d{6}(\d{1,3})") if text.str.contains(r"\.\d{7}").any() else None
    if beyond is not None:
        nanosecond += beyond.fill_null("").str.pad_end(3, "0").cast(pl.Int64)
    return second, nanosecond.cast(pl.Int32) if (nanosecond != 0).any() else None
