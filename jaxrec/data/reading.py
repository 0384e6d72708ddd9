"""What was read: columns and their roles, ranges of ratings and times, and doubtful ids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl


@dataclass(frozen=True)
class Reading:
    """How the rows of a file were understood, before any filter.

    Attributes:
      columns: by role, the name of the column; empty for lists and known data sets.
      ignored: names of columns that have no role.
      rating: the least and the greatest, if there are ratings.
      zero, negative: how many ratings are such.
      time: the first and the last, unix seconds, if there are times.
      fractions: whether some times lie between whole seconds.
      remarks: a line each about units, dates and ids that are worth a look.
    """

    columns: dict[str, str]
    ignored: tuple[str, ...]
    rating: tuple[float, float] | None
    zero: int
    negative: int
    time: tuple[int, int] | None
    fractions: bool
    remarks: tuple[str, ...]


def reading_of(
    frame: pl.DataFrame,
    columns: dict[str, str] | None = None,
    ignored: Sequence[str] = (),
    remarks: Sequence[str] = (),
) -> Reading:
    """Describes columns rating and time of a frame as it was read.

    >>> reading_of(pl.DataFrame({"user": [1, 2], "item": [3, 4], "rating": [0.0, 5.0]})).rating
    (0.0, 5.0)
    """
    rating = frame["rating"] if "rating" in frame.columns else pl.Series([], dtype=pl.Float32)
    time = frame["time"] if "time" in frame.columns else pl.Series([], dtype=pl.Int64)
    return Reading(
        dict(columns or {}),
        tuple(ignored),
        (rating.min(), rating.max()) if len(rating) else None,  # type: ignore
        int((rating == 0).sum()),
        int((rating < 0).sum()),
        (time.min(), time.max()) if len(time) else None,  # type: ignore
        "nanosecond" in frame.columns,
        tuple(remarks),
    )


def with_ids(reading: Reading, user_ids: pl.Series, item_ids: pl.Series) -> Reading:
    """Adds remarks on ids, each of which stands once, that look as if two were one."""
    found = [*_doubtful(user_ids, "user"), *_doubtful(item_ids, "item")]
    return replace(reading, remarks=(*reading.remarks, *found))


def _doubtful(ids: pl.Series, role: str) -> list[str]:
    if ids.dtype != pl.String:
        return []
    found = []
    whole = ids.str.contains(r"^\d+$")
    if 2 * whole.sum() >= len(ids) and not whole.all():
        odd = ids.filter(~whole)
        found.append(
            f"{role} ids are text: {len(odd):,} of {len(ids):,}, such as {odd[0]!r}, are no whole "
            "numbers"
        )
    spellings = {
        "in leading zeros": ids.filter(whole).str.replace(r"^0+(\d)", "$1"),
        "in case": ids.str.to_lowercase(),
        "in a decimal point": ids.str.replace(r"^(\d+)\.0+$", "$1"),
    }
    for where, plain in spellings.items():
        table = pl.DataFrame(
            {"id": ids.filter(whole) if len(plain) < len(ids) else ids, "as": plain}
        )
        alike = table.filter(pl.col("as").is_duplicated())
        if alike.height:
            pair = alike.filter(pl.col("as") == alike["as"][0])["id"].head(2).to_list()
            found.append(
                f"{role} ids {pair[0]!r} and {pair[1]!r} differ {where} alone and count as two; "
                f"{alike.height:,} ids are like that"
            )
    return found
