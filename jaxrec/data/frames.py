"""From a table in memory to a data set ready to split."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.columns import Columns, choose
from jaxrec.data.dataset import Dataset
from jaxrec.data.memory import table_of
from jaxrec.data.preprocess import build_dataset
from jaxrec.data.reading import reading_of
from jaxrec.data.tables import Cells, typed
from jaxrec.data.titles import guess_title, may_be_title

_KEYWORDS = {
    r"; if the first line of a text is data, say --no-header": "",
    r"--(user|item|rating|time|title)-column": r"\1=",
    r"= ''": "=''",
    r"--min-rating": "min_rating",
}
"""What messages of files say, and what those of frames do."""


def read_frame(frame: Any, columns: Columns, name: str, **filters: Any) -> Dataset:
    """A data set from a table in memory; ``Dataset.from_frame`` describes ``filters``."""
    with _in_keywords():
        cells = frame_cells(frame, columns, name)
        rows, remarks = typed([cells])
        return build_dataset(
            rows,
            reading_of(rows, cells.columns, cells.ignored, remarks),
            name=name,
            source=name,
            has_columns=True,
            **filters,
        )


def frame_cells(frame: Any, columns: Columns, name: str) -> Cells:
    """The columns of a table in memory by their roles; rows are counted from 0.

    Raises:
      InputError: what is no table, or columns that cannot be identified.
    """
    table = table_of(frame, name)
    chosen = choose(table.names, columns, place=name)
    wanted = [each for each in table.names if each in chosen.values() or may_be_title(each)]
    read = pl.DataFrame([table.column(each) for each in wanted])
    if columns.title is None and (title := guess_title(read, chosen)):
        chosen["title"] = title
    cells = pl.DataFrame({role: read[each] for role, each in chosen.items()})
    ignored = [each for each in table.names if each not in chosen.values()]
    return Cells(cells, chosen, ignored, lambda row: f"{name} row {row} (the first is 0)")


def read_pairs(frame: Any, columns: Columns, name: str = "frame") -> pl.DataFrame:
    """Columns user, item, and time if there is one, of a table in memory, ids as in files.

    Names in ``columns`` that the table lacks are guessed, as those that are missing; a time that is
    called "" is not read.

    Raises:
      InputError: what is no table, or columns that cannot be identified.
    """
    names = table_of(frame, name).names
    named = columns.user, columns.item, columns.time
    user, item, time = (each if each in ("", *names) else None for each in named)
    with _in_keywords():
        cells = frame_cells(frame, Columns(user, item, rating="", time=time, title=""), name)
        return typed([cells])[0]


@contextlib.contextmanager
def _in_keywords() -> Iterator[None]:
    """Messages name keywords of ``from_frame`` where those of ``load`` name options."""
    try:
        yield
    except InputError as error:
        message = str(error)
        for option, keyword in _KEYWORDS.items():
            message = re.sub(option, keyword, message)
        raise InputError(message) from None
