"""Files of triples: tables with a fact a line, and folders that fix their own split."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.adjacency import PARTS
from jaxrec.data.tables import check_exists
from jaxrec.data.text import decode, line_of, read_bytes, read_text
from jaxrec.data.triples import ROLES

_NAMES = {
    "head": ("head", "subject", "source", "h", "s"),
    "relation": ("relation", "predicate", "rel", "r", "p"),
    "tail": ("tail", "object", "target", "t", "o"),
}
_NUMBERED = {"train2id.txt": 0, "valid2id.txt": 1, "test2id.txt": 2}


def read_triples(path: str | Path) -> pl.DataFrame:
    """Reads columns ``head``, ``relation`` and ``tail`` as text; ``.gz`` is unpacked.

    A first line that names all three columns is a header, and they may stand in any order among
    others; without one the file has three columns.

    Raises:
      InputError: in one line, the file, the line and the repair.
    """
    path = Path(path)
    check_exists(path)
    frame = read_text(path, header=False)
    first = [str(cell).strip().strip('"').lower() for cell in frame.row(0)]
    found = {role: [n for n, cell in enumerate(first) if cell in _NAMES[role]] for role in ROLES}
    header = all(found.values())
    if header:
        frame = frame.slice(1)
        if frame.is_empty():
            raise InputError(f"{path} holds a header and no triples; give one a line")
        columns = [frame.columns[found[role][0]] for role in ROLES]
    else:
        columns = frame.columns
    if len(columns) != 3:
        raise InputError(
            f"{path} has {len(columns)} columns; give three, head relation tail, or a first line "
            "that names them"
        )
    frame = frame.select(pl.col(columns).str.strip_chars())
    frame.columns = list(ROLES)
    return _present(frame, lambda row: f"{path} line {line_of(frame, row, 2 if header else 1)}")


def read_triple_folder(folder: str | Path) -> pl.DataFrame:
    """Reads the parts of a benchmark; column ``split`` is 0 train, 1 validation and 2 test.

    Either train.txt, test.txt and, if there, valid.txt as ``read_triples`` takes them, or the
    numbered form of OpenKE: entity2id.txt, relation2id.txt, and train2id.txt, ... whose lines are
    *head tail relation*, each file with its count on the first line.

    Raises:
      InputError: no training triples, or a triple that names what the lists of ids do not have.
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
    read = _numbered(folder) if numbered else read_triples
    frames = [
        read(folder / name).with_columns(split=pl.lit(part, pl.Int8))
        for name, part in (_NUMBERED if numbered else PARTS).items()
        if (folder / name).is_file()
    ]
    return pl.concat(frames)


def read_links(path: str | Path) -> pl.DataFrame:
    """Reads columns ``item`` and ``entity`` as text: the two columns of a file without header.

    Raises:
      InputError: not two columns, or an empty cell.
    """
    path = Path(path)
    check_exists(path)
    frame = read_text(path, header=False)
    if frame.width != 2:
        raise InputError(f"{path} has {frame.width} columns; give two, item and entity")
    frame = frame.select(pl.all().str.strip_chars())
    frame.columns = ["item", "entity"]
    return _present(frame, lambda row: f"{path} line {line_of(frame, row, 1)}")


def _numbered(folder: Path) -> Callable[[Path], pl.DataFrame]:
    """A reader of numbered triples, by the names that the folder's lists give them."""
    names = {what: _counted(folder / f"{what}2id.txt", 2) for what in ("entity", "relation")}

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


def _present(frame: pl.DataFrame, place: Callable[[int], str]) -> pl.DataFrame:
    for name in frame.columns:
        missing = (frame[name].is_null() | (frame[name] == "")).arg_true()
        if len(missing):
            raise InputError(f"{place(int(missing[0]))} has no {name}; fill or remove it")
    return frame
