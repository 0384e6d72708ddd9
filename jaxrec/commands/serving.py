"""A trained run, opened to answer: lists in the caller's ids."""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl

from jaxrec.base import InputError, Model
from jaxrec.commands import assemble, report, run_folder
from jaxrec.data import lookup
from jaxrec.evaluate import TopLists, join, popularity, top_lists
from jaxrec.graph import user_items
from jaxrec.retrieve import recommend, similar
from jaxrec.train import Checkpoints


class Served(NamedTuple):
    """A trained run, ready to answer."""

    data: run_folder.RunData
    model: Model
    reps: Any


def open_run(folder: Path) -> Served:
    """Reads a run's best parameters and encodes its graph once.

    Raises:
      InputError: no run, no checkpoint, or a checkpoint of something else.
    """
    options, _ = run_folder.read_config(folder)
    data = run_folder.read_data(folder)
    train = data.split.train
    model = assemble.build_model(options, train.n_users, train.n_items)
    if not (folder / "checkpoint").is_dir():
        raise InputError(
            f"{folder} holds no checkpoint; finish it: jaxrec train --resume --out {folder}"
        )
    with Checkpoints(folder / "checkpoint", read_only=True) as checkpoints:
        params = checkpoints.best_params(jax.eval_shape(model.init, jax.random.key(0)))
    reps = jax.jit(model.encode)(params, assemble.build_graph(options, train))
    return Served(data, model, reps)


def recommendations(
    served: Served, users: pl.Series, k: int = 10, include_seen: bool = False
) -> pl.DataFrame:
    """Columns user, item, rank, score (and title), best first, for the users with these ids.

    Items that a user has in any slice are left out, unless ``include_seen`` or the run counts
    repeats. Users without training interactions get the popular items, and a line says so.
    """
    data, train = served.data, served.data.split.train
    rows = lookup(data.user_ids, [str(user) for user in users])
    known = user_items(join(join(train, data.split.valid), data.split.test))
    seen = None if include_seen or data.repeats else known
    lists = recommend(served.model, served.reps, rows, train.n_items, k, seen=seen)
    counts = np.bincount(train.user, minlength=train.n_users)
    cold = counts[rows] == 0
    if cold.any():
        report.say(
            f"{int(cold.sum()):,} of {len(rows):,} users have no training interactions; "
            "they get the popular items"
        )
        taken = np.bincount(train.item, minlength=train.n_items).astype(np.float32)
        popular = top_lists(popularity, taken, rows[cold], train.n_items, k, seen=seen)
        for all_users, of_cold in zip(lists, popular, strict=True):
            all_users[cold] = of_cold
    return _frame("user", data.user_ids.gather(rows), lists, data)


def neighbours(served: Served, items: tuple[str, ...], k: int = 10) -> pl.DataFrame:
    """Columns similar_to, item, rank, score (and title), nearest first."""
    rows = lookup(served.data.item_ids, items)
    lists = similar(served.reps, rows, k)
    return _frame("similar_to", served.data.item_ids.gather(rows), lists, served.data)


def _frame(query: str, ids: pl.Series, lists: TopLists, data: run_folder.RunData) -> pl.DataFrame:
    n_queries, k = lists.item.shape
    shown = lists.item.ravel() >= 0
    item = lists.item.ravel()[shown]
    frame = pl.DataFrame(
        {
            query: ids.gather(np.repeat(np.arange(n_queries), k)[shown]),
            "item": data.item_ids.gather(item),
            "rank": np.tile(np.arange(1, k + 1), n_queries)[shown],
            "score": lists.score.ravel()[shown],
        }
    )
    return frame if data.titles is None else frame.with_columns(title=data.titles.gather(item))
