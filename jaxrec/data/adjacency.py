"""Lists ``user item item ...``, a line a user, and folders that fix their own split."""

import re
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.data.cleaning import BLANKS
from jaxrec.data.columns import GUESS, Columns, refuse_given
from jaxrec.data.tables import Cells, read_cells, typed
from jaxrec.data.text import check_exists, decode, read_bytes

PARTS = {"train.txt": 0, "valid.txt": 1, "test.txt": 2}


def read_adjacency(path: str | Path) -> pl.DataFrame:
    """Reads columns ``user`` and ``item``, Int64 if all ids are whole numbers, else strings.

    Blanks or tabs separate ids. A user without items adds no row.

    Raises:
      InputError: bytes that are not UTF-8, commas between ids, or no items at all.
    """
    return typed([_list_cells(Path(path))])[0]


def read_split_folder(
    folder: str | Path, columns: Columns = GUESS, header: bool = True
) -> pl.DataFrame:
    """Reads train.txt, test.txt and, if there, valid.txt; column ``split`` is 0, 2 and 1.

    The files hold lists, or tables as ``read_table`` takes them (with ``columns`` and
    ``header``): tables have tabs or commas, or equally short lines that repeat a user.

    Raises:
      InputError: no such folder, files of different columns, columns or no header given of lists.
    """
    return typed(read_parts(folder, columns, header))[0]


def read_parts(folder: str | Path, columns: Columns = GUESS, header: bool = True) -> list[Cells]:
    """The cells of train.txt, valid.txt and test.txt, each with a column ``split``."""
    folder = Path(folder)
    check_exists(folder)
    for name in ("train.txt", "test.txt"):
        if not (folder / name).is_file():
            there = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
            raise InputError(
                f"{folder} is a folder without {name} (it holds {there}); "
                "give one file, or a folder with train.txt and test.txt"
            )
    table = holds_tables(folder)
    if not table:
        repair = "leave that out, or separate the columns of a table by tabs"
        refuse_given(columns, header, f"{folder} holds lists 'user item item ...'", repair)
    parts = []
    for name, part in PARTS.items():
        if (path := folder / name).is_file():
            cells = read_cells(path, columns, header) if table else _list_cells(path)
            split = cells.frame.with_columns(split=pl.lit(part, pl.Int8))
            parts.append(cells._replace(frame=split))
    if table:  # Of a title, each file alone may say that it is none of items.
        titled = all("title" in part.frame.columns for part in parts)
        parts = parts if titled else [_without_title(part) for part in parts]
    if len({tuple(part.frame.columns) for part in parts}) > 1:
        raise InputError(f"{folder}: its files have different columns; give them the same")
    return parts


def holds_tables(folder: Path) -> bool:
    """Whether a folder's train.txt is a table, as ``read_split_folder`` tells it from lists."""
    path = folder / "train.txt"
    lines = decode(path, read_bytes(path)).split("\n", 1000)[:1000]
    if "\t" in lines[0] or "," in lines[0]:
        return True
    fields = [line.split() for line in lines if line.strip()]
    users = {line[0] for line in fields}
    return (
        len({len(line) for line in fields}) == 1
        and 2 <= len(fields[0]) <= 4
        and len(users) < len(fields)
    )


def _list_cells(path: Path) -> Cells:
    check_exists(path)
    text = decode(path, read_bytes(path))
    # Other white space may stand inside an id.
    parted = str.split if text.isascii() else lambda line: re.findall("[^ \t]+", line.strip(BLANKS))
    fields = [parted(line) for line in text.split("\n")]
    for number, line in enumerate(fields, 1):
        if len(line) == 1 and "," in line[0]:
            raise InputError(f"{path} line {number} has commas; separate its ids by blanks")
        if line and line[0] in ("#", "%"):
            raise InputError(f"{path} line {number} is a comment; remove it")
    n_items = np.array([max(len(line) - 1, 0) for line in fields])
    if not n_items.sum():
        raise InputError(f"{path} lists no items; write a line a user, 'user item item ...'")
    users = pl.Series([line[0] if line else "" for line in fields])
    items = pl.Series(list(chain.from_iterable(line[1:] for line in fields)))
    numbers = np.repeat(np.arange(len(fields)), n_items)
    frame = pl.DataFrame({"user": users.gather(numbers), "item": items})
    return Cells(frame, {}, [], lambda row: f"{path} line {numbers[row] + 1}")


def _without_title(part: Cells) -> Cells:
    if "title" not in part.frame.columns:
        return part
    columns, title = dict(part.columns), part.columns["title"]
    del columns["title"]
    return Cells(part.frame.drop("title"), columns, [*part.ignored, title], part.place)
