"""Lists that a trained run answers with, in the caller's ids."""

import numpy as np
import polars as pl

from jaxrec.base import Embeddings, InputError, has_towers
from jaxrec.commands import checks, report
from jaxrec.commands.run_folder import RunData
from jaxrec.commands.serving import Served
from jaxrec.data import lookup
from jaxrec.evaluate import TopLists, join, popularity, top_lists
from jaxrec.graph import Csr, user_items
from jaxrec.retrieve import Ann, recommend, similar


def recommendations(
    served: Served,
    users: pl.Series,
    k: int = 10,
    include_seen: bool = False,
    index: Ann | None = None,
) -> pl.DataFrame:
    """Columns user, item, rank, score (and title), best first, for the users with these ids.

    Items that a user has in any slice are left out, unless ``include_seen`` or the run counts
    repeats. Users without training interactions get the popular items, and so do those of whose
    items the model knows nothing (``Served.unknown``); a line says how many of each. Another says
    how many lists are short because ``index`` found no more.
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
    if n_unknown := int((served.unknown(rows) & ~cold).sum()):
        report.say(
            f"{n_unknown:,} of {len(rows):,} users have no training item from which facts lead "
            "on; they get the popular items"
        )
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
    if not lists.score.any():
        report.say("the model knows nothing that leads on from these items: all others score 0")
    return _frame("user", pl.Series(["new"]), lists, data).drop("user")


def neighbours(
    served: Served, items: tuple[str, ...], k: int = 10, index: Ann | None = None
) -> pl.DataFrame:
    """Columns similar_to, item, rank, score (and title), nearest first.

    By cosine of the items' vectors; of a model without vectors, what it recommends to a user who
    has that item alone.
    """
    rows = lookup(served.data.item_ids, items)
    if served.model.fold_in is None or has_towers(served.reps):
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


def _frame(query: str, ids: pl.Series, lists: TopLists, data: RunData) -> pl.DataFrame:
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
