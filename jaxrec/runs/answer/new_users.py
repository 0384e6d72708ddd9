"""Lists for users who were not trained: each is the items that they have."""

from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Bool

from jaxrec.base import InputError, Model
from jaxrec.data import Columns, Interactions, find, read_table
from jaxrec.data.filters import first_of_pairs
from jaxrec.graph import user_items
from jaxrec.rank import TopLists
from jaxrec.retrieve import Ann
from jaxrec.runs import checks, log
from jaxrec.runs.answer.answers import Hide, to_frame
from jaxrec.runs.answer.best_items import best_items
from jaxrec.runs.answer.serving import Served
from jaxrec.runs.answer.unknown import SKIP, Unknown
from jaxrec.tasks import Task


def check(model: Model, task: Task) -> None:
    """Refuses a model that must train its users."""
    if model.fold_in is None and task.by_rows is None:
        raise InputError(
            "this run's model must train a user before it can recommend to them; choose --model "
            f"{', '.join(checks.models_that_fold_in())}"
        )


def read_histories(path: Path, columns: Columns, header: bool = True) -> pl.DataFrame:
    """Columns user, item, and time unless ``columns.time`` is ""; no ratings and titles.

    Raises:
      InputError: a file that cannot be read, or columns that are not there.
    """
    named = Columns(columns.user, columns.item, rating="", time=columns.time, title="")
    return read_table(path, named, header)


def recommendations_after(
    served: Served,
    items: tuple[str, ...],
    k: int = 10,
    hide: Hide = "seen",
    index: Ann | None = None,
    unknown: Unknown = SKIP,
) -> pl.DataFrame:
    """Columns item, rank, score (and title) for a new user who has these items.

    Where the model gives all other items the same score they get the popular ones; a line says so.

    Raises:
      InputError: no item that the run knows, or a model that must train its users.
    """
    check(served.model, served.task)
    own = unknown.known(served.data.item_ids, items, "item")
    if not served.data.repeats:
        own = own[np.sort(np.unique(own, return_index=True)[1])]  # The first of each, in order.
    pairs = Interactions(np.zeros_like(own), own, 1, len(served.data.item_ids))
    lists = _lists(served, pairs, k, hide, index)
    return to_frame("user", pl.Series(["new"]), lists, served.data).drop("user")


def recommendations_for(
    served: Served,
    histories: pl.DataFrame,
    k: int = 10,
    hide: Hide = "seen",
    index: Ann | None = None,
    unknown: Unknown = SKIP,
) -> pl.DataFrame:
    """Columns user, item, rank, score (and title) for users known by their ``histories`` alone.

    Users come in the order of their first rows. Those without an item that the run knows get the
    popular items, and so do those to whom the model gives all items the same score; lines say how
    many, and how many were also in training. Repeats are dropped as they were for training. Where
    the task reads the order of a user's items, it is that of their times, or without times that of
    the rows; a line says which.

    Args:
      histories: columns user and item, and time or none, a row an interaction.

    Raises:
      InputError: no item that the run knows, or a model that must train its users.
    """
    check(served.model, served.task)
    data = served.data
    users = histories["user"].unique(maintain_order=True)
    numbered = pl.DataFrame({"user": users, "row": np.arange(len(users), dtype=np.int32)})
    user = histories.select("user").join(numbered, on="user", how="left", maintain_order="left")
    item = unknown.rows(data.item_ids, histories["item"].cast(pl.String).to_list(), "item")
    rows, known = user["row"].to_numpy(), (item >= 0) & _kept(histories, data.repeats)
    time = histories["time"].to_numpy()[known] if "time" in histories.columns else None
    pairs = Interactions(rows[known], item[known], len(users), len(data.item_ids), time=time)
    if served.task.by_rows is not None:
        order = "rows of the histories, for no times are known" if time is None else "times"
        log.say(f"each user's items are read in the order of their {order}")
    if again := int(np.sum(find(data.user_ids, users.cast(pl.String).to_list())[0] >= 0)):
        log.say(
            f"{again:,} of {len(users):,} users were in training, too; "
            "their lists are made from the histories given alone, and leave out what stands there"
        )
    return to_frame("user", users, _lists(served, pairs, k, hide, index), data)


def _kept(histories: pl.DataFrame, repeats: bool) -> Bool[np.ndarray, "n"]:
    """Which rows reading for training would leave: of rows equal in everything, or of a pair, one.

    Rows without times are no less equal than what a user did twice.
    """
    rows = histories.with_row_index("place")
    if "time" in histories.columns:
        rows = rows.unique(["user", "item", "time"], keep="first", maintain_order=True)
    if not repeats:
        rows = first_of_pairs(rows)
    kept = np.zeros(histories.height, bool)
    kept[rows["place"].to_numpy()] = True
    return kept


def _lists(served: Served, pairs: Interactions, k: int, hide: Hide, index: Ann | None) -> TopLists:
    """A list a user of ``pairs``."""
    hides = hide != "none" and not served.data.repeats
    return best_items(
        *served.of_new_users(pairs),
        served.data,
        np.arange(pairs.n_users, dtype=np.int32),
        k,
        hidden=user_items(pairs) if hides else None,
        index=index,
        cold=np.bincount(pairs.user, minlength=pairs.n_users) == 0,
        why_cold="have no item that this run knows",
    )
