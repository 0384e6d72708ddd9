"""Files of JSON objects, one a line, as a frame of strings, with an error that names the line."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.text import decode, read_bytes

SUFFIXES = [".jsonl", ".ndjson", ".json"]
_LINES = 2**17
"""Lines that are held as Python's objects at a time."""
# Numbers stay as written, so that none is rounded.
_DECODER = json.JSONDecoder(
    object_pairs_hook=tuple, parse_int=str, parse_float=str, parse_constant=str
)


def is_json_lines(path: Path) -> bool:
    """Whether a file's name says so.

    >>> is_json_lines(Path("clicks.jsonl.gz"))
    True
    """
    return Path(path.name.removesuffix(".gz")).suffix.lower() in SUFFIXES


def read_json_lines(path: Path) -> tuple[pl.DataFrame, dict[str, int]]:
    """Reads every value as the text that stands for it; columns bear the names of the keys.

    A key that a line lacks is a missing cell, as null is. Objects and arrays within a line are
    missing cells, too; the second value returned is the first row of any in a column.

    Raises:
      InputError: a line that is no JSON object, is empty, or has a key twice.
    """
    text = decode(path, read_bytes(path)).rstrip()
    if text.startswith("["):
        raise InputError(
            f"{path} begins with '[', an array; write an object a line, for example with "
            f"jq -c '.[]' {path.name.removesuffix('.gz')}"
        )
    lines, nested = text.split("\n"), {}
    starts = range(0, len(lines), _LINES)
    parts = [_columns(path, lines[start : start + _LINES], start, nested) for start in starts]
    return pl.concat(parts, how="diagonal"), nested


def refuse_nested(path: Path, nested: dict[str, int], name: str, role: str) -> None:
    """Refuses a column for a role if it holds objects or arrays, by the first line that does."""
    if name in nested:
        raise InputError(
            f"{path} line {nested[name] + 1}: the {role} {name!r} holds an object or an array; "
            "store one number or text there"
        )


def _columns(path: Path, lines: list[str], start: int, nested: dict[str, int]) -> pl.DataFrame:
    """The cells of consecutive lines, of which the first is row ``start``; adds to ``nested``."""
    cells: dict[str, list[str | None]] = {}
    for row, line in enumerate(lines):
        for name, value in _pairs(path, line, start + row + 1):
            column = cells.setdefault(name, [])
            if len(column) > row:
                raise InputError(
                    f"{path} line {start + row + 1} has two values of {name!r}; remove one"
                )
            column += [None] * (row - len(column))
            if isinstance(value, tuple | list):
                nested.setdefault(name, start + row)
                value = None
            elif isinstance(value, bool):
                value = "true" if value else "false"
            column.append(value)
    for column in cells.values():
        column += [None] * (len(lines) - len(column))
    try:
        return pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    except UnicodeEncodeError as error:
        row = next(row for row, line in enumerate(lines) if not _is_text(line))
        raise InputError(
            f"{path} line {start + row + 1} holds half of a UTF-16 character (\\ud800 to \\udfff); "
            "export it again as UTF-8 text"
        ) from error


def _pairs(path: Path, line: str, number: int) -> tuple[tuple[str, Any], ...]:
    try:
        pairs = _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        why = f"is no whole JSON object ({getattr(error, 'msg', 'too deep')})"
        why = why if line.strip() else "is blank"
        raise InputError(f"{path} line {number} {why}; write an object a line") from error
    if not isinstance(pairs, tuple) or not pairs:
        kind = "an empty object" if pairs == () else "no JSON object"
        raise InputError(f'{path} line {number} is {kind}; write {{"user": ..., "item": ...}}')
    return pairs


def _is_text(line: str) -> bool:
    try:
        json.dumps(_DECODER.decode(line), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
