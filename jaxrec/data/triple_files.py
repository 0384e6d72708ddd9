"""Files of triples and of links: delimited text with a fact a line, JSON lines, and Parquet."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.cells import to_ids
from jaxrec.data.cleaning import clean
from jaxrec.data.columns import plain_name
from jaxrec.data.json_lines import is_json_lines, read_json_lines, refuse_nested
from jaxrec.data.tables import read_parquet
from jaxrec.data.text import check_exists, line_of, read_text, refuse_repeated_header
from jaxrec.data.triples import ROLES

_NAMES = {
    "head": ("head", "subject", "source", "h", "s"),
    "relation": ("relation", "predicate", "rel", "r", "p"),
    "tail": ("tail", "object", "target", "t", "o"),
}
_LINK = ("item", "entity")


def read_triples(path: str | Path) -> pl.DataFrame:
    """Reads columns ``head``, ``relation`` and ``tail`` as text; ``.gz`` text is unpacked.

    A first line that names all three columns is a header, and they may stand in any order among
    others; without one the file has three columns. Those of a Parquet file, and the keys of JSON
    lines, bear their names, and may hold numbers.

    Raises:
      InputError: in one line, the file, the line or row and the repair.
    """
    path = Path(path)
    check_exists(path)
    if _is_parquet(path) or is_json_lines(path):
        return _from_named(path, "triples", ROLES, roles)
    return as_text(*triple_cells(path))


def triple_cells(path: Path) -> tuple[pl.DataFrame, Callable[[int], str]]:
    """The cells of a text of triples as they are written, and where a row stands."""
    return _from_text(path, "triples", ROLES, roles)


def read_links(path: str | Path) -> pl.DataFrame:
    """Reads columns ``item`` and ``entity`` as text.

    A first line that names both is a header, and they may stand anywhere; without one the file has
    two columns. Those of a Parquet file, and values of JSON lines, may hold numbers.

    Raises:
      InputError: neither names nor two columns, no links, or an empty cell.
    """
    path = Path(path)
    check_exists(path)
    if _is_parquet(path) or is_json_lines(path):
        return _from_named(path, "links", _LINK, _ends)
    return as_text(*_from_text(path, "links", _LINK, _named_ends))


def roles(names: Sequence[str]) -> list[int] | None:
    """Where head, relation and tail stand; None unless names say so of all three."""
    for plain in _plain(names):
        found = [[n for n, name in enumerate(plain) if name in _NAMES[role]] for role in ROLES]
        if all(found):
            return [places[0] for places in found]
    return None


def _named_ends(names: Sequence[str]) -> list[int] | None:
    """Where item and entity stand; None unless names say so of both."""
    for plain in _plain(names):
        if set(_LINK) <= set(plain):
            return [plain.index(name) for name in _LINK]
    return None


def _ends(names: Sequence[str]) -> list[int] | None:
    """As named; two columns of other names are these in turn."""
    return _named_ends(names) or ([0, 1] if len(names) == 2 else None)


def _plain(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names in lower case; then those where ``head_id:token`` is ``head``, too."""
    exact = [plain_name(name).lower() for name in names]
    return exact, [re.sub(r"[_ ]?id$", "", name) for name in exact]


def _from_text(
    path: Path,
    what: str,
    names: Sequence[str],
    places: Callable[[Sequence[str]], list[int] | None],
) -> tuple[pl.DataFrame, Callable[[int], str]]:
    """Columns by these names: the header's, or else those of the file in turn."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; give a file of {what}")
    wanted = f"give {what}, or if this is one, put a first line {' '.join(names)} above it"
    frame = read_text(path, header=False, repair=wanted)
    columns = places([str(cell) for cell in frame.row(0)])
    header = columns is not None
    if header:
        refuse_repeated_header(path, frame)
        frame = frame.slice(1)
        if frame.is_empty():
            raise InputError(f"{path} holds a header and no {what}; give one a line")
    elif frame.width != len(names):
        raise InputError(
            f"{path} has {frame.width} columns; give {len(names)}, {' '.join(names)}, or a first "
            "line that names them"
        )
    else:
        _refuse_half_a_header(path, frame, names)
    place = lambda row: f"{path} line {line_of(frame, row, 2 if header else 1)}"
    return _named(frame[:, columns or list(range(len(names)))], names), place


def _refuse_half_a_header(path: Path, frame: pl.DataFrame, names: Sequence[str]) -> None:
    """Refuses a first line that names one column, in its place, with a word of no other line."""
    words = {"item": ("item",), "entity": ("entity",), "relation": _NAMES["relation"]}
    first = [str(cell) for cell in frame.row(0)]
    for at, name in enumerate(names):
        named = any(plain[at] in words.get(name, ()) for plain in _plain(first))
        if named and not (frame.to_series(at).slice(1) == first[at]).any():
            raise InputError(
                f"{path} line 1 ({' '.join(first)[:60]}) names the {name} alone; write "
                f"{' '.join(names)}, or call what is {first[at]!r} otherwise"
            )


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _from_named(
    path: Path,
    what: str,
    names: Sequence[str],
    places: Callable[[Sequence[str]], list[int] | None],
) -> pl.DataFrame:
    """Columns of Parquet or JSON lines by these names, as text."""
    nested, row_is = {}, "row"
    if _is_parquet(path):
        frame = read_parquet(path, what)
    else:
        (frame, nested), row_is = read_json_lines(path), "line"
    columns = places(frame.columns)
    if columns is None:
        raise InputError(
            f"{path} has the columns {', '.join(frame.columns[:12])}; "
            f"name those of the {what} {', '.join(names)}"
        )
    for name, column in zip(names, columns, strict=True):
        refuse_nested(path, nested, frame.columns[column], name)
    cells = _named(frame[:, columns], names)
    return as_text(cells, lambda row: f"{path} {row_is} {row + 1}")


def _named(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(dict(zip(names, frame.get_columns(), strict=True)))


def as_text(cells: pl.DataFrame, place: Callable[[int], str]) -> pl.DataFrame:
    """Ids as text, so that each has one spelling in any file format.

    Head and tail are entities both: where one of them holds words, ``5.0`` of the other stays as it
    is written, too, and is not the number 5.
    """
    read = {name: to_ids(cells[name], name, place) for name in cells.columns}
    ends = [name for name in ("head", "tail") if name in read]
    if len({read[name].dtype.is_integer() for name in ends}) == 2:
        read |= {name: clean(cells[name]) for name in ends if cells[name].dtype == pl.String}
    return pl.DataFrame({name: column.cast(pl.String) for name, column in read.items()})
