"""Published sets of sessions and histories, a line each."""

from pathlib import Path

import numpy as np
import polars as pl

from jaxrec.data.adjacency import read_adjacency
from jaxrec.data.tables import read_table
from jaxrec.data.text import read_text


def read_session_folder(folder: Path) -> pl.DataFrame:
    """Columns user, item and split of train_sessions.txt and test.txt, in order.

    A line is the items of a session. In test.txt it is a prefix with its target, and those of one
    session stand behind one another, the longest first; whole sessions are returned. Sessions are
    numbered from 1 in the order of the two files, and have ``split`` 0 and 2.
    """
    train, test = (_lines(folder / name) for name in ("train_sessions.txt", "test.txt"))
    whole = [line for before, line in zip([[], *test], test, strict=False) if before[:-1] != line]
    lists = [*train, *whole]
    length = np.array([len(line) for line in lists])
    split = np.repeat(np.array([0, 2], np.int8), [len(train), len(whole)])
    return pl.DataFrame(
        {
            "user": np.repeat(np.arange(1, len(lists) + 1), length),
            "item": np.concatenate([np.array(line, np.int64) for line in lists]),
            "split": np.repeat(split, length),
        }
    )


def read_linked_ratings(folder: Path) -> pl.DataFrame:
    """Ratings and times of the films of MovieLens-100k that are linked to Freebase."""
    linked = read_text(folder / "ml-100k.link")["item_id"].cast(pl.Int64)
    ratings = read_table(folder / "ml-100k.inter")
    return ratings.filter(pl.col("item").is_in(linked.implode()))


def read_histories(name: str):
    """A reader of the histories in ``name``, ``user item item ...`` a line in order."""
    return lambda folder: read_adjacency(folder / name)


def _lines(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()]
