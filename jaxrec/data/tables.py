"""Tables of interactions: CSV, TSV and other delimited text, JSON lines, and Parquet."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.cells import to_ids, to_ratings, to_titles
from jaxrec.data.columns import GUESS, Columns, are_names, choose
from jaxrec.data.json_lines import SUFFIXES, read_json_lines, refuse_nested
from jaxrec.data.text import check_exists, line_of, read_text
from jaxrec.data.times import to_times
from jaxrec.data.titles import guess_title

_TEXT = [".csv", ".tsv", ".txt", ".dat", ".data", ".inter"]


class Cells(NamedTuple):
    """What a file says before it is read as ids, ratings and times.

    Attributes:
      frame: by role, the cells of its column.
      columns: by role, the name of its column.
      ignored: names of the columns that have no role.
      place: where a row stands.
    """

    frame: pl.DataFrame
    columns: dict[str, str]
    ignored: list[str]
    place: Callable[[int], str]


def read_table(path: str | Path, columns: Columns = GUESS, header: bool = True) -> pl.DataFrame:
    """Reads columns ``user`` and ``item``, and ``rating``, ``time``, ``title`` if there are any.

    Ids become Int64 if all are whole numbers, else strings; ratings Float32; times unix seconds,
    with a column ``nanosecond`` if any has a fraction. Rows stand as in the file, but those of one
    second in the order of their exact times. ``.gz`` text is unpacked.

    Args:
      header: False for a text file whose first line is data; its columns are then called
        "1", "2", ... and are user, item, rating and time unless ``columns`` says otherwise.

    Raises:
      InputError: in one line, the file, the line and value, and the repair.
    """
    return typed([read_cells(path, columns, header)])[0]


def read_cells(path: str | Path, columns: Columns = GUESS, header: bool = True) -> Cells:
    """The columns of a file by their roles, as it has them.

    Raises:
      InputError: a file that cannot be read, or columns that cannot be identified.
    """
    path = Path(path)
    check_exists(path)
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    named, nested = suffix not in _TEXT, {}
    if suffix == ".parquet":
        raw = read_parquet(path, "interactions")
    elif suffix in SUFFIXES:
        raw, nested = read_json_lines(path)
    elif suffix in _TEXT:
        raw = read_text(path, header)
    else:
        known = ", ".join([*_TEXT, *SUFFIXES, ".parquet"])
        raise InputError(f"{path} ends in {suffix!r}, not in one of {known}; export it as CSV")
    header = header or named
    chosen = choose(raw.columns, columns, header, str(path))
    if header and columns.title is None and (title := guess_title(raw, chosen)):
        chosen["title"] = title
    for role, name in chosen.items():
        refuse_nested(path, nested, name, role)

    def place(row: int) -> str:
        if named:
            return f"{path} {'row' if suffix == '.parquet' else 'line'} {row + 1}"
        return f"{path} line {line_of(raw, row, 2 if header else 1)}"

    frame = pl.DataFrame({role: raw[name] for role, name in chosen.items()})
    return Cells(frame, chosen, [n for n in raw.columns if n not in chosen.values()], place)


def typed(parts: Sequence[Cells]) -> tuple[pl.DataFrame, list[str]]:
    """Cells of files with the same roles as ids, ratings, times and titles, and remarks on these.

    All files have one type of ids and one unit of times. A column ``split`` stays as it is.

    Raises:
      InputError: a cell that is none of its role, by its file and line.
    """
    frame = _joined([part.frame for part in parts])
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + part.frame.height)

    def place(row: int) -> str:
        part = next(n for n, start in enumerate(starts[1:]) if row < start)
        return parts[part].place(row - starts[part])

    read, remarks = {}, []
    for role in frame.columns:
        cells = frame[role]
        if role in ("user", "item"):
            read[role] = to_ids(cells, role, place)
            remarks += _unified(cells, read[role], role)
        elif role == "rating":
            read[role] = to_ratings(cells, place)
        elif role == "time":
            read[role], nanosecond, form = to_times(cells, place)
            remarks.append(f"times: {form}")
            read |= {} if nanosecond is None else {"nanosecond": nanosecond}
        else:
            read[role] = to_titles(cells, place) if role == "title" else cells
    table = pl.DataFrame(read)
    _refuse_header_rows(table, place)
    return by_exact_time(table), remarks


def by_exact_time(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of one second change places so that their exact times ascend; all others stay.

    >>> times = pl.DataFrame({"time": [5, 9, 5], "nanosecond": [7, 0, 3]})
    >>> by_exact_time(times).rows()
    [(5, 3), (9, 0), (5, 7)]
    """
    if "nanosecond" not in frame.columns:
        return frame
    rows = frame.select("time", "nanosecond").with_row_index("row")
    rows = rows.filter(rows["time"].is_duplicated())
    places = rows.sort("time", maintain_order=True)["row"]
    exact = rows.sort("time", "nanosecond", maintain_order=True)["row"]
    order = pl.int_range(frame.height, dtype=pl.UInt32, eager=True).scatter(places, exact)
    return frame[order]


def read_parquet(path: Path, what: str) -> pl.DataFrame:
    """The table of a Parquet file; refuses an empty one, of what it should hold."""
    try:
        frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path} is no readable Parquet file; write it again") from error
    if not frame.height:
        raise InputError(f"{path} holds no rows; give a table of {what}")
    return frame


def _joined(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    if len(frames) == 1:
        return frames[0]
    types = [frame.drop("split").dtypes for frame in frames]
    if any(kinds != types[0] for kinds in types):  # Of Parquet and text, or of two kinds.
        frames = [frame.with_columns(pl.exclude("split").cast(pl.String)) for frame in frames]
    return pl.concat(frames)


def _unified(cells: pl.Series, ids: pl.Series, role: str) -> list[str]:
    """Says that whole numbers were written in two ways."""
    if cells.dtype != pl.String or ids.dtype != pl.Int64:
        return []
    floats = cells.str.contains(".", literal=True)
    if not floats.any() or floats.all():
        return []
    row = int(floats.arg_true()[0])
    return [
        f"{role} ids: {int(floats.sum()):,} are written like {cells[row]!r} and mean {ids[row]}"
    ]


def _refuse_header_rows(frame: pl.DataFrame, place: Callable[[int], str]) -> None:
    """Refuses rows that name columns, as files have that were joined end to end."""
    if frame["user"].dtype == pl.String and frame["item"].dtype == pl.String:
        users = frame["user"].unique()
        named = frame.with_row_index("row").filter(
            pl.col("user").is_in(users.filter(are_names(users, "user")).implode())
        )
        named = named.filter(are_names(named["item"], "item"))
        if named.height:
            row, user, item = named.select("row", "user", "item").row(0)
            raise InputError(f"{place(row)} is a header ({user}, {item}); remove it")
