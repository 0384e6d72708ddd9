"""Delimited text as a frame of strings, with an error that names the line."""

import codecs
import contextlib
import csv
import difflib
import gzip
import io
import re
import zlib
from pathlib import Path

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.cleaning import BLANKS, clean, unquoted
from jaxrec.data.columns import looks_like_header, plain_name

_SEPARATORS = ["\t", "::", ",", ";", "|", " "]


def read_bytes(path: Path) -> bytes:
    """The file's content, unpacked when its name ends in ``.gz``; refuses an empty one."""
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read ({error}); copy or download it again") from error
    if not data.strip():
        raise InputError(f"{path} is empty; give a file with a row a line")
    return data


def decode(path: Path, data: bytes) -> str:
    """UTF-8 text without byte-order marks, lines ending in a line feed; or the line at fault."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(
            f"{path} is UTF-16 text; save it as UTF-8, "
            f"for example with iconv -f utf-16 -t utf-8 {path.name.removesuffix('.gz')}"
        )
    try:
        text = unified(path, data).decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path} line {line} is not UTF-8 text; save it as UTF-8, "
            f"for example with iconv -f latin1 -t utf-8 {path.name}"
        ) from error
    return text.replace("\r\n", "\n")


def unified(path: Path, data: bytes) -> bytes:
    """Bytes of text without byte-order marks at the start of lines, as files joined end to end
    have them, and with line feeds where all lines end in carriage returns; refuses NUL.
    """
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise InputError(f"{path} line {line} holds a NUL character; export it again as UTF-8 text")
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    return re.sub(rb"(?m)^(?:\xef\xbb\xbf)+", b"", data) if codecs.BOM_UTF8 in data else data


def read_lines(path: Path) -> list[str]:
    """The ids of a list, one a line; empty lines count for nothing.

    Raises:
      InputError: no such file, text that is not UTF-8, or no ids.
    """
    check_exists(path)
    lines = clean(pl.Series(decode(path, read_bytes(path)).split("\n"))).to_list()
    if not any(lines):
        raise InputError(f"{path} names no user; write one id a line")
    return [line for line in lines if line]


def check_exists(path: Path) -> None:
    """Refuses a path that leads nowhere, naming the nearest that is there."""
    if not path.exists():
        there = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, there, n=3)
        hint = f"near it lie {', '.join(near)}" if near else "check the spelling and the folder"
        raise InputError(f"{path} does not exist; {hint}")


def read_text(
    path: Path, header: bool = True, repair: str = "leave out --no-header"
) -> pl.DataFrame:
    """Reads every cell as a string; columns bear the header's names, or 1, 2, 3, ...

    Separators and quotes are those of ``read_rows``.
    """
    frame = read_rows(path)
    if header:
        return under_header(path, frame)
    cells = [plain_name(cell or "") for cell in frame.row(0)]
    if looks_like_header(cells):
        raise InputError(f"{path} line 1 is a header ({','.join(cells)[:60]}); {repair}")
    return frame


def read_rows(path: Path) -> pl.DataFrame:
    """Reads every cell of every line as a string; columns are called 1, 2, 3, ...

    The separator is sniffed from the first line: tab, ``::``, comma, semicolon, bar, or blanks.
    Quotes that enclose a cell are no part of it. Between commas and semicolons, and where the
    first line begins with a quoted cell, a quoted cell may hold separators and line breaks.
    """
    data = read_bytes(path).rstrip()
    decode(path, data[: data.find(b"\n") + 1] or data)  # UTF-16 holds NUL, too.
    data = unified(path, data)
    first = decode(path, data.split(b"\n", 1)[0]).strip(BLANKS.replace("\t", ""))
    separator = _separator(path, first)
    if separator == "::":
        data, separator = data.replace(b"::", b"\t"), "\t"
    elif separator == " ":
        data = re.sub(rb"[ \t]*(\r?\n)[ \t]*| {2,}", lambda m: m[1] or b" ", data.strip())
    # Titles in tab-separated files hold stray quotes.
    quote = '"' if separator in ",;" or re.match('"[^"]*"' + re.escape(separator), first) else None
    try:
        frame = pl.read_csv(
            data, separator=separator, quote_char=quote, has_header=False, infer_schema=False
        )
    except pl.exceptions.PolarsError as error:
        raise _diagnosis(path, data, separator, quote) from error
    if quote is None and b'"' in data:
        frame = frame.select(unquoted(column) for column in frame)
    frame.columns = [str(position + 1) for position in range(frame.width)]
    return frame


def under_header(path: Path, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows below the first, whose cells name the columns."""
    names = [plain_name(cell or "") or str(i + 1) for i, cell in enumerate(frame.row(0))]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise InputError(f"{path} has two columns called {repeated.pop()!r}; rename one of them")
    if frame.height == 1:
        raise InputError(f"{path} holds a header and no rows; if line 1 is data, say --no-header")
    refuse_repeated_header(path, frame)
    rows = frame.slice(1)
    rows.columns = names
    return rows


def line_of(frame: pl.DataFrame, row: int, first_line: int) -> int:
    """The line on which a row begins; quoted cells may span several lines."""
    breaks = frame.head(row).select(pl.all().str.count_matches("\n", literal=True).sum())
    return first_line + row + sum(breaks.row(0)) if row else first_line


def refuse_repeated_header(path: Path, frame: pl.DataFrame) -> None:
    """Refuses later rows that equal the first in every cell, of a frame that begins with a header.

    Files with headers that were joined end to end have such rows.
    """
    rows, first = frame.with_row_index("row").slice(1), frame.row(0)
    for name, cell in zip(frame.columns, first, strict=True):
        rows = rows.filter(pl.col(name).eq_missing(pl.lit(cell, pl.String)))
    if rows.height:
        raise InputError(
            f"{path} line {line_of(frame, rows['row'][0], 1)} repeats the header, as "
            f"{rows.height:,} of its lines do; remove them"
        )


def _separator(path: Path, line: str) -> str:
    if line.startswith(("{", "[{", "<")):
        raise InputError(f"{path} begins with {line[:1]!r}, no table of text; export it as CSV")
    bare = re.sub('"[^"]*"', "", line)  # Quoted cells may hold separators.
    counts = {separator: bare.count(separator) for separator in _SEPARATORS}
    if counts["\t"] or counts["::"]:
        return "\t" if counts["\t"] else "::"
    found = max(_SEPARATORS[2:-1], key=lambda separator: counts[separator])
    found = found if counts[found] else " "
    rivals = [one for one in _SEPARATORS[2:-1] if counts[one] == counts[found]]
    if found != " " and len(rivals) > 1:
        raise InputError(
            f"{path} line 1 has as many {rivals[0]!r} as {rivals[1]!r}; separate cells by tabs"
        )
    if not counts[found]:
        raise InputError(
            f"{path} line 1 is a single value, {line[:40]!r}; "
            "separate user and item by a tab, comma, semicolon or blank"
        )
    return found


def _diagnosis(path: Path, data: bytes, separator: str, quote: str | None) -> InputError:
    text = decode(path, data)
    if quote:
        for number, line in enumerate(text.split("\n"), 1):
            if line.count(quote) % 2:
                return InputError(f"{path} line {number} has a quote that does not close; pair it")
    rules = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    reader = csv.reader(io.StringIO(text), delimiter=separator, quotechar='"', quoting=rules)
    with contextlib.suppress(csv.Error):
        width = len(next(reader))
        for row in reader:
            if len(row) > width:
                repair = "quote the cell that holds the separator"
                if separator == " ":
                    repair = "lists 'user item item ...' go into a folder as train.txt and test.txt"
                return InputError(
                    f"{path} line {reader.line_num} has {len(row)} values, line 1 has {width}; "
                    f"{repair}"
                )
    return InputError(f"{path} is not a table of text cells; export it again as CSV")
