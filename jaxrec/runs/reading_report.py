"""What a person is told of how their data were read."""

import datetime

from jaxrec.data import Dataset, Reading
from jaxrec.data.columns import key
from jaxrec.data.times import EARLY

DROPPED = {
    "label_zero": "labels of 0, shown and not taken",
    "below_min_rating": "below --min-rating",
    "duplicate_rows": "repeated rows",
    "repeated_pairs": "further interactions of a pair",
    "dropped_by_k_core": "outside the k-core",
}
"""Steps of ``data.load`` by the names of their counts."""
YES_OR_NO = tuple(
    "click clicked isclick isclicked like liked islike purchase purchased ispurchase bought "
    "converted conversion target".split()
)
"""Names of columns that may say whether anything happened, in lower case."""


def reading_lines(dataset: Dataset) -> list[str]:
    """A line each on columns, ratings, times, doubtful ids and rows dropped."""
    reading = dataset.reading
    lines = [] if reading is None else [*_columns(reading), *_ranges(reading), *reading.remarks]
    dropped = [
        f"{dataset.counts[name]:,} {words}"
        for name, words in DROPPED.items()
        if dataset.counts.get(name) and not (name == "repeated_pairs" and dataset.repeats)
    ]
    if "rows_read" in dataset.counts:
        read = f"{dataset.counts['rows_read']:,} rows read"
        lines.append(f"{read}, dropped: {', '.join(dropped) or 'none'}")
    if (n_sessions := dataset.counts.get("sessions")) is not None:
        lines.append(f"sessions: {n_sessions:,}, cut by --session-gap; they stand for users")
    return lines


def _columns(reading: Reading) -> list[str]:
    if not reading.columns:
        return []
    chosen = ", ".join(f"{role}={name}" for role, name in reading.columns.items())
    listed = ", ".join(reading.ignored[:12]) + (", ..." if len(reading.ignored) > 12 else "")
    lines = [f"columns: {chosen}; ignored: {listed or 'none'}"]
    if "rating" not in reading.columns:
        lines += [
            f"column {name} is not read, and every row counts as an interaction; where its 0 says "
            f"that there was none, give --rating-column {name}"
            for name in reading.ignored
            if key(name) in YES_OR_NO
        ]
    return lines


def _ranges(reading: Reading) -> list[str]:
    lines = []
    if reading.rating is not None:
        least, greatest = reading.rating
        low = f"{reading.zero:,} are 0, {reading.negative:,} negative"
        lines.append(f"ratings: {least:g} to {greatest:g}; {low}")
    if reading.time is not None:
        dated = max(map(abs, reading.time)) >= EARLY
        first, last = (_date(time) if dated else f"{time:,}" for time in reading.time)
        lines.append(f"time: {first} to {last}{' UTC' if dated else ''}")
    return lines


def _date(time: int) -> str:
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=time)
    return f"{moment:%Y-%m-%d %H:%M:%S}"
