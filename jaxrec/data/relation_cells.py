"""The columns of a file or a table of edges: two ends, and the kind and weight of an edge."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.columns import key
from jaxrec.data.ids import find
from jaxrec.data.json_lines import is_json_lines, read_json_lines, refuse_nested
from jaxrec.data.memory import table_of
from jaxrec.data.tables import read_parquet
from jaxrec.data.text import check_exists, line_of, read_rows, under_header


class EdgeColumns(NamedTuple):
    """Which columns to read; ``None`` is the two that are left, or no kind and no weight."""

    ends: tuple[str, str] | None = None
    kind: str | None = None
    weight: str | None = None

    def named(self) -> dict[str, str]:
        """Those that are named, by role."""
        ends = {} if self.ends is None else dict(zip(("source", "target"), self.ends, strict=True))
        others = {"kind": self.kind, "weight": self.weight}
        return ends | {role: name for role, name in others.items() if name is not None}


class EdgeCells(NamedTuple):
    """Cells as they are written.

    Attributes:
      frame: columns source and target, and kind and weight where they are read.
      name: of the file or table.
      place: where a row stands.
    """

    frame: pl.DataFrame
    name: str
    place: Callable[[int], str]


def edge_cells(
    table: Any,
    columns: EdgeColumns,
    header: bool | None,
    known: Sequence[pl.Series | None],
) -> EdgeCells:
    """Reads a file (text, Parquet, JSON lines) or a table in memory.

    Args:
      header: whether the first line of a text names its columns; None finds out.
      known: the ids of the source's and the target's type, where there are any: a line with one of
        them is no header.

    Raises:
      InputError: in one line, what is wrong with the file or its columns.
    """
    if not isinstance(table, str | Path):
        read = table_of(table, "frame")
        chosen = _choose(read.names, columns, "frame")
        frame = pl.DataFrame({role: read.column(name) for role, name in chosen.items()})
        return EdgeCells(frame, "frame", lambda row: f"frame row {row} (the first is 0)")
    path = Path(table)
    check_exists(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; give a file of edges")
    nested, by_name = {}, True
    if path.suffix.lower() == ".parquet":
        raw, place = read_parquet(path, "edges"), lambda row: f"{path} row {row + 1}"
    elif is_json_lines(path):
        (raw, nested), place = read_json_lines(path), lambda row: f"{path} line {row + 1}"
    else:
        rows = read_rows(path)
        by_name = _has_header(path, rows, columns, known) if header is None else header
        raw, first = (under_header(path, rows), 2) if by_name else (rows, 1)
        place = lambda row: f"{path} line {line_of(raw, row, first)}"
    chosen = _choose(raw.columns, columns, str(path), by_name)
    for role, name in chosen.items():
        refuse_nested(path, nested, name, role)
    return EdgeCells(pl.DataFrame({r: raw[n] for r, n in chosen.items()}), path.name, place)


def _choose(
    names: Sequence[str], columns: EdgeColumns, place: str, by_name: bool = True
) -> dict[str, str]:
    """The name of the column of each role; without names the first two left are the ends."""
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    chosen: dict[str, str] = {}
    for role, wanted in columns.named().items():
        match = [name for name in names if name == wanted]
        match = match or [name for name in names if key(name) == key(wanted)]
        if len(match) != 1:
            raise InputError(f"{place} has no column {wanted!r} for the {role}; it has {listed}")
        chosen[role] = match[0]
    left = [name for name in names if name not in chosen.values()]
    if columns.ends is None:
        if len(left) < 2 or (by_name and len(left) > 2):
            raise InputError(
                f"{place} has the columns {listed}; leave the two of the ends, or name them "
                "in Python: read_relation(..., columns=('from', 'to'))"
            )
        chosen |= {"source": left[0], "target": left[1]}
    if len(set(chosen.values())) < len(chosen):
        roles = ", ".join(f"{role}={name!r}" for role, name in chosen.items())
        raise InputError(f"{place}: {roles} give one column two roles; its columns are {listed}")
    return chosen


def _has_header(
    path: Path, rows: pl.DataFrame, columns: EdgeColumns, known: Sequence[pl.Series | None]
) -> bool:
    """Whether the first line names columns: none of its ends is an id, a number, or there again."""
    named = [name for name in columns.named().values() if name not in rows.columns]
    if named:
        return True
    chosen = _choose(rows.columns, columns, str(path), by_name=False)
    for role, ids in zip(("source", "target"), known, strict=True):
        column = rows[chosen[role]]
        cell = column[0] or ""
        if re.match(r"-?\d", cell) or (column.slice(1) == cell).any():
            return False
        if ids is not None and find(ids, [cell])[0][0] >= 0:
            return False
    if known[0] is None and known[1] is None:
        raise InputError(
            f"{path} line 1 ({' '.join(cell or '' for cell in rows.row(0))[:60]}) may be a header "
            "or an edge; say header=True or header=False"
        )
    return True
