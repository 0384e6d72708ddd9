"""Delimited text as a frame of strings, with an error that names the line."""

import codecs
import csv
import gzip
import io
import re
import zlib
from pathlib import Path

import polars as pl

from jaxrec.base import InputError
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
    """UTF-8 text, or an error that names the line."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(
            f"{path} is UTF-16 text; save it as UTF-8, "
            f"for example with iconv -f utf-16 -t utf-8 {path.name.removesuffix('.gz')}"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path} line {line} is not UTF-8 text; save it as UTF-8, "
            f"for example with iconv -f latin1 -t utf-8 {path.name}"
        ) from error


def read_text(
    path: Path, header: bool = True, repair: str = "leave out --no-header"
) -> pl.DataFrame:
    """Reads every cell as a string; columns bear the header's names, or 1, 2, 3, ...

    The separator is sniffed from the first line: tab, ``::``, comma, semicolon, bar, or blanks.
    """
    data = read_bytes(path).rstrip()
    first = decode(path, data.split(b"\n", 1)[0]).strip()
    separator = _separator(path, first)
    if separator == "::":
        data, separator = data.replace(b"::", b"\t"), "\t"
    elif separator == " ":
        data = re.sub(rb" *(\r?\n) *| {2,}", lambda m: m[1] or b" ", data.strip())
    # Titles in tab-separated files hold stray quotes.
    quote = '"' if separator in ",;" or '"' in first else None
    try:
        frame = pl.read_csv(
            data, separator=separator, quote_char=quote, has_header=False, infer_schema=False
        )
    except pl.exceptions.PolarsError as error:
        raise _diagnosis(path, data, separator, quote) from error
    names = [plain_name(cell or "") or str(i + 1) for i, cell in enumerate(frame.row(0))]
    if not header:
        if looks_like_header(names):
            raise InputError(f"{path} line 1 is a header ({first[:60]}); {repair}")
        frame.columns = [str(position + 1) for position in range(frame.width)]
        return frame
    if repeated := {name for name in names if names.count(name) > 1}:
        raise InputError(f"{path} has two columns called {repeated.pop()!r}; rename one of them")
    if frame.height == 1:
        raise InputError(f"{path} holds a header and no rows; if line 1 is data, say --no-header")
    frame.columns = names
    return frame.slice(1)


def line_of(frame: pl.DataFrame, row: int, first_line: int) -> int:
    """The line on which a row begins; quoted cells may span several lines."""
    breaks = frame.head(row).select(pl.all().str.count_matches("\n", literal=True).sum())
    return first_line + row + sum(breaks.row(0)) if row else first_line


def _separator(path: Path, line: str) -> str:
    counts = {separator: line.count(separator) for separator in _SEPARATORS}
    if counts["\t"] or counts["::"]:
        return "\t" if counts["\t"] else "::"
    found = max(_SEPARATORS[2:-1], key=lambda separator: counts[separator])
    found = found if counts[found] else " "
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
    width = len(next(reader))
    for row in reader:
        if len(row) > width:
            repair = "quote the cell that holds the separator"
            if separator == " ":
                repair = "lists 'user item item ...' go into a folder as train.txt and test.txt"
            return InputError(
                f"{path} line {reader.line_num} has {len(row)} values, line 1 has {width}; {repair}"
            )
    return InputError(f"{path} is not a table of text cells; export it again as CSV")
