"""Lists for users who were not trained: each is the items that they have."""

from pathlib import Path

import numpy as np
import polars as pl

from jaxrec.base import InputError, Model
from jaxrec.data import Columns, Interactions, find, read_table
from jaxrec.evaluate import TopLists, item_counts, popularity, put_rows, top_lists
from jaxrec.graph import user_items
from jaxrec.retrieve import Ann, recommend
from jaxrec.runs import checks, log
from jaxrec.runs.answer.answers import Hide, say_short, to_frame
from jaxrec.runs.answer.serving import Served
from jaxrec.runs.answer.unknown import SKIP, Unknown
from jaxrec.runs.progress import RankingProgress
from jaxrec.tasks import Task


def check(model: Model, task: Task) -> None:
    """Refuses a model that must train its users."""
    if model.fold_in is None and task.by_rows is None:
        raise InputError(
            "this run's model must train a user before it can recommend to them; choose --model "
            f"{', '.join(checks.models_that_fold_in())}"
        )


def read_histories(path: Path, columns: Columns, header: bool = True) -> pl.DataFrame:
    """Columns user and item of a table; ratings, times and titles are not read.

    Raises:
      InputError: a file that cannot be read, or columns that are not there.
    """
    named = Columns(columns.user, columns.item, rating="", time="", title="")
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
    pairs = Interactions(np.zeros_like(own), own, 1, len(served.data.item_ids))
    lists = _lists(served, pairs, k, hide, index)
    if lists.alike is not None and lists.alike[0]:
        log.say("the model gives all items the same score after these; here are the popular items")
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
    many, and how many were also in training.

    Args:
      histories: columns user and item, a row an interaction.

    Raises:
      InputError: no item that the run knows, or a model that must train its users.
    """
    check(served.model, served.task)
    data = served.data
    users = histories["user"].unique(maintain_order=True)
    numbered = pl.DataFrame({"user": users, "row": np.arange(len(users), dtype=np.int32)})
    user = histories.select("user").join(numbered, on="user", how="left", maintain_order="left")
    item = unknown.rows(data.item_ids, histories["item"].cast(pl.String).to_list(), "item")
    rows, known = user["row"].to_numpy(), item >= 0
    pairs = Interactions(rows[known], item[known], len(users), len(data.item_ids))
    if again := int(np.sum(find(data.user_ids, users.cast(pl.String).to_list())[0] >= 0)):
        log.say(
            f"{again:,} of {len(users):,} users were in training, too; "
            "their lists are made from the histories given alone"
        )
    lists = _lists(served, pairs, k, hide, index)
    cold = np.bincount(pairs.user, minlength=len(users)) == 0
    if cold.any():
        log.say(
            f"{int(cold.sum()):,} of {len(users):,} users have no item that this run knows; "
            "they get the popular items"
        )
        popular, n_items = item_counts(data.split.train), len(data.item_ids)
        put_rows(lists, cold, top_lists(popularity, popular, np.flatnonzero(cold), n_items, k))
    if lists.alike is not None and (n_alike := int((lists.alike & ~cold).sum())):
        log.say(
            f"{n_alike:,} of {len(users):,} users get the same score for all items from this "
            "model; they get the popular items"
        )
    return to_frame("user", users, lists, data)


def _lists(served: Served, pairs: Interactions, k: int, hide: Hide, index: Ann | None) -> TopLists:
    """A list a user of ``pairs``."""
    model, reps = served.of_new_users(pairs)
    hidden = None if hide == "none" or served.data.repeats else user_items(pairs)
    rows, n_items = np.arange(pairs.n_users, dtype=np.int32), len(served.data.item_ids)
    popular = item_counts(served.data.split.train)
    with RankingProgress("recommending") as progress:
        lists = recommend(
            model,
            reps,
            rows,
            n_items,
            k,
            seen=hidden,
            tie_break=popular,
            index=index,
            on_progress=progress,
        )
    if index is not None:
        say_short(lists, rows, n_items, hidden)
    return lists
