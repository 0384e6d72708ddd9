"""Lists in tables that a terminal of any width shows whole."""

import polars as pl
from rich.markup import escape
from rich.table import Table

from jaxrec.cli import report

READABLE = 20
"""Texts are wrapped into columns that are no narrower."""


def print_frame(frame: pl.DataFrame, title: str) -> None:
    """Prints a data frame as a table; some lines a row where ids or numbers would be cut."""
    shown = table(frame, title)
    if report.least_width(shown) <= report.out.width:
        report.out.print(shown)
        return
    lines = [title]
    for row in _cells(frame):
        lines += [f"{'  ' if n else ''}{frame.columns[n]}: {cell}" for n, cell in enumerate(row)]
    report.out.print("\n".join(lines), soft_wrap=True, markup=False)


def table(frame: pl.DataFrame, title: str) -> Table:
    """A data frame as a table that wraps texts, and neither ids nor numbers."""
    shown = Table(title=escape(title), title_justify="left")
    for column in frame:
        if column.dtype == pl.String and column.str.contains(r"\s").any():
            longest = max(map(len, column.drop_nulls()), default=0)
            least = min(READABLE, longest)
            shown.add_column(column.name, min_width=least, overflow="fold")
        else:
            side = "right" if column.dtype.is_numeric() else "left"
            shown.add_column(column.name, justify=side, no_wrap=True)
    for row in _cells(frame):
        shown.add_row(*map(escape, row))
    return shown


def _cells(frame: pl.DataFrame) -> list[list[str]]:
    return [
        [f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in frame.iter_rows()
    ]
