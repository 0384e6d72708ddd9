"""Tables in memory by their columns: frames, Arrow tables, dictionaries."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import polars as pl
from polars.exceptions import PolarsError

from jaxrec.base import InputError
from jaxrec.data.values import is_pandas, series_of


class Table(NamedTuple):
    """A table in memory, of which no column is converted before it is read.

    Attributes:
      names: of the columns, as text.
      column: reads one of them.
    """

    names: list[str]
    column: Callable[[str], pl.Series]


def table_of(frame: Any, name: str = "frame") -> Table:
    """The columns of a pandas or polars frame, an Arrow table, or a dictionary of columns.

    Columns of a dictionary are arrays, lists or series. Levels of a pandas index that have names
    are columns, too.

    Args:
      name: what messages call the table.

    Raises:
      InputError: another type, no rows, columns of one name or of different lengths.
    """
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if is_pandas(frame) and hasattr(frame, "columns"):
        columns = _pandas_columns(frame)
    elif isinstance(frame, Mapping):
        columns = list(frame.items())
    else:
        columns = list(_polars(frame, name).to_dict().items())
    found = {str(title): values for title, values in columns}
    if len(found) < len(columns):
        titles = [str(title) for title, _ in columns]
        twice = next(title for title in titles if titles.count(title) > 1)
        raise InputError(f"{name} has two columns called {twice!r}; rename one of them")
    heights = {title: _height(values, title, name) for title, values in found.items()}
    if not any(heights.values()):
        raise InputError(f"{name} holds no rows; give a table with a row a line")
    first = next(iter(heights))
    for title, height in heights.items():
        if height != heights[first]:
            raise InputError(
                f"{name}: {title!r} has {height:,} values but {first!r} has {heights[first]:,}; "
                "give one a row"
            )
    return Table(list(found), lambda title: series_of(found[title], title))


def _polars(frame: Any, name: str) -> pl.DataFrame:
    if isinstance(frame, pl.DataFrame):
        return frame
    why = ""
    if hasattr(frame, "__arrow_c_stream__"):
        try:
            return pl.DataFrame(frame)
        except (PolarsError, TypeError, ValueError) as error:
            why = f" that cannot be read ({str(error).splitlines()[0]})"
    raise InputError(
        f"{name} is of type {type(frame).__name__}{why}; give a pandas or polars DataFrame, an "
        "Arrow table, or a dict of columns"
    )


def _pandas_columns(frame: Any) -> list[tuple[Any, Any]]:
    """Columns by position, which their names need not tell apart, behind named index levels."""
    levels = [
        (title, frame.index.get_level_values(level))
        for level, title in enumerate(frame.index.names)
        if title is not None and title not in frame.columns
    ]
    return levels + [(title, frame.iloc[:, n]) for n, title in enumerate(frame.columns)]


def _height(values: Any, title: str, name: str) -> int:
    if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__len__"):
        raise InputError(
            f"{name}: {title!r} is of type {type(values).__name__}; give an array, a list or a "
            "series, with one value a row"
        )
    return values.shape[0] if getattr(values, "shape", None) else len(values)
