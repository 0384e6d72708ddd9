"""Which column holds the titles of items, and not the names of users."""

from collections.abc import Mapping

import polars as pl

from jaxrec.data.cleaning import BLANKS
from jaxrec.data.columns import THINGS, key

_NAMED = [*THINGS, "album", "show", "news"]
_WORDS = "title", "name"


def guess_title(frame: pl.DataFrame, columns: Mapping[str, str]) -> str | None:
    """The column of titles in a table whose columns of user and item are known, if there is one.

    Its name says so (``movie_title``, ``ProductName``; of the thing that the column of items is
    named after), or it is called ``title`` or ``name`` and the cells say so: no item has two, and
    some user has.

    >>> table = pl.DataFrame({"user": [1, 1, 2], "item": [7, 8, 8], "name": ["Tea", "Ale", "Ale"]})
    >>> guess_title(table, {"user": "user", "item": "item"})
    'name'
    """
    free = {key(name): name for name in reversed(frame.columns) if name not in columns.values()}
    own = key(columns["item"]).removesuffix("id")
    things = ("item", own) if own in _NAMED[1:] else _NAMED
    for thing in things:
        for word in _WORDS:
            if thing + word in free:
                return free[thing + word]
    for word in _WORDS:
        if word in free and _is_of_items(frame, free[word], columns["user"], columns["item"]):
            return free[word]
    return None


def may_be_title(name: str) -> bool:
    """Whether ``guess_title`` may choose a column of this name.

    >>> may_be_title("movie_title"), may_be_title("year")
    (True, False)
    """
    return key(name).endswith(_WORDS)


def _is_of_items(frame: pl.DataFrame, title: str, user: str, item: str) -> bool:
    cells = frame.select(title, user, item)
    if cells[title].dtype != pl.String:
        return False
    cells = cells.with_columns(pl.col(title).str.strip_chars(BLANKS).fill_null(""))
    told = cells.filter(pl.col(title) != "")  # An item may go without in some rows.
    if told.select(item, title).unique().height > told[item].n_unique():
        return False
    return cells.select(user, title).unique().height > cells[user].n_unique()
