"""Folders of triples that fix their own split: files of triples, or of OpenKE's numbers."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.data.adjacency import PARTS
from jaxrec.data.text import check_exists, decode, read_bytes
from jaxrec.data.triple_files import as_text, triple_cells
from jaxrec.data.triples import ROLES

_NUMBERED = {"train2id.txt": 0, "valid2id.txt": 1, "test2id.txt": 2}


def read_triple_folder(folder: str | Path) -> pl.DataFrame:
    """Reads the parts of a benchmark; column ``split`` is 0 train, 1 validation and 2 test.

    Either train.txt, test.txt and, if there, valid.txt as ``read_triples`` takes them, or the
    numbered form of OpenKE: entity2id.txt, relation2id.txt, and train2id.txt, ... whose lines are
    *head tail relation*, each file with its count on the first line.

    Raises:
      InputError: no training triples, a triple that names what the lists of ids do not have, or
        a number of two names.
    """
    folder = Path(folder)
    check_exists(folder)
    numbered = (folder / "train2id.txt").is_file()
    if not numbered and not (folder / "train.txt").is_file():
        there = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        raise InputError(
            f"{folder} is a folder without train.txt or train2id.txt (it holds {there}); "
            "give a file of triples, or a folder with these"
        )
    names = _NUMBERED if numbered else PARTS
    files = [(folder / name, part) for name, part in names.items() if (folder / name).is_file()]
    if numbered:
        read = _numbered(folder)
        frames = [read(path) for path, _ in files]
        triples = pl.concat(frames)
    else:
        parts = [triple_cells(path) for path, _ in files]
        frames = [cells for cells, _ in parts]
        triples = as_text(pl.concat(frames), _place(parts))
    split = np.repeat([part for _, part in files], [frame.height for frame in frames])
    return triples.with_columns(split=pl.Series(split, dtype=pl.Int8))


def _place(parts: Sequence[tuple[pl.DataFrame, Callable[[int], str]]]) -> Callable[[int], str]:
    """Where a row of all parts stands."""

    def place(row: int) -> str:
        for cells, where in parts:
            if row < cells.height:
                return where(row)
            row -= cells.height
        raise IndexError(row)

    return place


def _numbered(folder: Path) -> Callable[[Path], pl.DataFrame]:
    """A reader of numbered triples, by the names that the folder's lists give them."""
    names = {what: _names(folder / f"{what}2id.txt") for what in ("entity", "relation")}

    def read(path: Path) -> pl.DataFrame:
        frame = _counted(path, 3)
        frame.columns = ["head", "tail", "relation"]
        for role in ROLES:
            table = names["relation" if role == "relation" else "entity"]
            table = table.select(pl.col("1").alias("name"), pl.col("2").alias(role))
            frame = frame.join(table, on=role, how="left", maintain_order="left")
            unknown = frame["name"].is_null().arg_true()
            if len(unknown):
                raise InputError(
                    f"{path} line {unknown[0] + 2}: {role} {frame[role][unknown[0]]!r} is not in "
                    f"{'relation' if role == 'relation' else 'entity'}2id.txt; add it there"
                )
            frame = frame.with_columns(pl.col("name").alias(role)).drop("name")
        return frame.select(ROLES)

    return read


def _names(path: Path) -> pl.DataFrame:
    """Names and their numbers, each of one name."""
    table = _counted(path, 2)
    twice = table.filter(table["2"].is_duplicated())
    if twice.height:
        number = twice["2"][0]
        first, second = twice.filter(pl.col("2") == number)["1"].head(2)
        raise InputError(f"{path} gives the number {number} to {first!r} and {second!r}; keep one")
    return table


def _counted(path: Path, width: int) -> pl.DataFrame:
    """Rows of a file whose first line is their number; columns 1, 2, ..."""
    check_exists(path)
    lines = decode(path, read_bytes(path)).split("\n")
    cells = [line.split() for line in lines[1:] if line.strip()]
    wrong = [n for n, row in enumerate(cells) if len(row) != width]
    if wrong:
        raise InputError(
            f"{path} line {wrong[0] + 2} has {len(cells[wrong[0]])} values; give {width}"
        )
    if not cells or not lines[0].strip().isdigit() or int(lines[0]) != len(cells):
        raise InputError(
            f"{path} line 1 is {lines[0].strip()!r} but {len(cells)} lines follow; "
            "write their number there"
        )
    columns = zip(*cells, strict=True)
    return pl.DataFrame({str(n + 1): list(column) for n, column in enumerate(columns)})
