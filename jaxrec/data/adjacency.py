"""Lists ``user item item ...``, a line a user, and folders that fix their own split."""

from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.data.cells import to_ids
from jaxrec.data.columns import GUESS, Columns, refuse_given
from jaxrec.data.tables import check_exists, read_table
from jaxrec.data.text import decode, read_bytes

PARTS = {"train.txt": 0, "valid.txt": 1, "test.txt": 2}


def read_adjacency(path: str | Path) -> pl.DataFrame:
    """Reads columns ``user`` and ``item``, Int64 if all ids are plain integers, else strings.

    Blanks or tabs separate ids. A user without items adds no row.

    Raises:
      InputError: bytes that are not UTF-8, commas between ids, or no items at all.
    """
    path = Path(path)
    check_exists(path)
    lines = decode(path, read_bytes(path)).split("\n")
    fields = [line.split() for line in lines]
    for number, line in enumerate(fields, 1):
        if len(line) == 1 and "," in line[0]:
            raise InputError(f"{path} line {number} has commas; separate its ids by blanks")
    users = [line[0] for line in fields if line]
    n_items = np.array([len(line) - 1 for line in fields if line])
    if not n_items.sum():
        raise InputError(f"{path} lists no items; write a line a user, 'user item item ...'")
    items = list(chain.from_iterable(line[1:] for line in fields))
    place = lambda row: f"{path} entry {row + 1}"
    user = to_ids(pl.Series(users), "user", place).gather(np.repeat(np.arange(len(users)), n_items))
    return pl.DataFrame({"user": user, "item": to_ids(pl.Series(items), "item", place)})


def read_split_folder(
    folder: str | Path, columns: Columns = GUESS, header: bool = True
) -> pl.DataFrame:
    """Reads train.txt, test.txt and, if there, valid.txt; column ``split`` is 0, 2 and 1.

    The files hold lists, or tables as ``read_table`` takes them (with ``columns`` and
    ``header``): tables have tabs or commas, or equally short lines that repeat a user.

    Raises:
      InputError: no such folder, files of different columns, columns or no header given of lists.
    """
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
    frames = []
    for name, part in PARTS.items():
        if (path := folder / name).is_file():
            frame = read_table(path, columns, header) if table else read_adjacency(path)
            frames.append(frame.with_columns(split=pl.lit(part, pl.Int8)))
    for role in ("user", "item"):
        if len({frame[role].dtype for frame in frames}) > 1:
            frames = [frame.with_columns(pl.col(role).cast(pl.String)) for frame in frames]
    if len({tuple(frame.columns) for frame in frames}) > 1:
        raise InputError(f"{folder}: its files have different columns; give them the same")
    return pl.concat(frames)


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
