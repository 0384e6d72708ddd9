"""What surrounds a value and is no part of it, and the words that stand for a missing one.

The rules hold for cells of every file format, lists of ids and words on a command line alike;
``docs/data.md`` has them all.
"""

import polars as pl

BLANKS = (
    "".join(
        map(
            chr, [*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200C), 0x2028]
        )
    )
    + "\u2029\u202f\u205f\u2060\u3000\ufeff"
)
"""White space of Unicode, and the characters of no width: U+200B, U+2060 and byte-order marks."""

MISSING = (
    *("NaN", "nan", "NAN", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaT"),
    *("null", "NULL", "Null", "None", "none", "NONE", "nil", "\\N"),
)
"""How programs write a missing value."""

_ENCLOSED = r'(?s)^"((?:[^"]|"")*)"$'


def clean(cells: pl.Series) -> pl.Series:
    """Text without outer blanks and without quotes that enclose all of it.

    >>> clean(pl.Series([' "1"', "1\u00a0", '5"'])).to_list()
    ['1', '1', '5"']
    """
    return unquoted(cells.str.strip_chars(BLANKS)).str.strip_chars(BLANKS)


def unquoted(cells: pl.Series) -> pl.Series:
    """Text without quotes that enclose a whole cell; a doubled quote inside is one quote.

    >>> unquoted(pl.Series(['"tea"', '"a ""b"" c"', 'the "7"', '"odd'])).to_list()
    ['tea', 'a "b" c', 'the "7"', '"odd']
    """
    if not cells.str.starts_with('"').any():
        return cells
    inner = cells.str.extract(_ENCLOSED).str.replace_all('""', '"', literal=True)
    return inner.fill_null(cells)
