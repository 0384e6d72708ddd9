"""A trained run, opened to answer: lists in the caller's ids."""

import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl

from jaxrec.base import Embeddings, InputError, Model, Params, Towers
from jaxrec.commands import assemble, checks, report, run_folder
from jaxrec.data import lookup
from jaxrec.evaluate import TopLists, join, popularity, top_lists
from jaxrec.graph import Csr, user_items
from jaxrec.retrieve import Ann, recommend, similar
from jaxrec.train import Checkpoints


class Served(NamedTuple):
    """A trained run, ready to answer."""

    data: run_folder.RunData
    model: Model
    reps: Any


class Trained(NamedTuple):
    """A trained run as it was read, before anything is computed."""

    options: Any
    data: run_folder.RunData
    model: Model
    params: Params
    graph: Any

    def encoded(self) -> Served:
        """Encodes the graph, once."""
        return Served(self.data, self.model, jax.jit(self.model.encode)(self.params, self.graph))


def open_run(folder: Path) -> Served:
    """Reads a run's best parameters and encodes its graph once.

    Raises:
      InputError: no run, no checkpoint, or a checkpoint of something else.
    """
    return read_run(folder).encoded()


def read_run(folder: Path, **instead: Any) -> Trained:
    """A run's model, its best parameters and the graph that it encodes.

    Args:
      instead: options that shall hold in place of the run's own.

    Raises:
      InputError: no run, no checkpoint, or a checkpoint of something else.
    """
    options = dataclasses.replace(run_folder.read_config(folder)[0], **instead)
    data = run_folder.read_data(folder)
    train = data.split.train
    if not (folder / "checkpoint").is_dir():
        raise InputError(
            f"{folder} holds no checkpoint; finish it: jaxrec train --resume --out {folder}"
        )
    graph = assemble.build_graph(options, train, knowledge=data.knowledge)
    model = assemble.build_model(options, train.n_users, train.n_items, graph)
    with Checkpoints(folder / "checkpoint", read_only=True) as checkpoints:
        params = checkpoints.best_params(jax.eval_shape(model.init, jax.random.key(0)))
    return Trained(options, data, model, params, graph)


def recommendations(
    served: Served,
    users: pl.Series,
    k: int = 10,
    include_seen: bool = False,
    index: Ann | None = None,
) -> pl.DataFrame:
    """Columns user, item, rank, score (and title), best first, for the users with these ids.

    Items that a user has in any slice are left out, unless ``include_seen`` or the run counts
    repeats. Users without training interactions get the popular items, and a line says so; another
    says how many lists are short because ``index`` found no more.
    """
    data, train = served.data, served.data.split.train
    rows = lookup(data.user_ids, [str(user) for user in users])
    known = user_items(join(join(train, data.split.valid), data.split.test))
    seen = None if include_seen or data.repeats else known
    lists = recommend(served.model, served.reps, rows, train.n_items, k, seen=seen, index=index)
    if index is not None:
        _say_short(lists, rows, train.n_items, seen)
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


def recommendations_after(
    served: Served,
    items: tuple[str, ...],
    k: int = 10,
    include_seen: bool = False,
    index: Ann | None = None,
) -> pl.DataFrame:
    """Columns item, rank, score (and title) for a new user who has these items.

    Raises:
      InputError: an item that the run does not know, or a model that must train its users.
    """
    data = served.data
    if served.model.fold_in is None:
        raise InputError(
            "this run's model must train a user before it can recommend to them; choose --model "
            f"{', '.join(checks.models_that_fold_in())}"
        )
    own = np.unique(lookup(data.item_ids, items)).astype(np.int32)
    likes = Csr(np.array([0, len(own)], np.int32), own, np.zeros(1, np.int32))
    reps = served.model.fold_in(served.reps, likes)
    seen = None if include_seen or data.repeats else likes
    first, n_items = np.zeros(1, np.int32), len(data.item_ids)
    lists = recommend(served.model, reps, first, n_items, k, seen=seen, index=index)
    if index is not None:
        _say_short(lists, first, n_items, seen)
    return _frame("user", pl.Series(["new"]), lists, data).drop("user")


def neighbours(
    served: Served, items: tuple[str, ...], k: int = 10, index: Ann | None = None
) -> pl.DataFrame:
    """Columns similar_to, item, rank, score (and title), nearest first.

    By cosine of the items' vectors; of a model without vectors, what it recommends to a user who
    has that item alone.
    """
    rows = lookup(served.data.item_ids, items)
    if served.model.fold_in is None or isinstance(served.reps, Towers):
        vectors = served.reps.item  # A model that scores otherwise has a vector of each item, too.
        lists = similar(Embeddings(vectors, vectors), rows, k, index=index)
        if index is not None:
            _say_short(lists, rows, index.n_items - 1, None)
    else:
        users = np.arange(len(rows) + 1, dtype=np.int32)
        alone = Csr(users, rows.astype(np.int32), users[:-1])
        reps, n_items = served.model.fold_in(served.reps, alone), len(served.data.item_ids)
        lists = top_lists(served.model.score, reps, users[:-1], n_items, k, seen=alone)
    return _frame("similar_to", served.data.item_ids.gather(rows), lists, served.data)


def _say_short(lists: TopLists, rows: np.ndarray, n_items: int, seen: Csr | None) -> None:
    n_seen = np.zeros(len(rows), int) if seen is None else np.diff(seen.indptr)[rows]
    due = np.minimum(lists.item.shape[1], n_items - n_seen)
    short = int(np.sum(np.sum(lists.item >= 0, axis=1) < due))
    if short:
        report.say(
            f"{short:,} of {len(rows):,} lists are short: the index found too few items that are "
            "not seen; without --index all are scored"
        )


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
