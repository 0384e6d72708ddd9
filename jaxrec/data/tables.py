"""Tables of interactions: CSV, TSV and other delimited text, and Parquet."""

import difflib
from pathlib import Path

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.cells import to_ids, to_ratings, to_times, to_titles
from jaxrec.data.columns import GUESS, Columns, choose
from jaxrec.data.text import line_of, read_text

_TEXT = [".csv", ".tsv", ".txt", ".dat", ".data", ".inter"]


def read_table(path: str | Path, columns: Columns = GUESS, header: bool = True) -> pl.DataFrame:
    """Reads columns ``user`` and ``item``, and ``rating``, ``time``, ``title`` if there are any.

    Ids become Int64 if all are plain integers, else strings; ratings Float32; times unix
    seconds. ``.gz`` text is unpacked.

    Args:
      header: False for a text file whose first line is data; its columns are then called
        "1", "2", ... and are user, item, rating and time unless ``columns`` says otherwise.

    Raises:
      InputError: in one line, the file, the line and value, and the repair.
    """
    path = Path(path)
    check_exists(path)
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if suffix == ".parquet":
        raw, header = read_parquet(path, "interactions"), True
    elif suffix in _TEXT:
        raw = read_text(path, header)
    else:
        known = ", ".join([*_TEXT, ".parquet"])
        raise InputError(f"{path} ends in {suffix!r}, not in one of {known}; export it as CSV")
    chosen = choose(raw.columns, columns, header, str(path))

    def place(row: int) -> str:
        if suffix == ".parquet":
            return f"{path} row {row + 1}"
        return f"{path} line {line_of(raw, row, 2 if header else 1)}"

    read = {
        "user": lambda cells: to_ids(cells, "user", place),
        "item": lambda cells: to_ids(cells, "item", place),
        "rating": lambda cells: to_ratings(cells, place),
        "time": lambda cells: to_times(cells, place),
        "title": lambda cells: to_titles(cells, place),
    }
    return pl.DataFrame({role: read[role](raw[name]) for role, name in chosen.items()})


def read_parquet(path: Path, what: str) -> pl.DataFrame:
    """The table of a Parquet file; refuses an empty one, of what it should hold."""
    try:
        frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path} is no readable Parquet file; write it again") from error
    if not frame.height:
        raise InputError(f"{path} holds no rows; give a table of {what}")
    return frame


def check_exists(path: Path) -> None:
    """Refuses a path that leads nowhere, naming the nearest that is there."""
    if not path.exists():
        there = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, there, n=3)
        hint = f"near it lie {', '.join(near)}" if near else "check the spelling and the folder"
        raise InputError(f"{path} does not exist; {hint}")
