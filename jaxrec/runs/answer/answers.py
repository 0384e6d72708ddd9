"""Lists that a trained run answers with, in the caller's ids."""

from typing import Any, Literal

import numpy as np
import polars as pl
from jaxtyping import Int32

from jaxrec.base import Embeddings, InputError, has_towers
from jaxrec.evaluate import item_counts, itself, seen as seen_of
from jaxrec.graph import Csr, user_items
from jaxrec.rank import TopLists, top_lists
from jaxrec.retrieve import Ann, similar
from jaxrec.runs import log
from jaxrec.runs.answer.best_items import best_items, say_short
from jaxrec.runs.answer.reranking import Ranker, reranked
from jaxrec.runs.answer.serving import Served
from jaxrec.runs.answer.unknown import SKIP, Unknown
from jaxrec.tasks import LinkData, RunData

Hide = Literal["seen", "train", "none"]


def recommendations(
    served: Served,
    users: pl.Series,
    k: int = 10,
    hide: Hide = "seen",
    index: Ann | None = None,
    unknown: Unknown = SKIP,
    ranker: Ranker | None = None,
) -> pl.DataFrame:
    """Columns user, item, rank, score (and title), best first, for the users with these ids.

    Users without training interactions get the popular items, and so do those to whom the model
    gives all items the same score; lines say how many, and of how many lists nothing is left to
    show, or ``index`` found too little.

    Args:
      hide: items to leave out: all that a user interacted with (``evaluate.seen``), what came
        before the test slice, so that lists can be scored against it, or none.
      ranker: a second run, which orders more candidates than ``k`` of this one.
    """
    data = served.data
    rows = unknown.known(data.user_ids, [str(user) for user in users], "user")
    rows = each_once(rows, "users")
    lists = best_items(
        *served.of_users(),
        data,
        rows,
        k if ranker is None else ranker.width(k, len(data.item_ids)),
        hidden=_hidden(data, hide),
        index=index,
        cold=np.bincount(served.known.user, minlength=data.split.train.n_users)[rows] == 0,
        why_cold="have no training interactions",
    )
    if n_empty := int((lists.item < 0).all(axis=1).sum()):
        log.say(
            f"{n_empty:,} of {len(rows):,} users have every item already: no rows for them "
            "(--hide none shows them all items)"
        )
    ids = data.user_ids.gather(rows)
    if ranker is not None:
        lists = reranked(lists, ranker, ids, data.item_ids, k)
    return to_frame("user", ids, lists, data)


def _hidden(data: RunData, hide: Hide) -> Csr | None:
    if hide == "none":
        return None
    until = "now" if hide == "seen" else "test"
    pairs = seen_of(data.split, data.hidden, data.repeats, before=until)
    return None if pairs is None else user_items(pairs)


def neighbors(
    served: Served,
    items: tuple[str, ...],
    k: int = 10,
    index: Ann | None = None,
    unknown: Unknown = SKIP,
) -> pl.DataFrame:
    """Columns similar_to, item, rank, score (and title), nearest first.

    By the model's own scores where its task is to find related items; else by cosine of the items'
    vectors; of a model without vectors, what it recommends to a user who has that item alone. An
    item to which all others are equally near has no rows; a line says so. Of a model of facts the
    items are entities, and so is what is near, in a column entity.

    Raises:
      InputError: no known item, or a model that scores pairs alone.
    """
    if isinstance(served.data, LinkData):
        return _near_entities(served, items, k, unknown)
    ids = served.data.item_ids
    rows = each_once(unknown.known(ids, items, "item"), "items")
    if served.task.by_items is not None:
        model, reps = served.task.by_items(served.model, served.reps, len(ids))
        popular = item_counts(served.data.split.train)
        own = itself(len(ids))
        lists = top_lists(model.score, reps, rows, len(ids), k, seen=own, tie_break=popular)
    elif served.model.fold_in is None and not hasattr(served.reps, "item"):
        raise InputError(
            "this model scores pairs of a user and an item and has no vector of an item alone; ask "
            "jaxrec recommend"
        )
    elif served.model.fold_in is None or has_towers(served.reps):
        vectors = served.reps.item  # A model that scores otherwise has a vector of each item, too.
        lists = similar(Embeddings(vectors, vectors), rows, k, index=index)
        if index is not None:
            say_short(lists, rows, index.n_items - 1, None)
    else:
        users = np.arange(len(rows) + 1, dtype=np.int32)
        alone = Csr(users, rows.astype(np.int32), users[:-1])
        reps, n_items = served.model.fold_in(served.reps, alone), len(ids)
        lists = top_lists(served.model.score, reps, users[:-1], n_items, k, seen=alone)
    if lists.alike is not None and lists.alike.any():
        lists.item[lists.alike] = -1
        named = ", ".join(map(str, ids.gather(rows[lists.alike][:3])))
        log.say(
            f"{int(lists.alike.sum()):,} of {len(rows):,} items are equally near to all others in "
            f"this model, so nothing is listed for them: {named}"
        )
    return to_frame("similar_to", ids.gather(rows), lists, served.data)


def _near_entities(
    served: Served, entities: tuple[str, ...], k: int, unknown: Unknown
) -> pl.DataFrame:
    """Columns similar_to, entity, rank and score: the nearest of all entities, by cosine."""
    ids: pl.Series = served.data.entity_ids
    rows = each_once(unknown.known(ids, entities, "entity"), "entities")
    vectors = entity_vectors(served.reps)
    if not 1 <= k < len(ids):
        raise InputError(f"--k is {k}; give 1 to {len(ids) - 1}, the other entities")
    lists = similar(Embeddings(vectors, vectors), rows, k)
    return pl.DataFrame(
        {
            "similar_to": ids.gather(np.repeat(rows, k)),
            "entity": ids.gather(lists.item.ravel()),
            "rank": np.tile(np.arange(1, k + 1), len(rows)),
            "score": lists.score.ravel(),
        }
    )


def entity_vectors(reps: Any) -> Any:
    """The vector of each entity, of a model of facts."""
    return reps.query if has_towers(reps) else reps.entity


def each_once(rows: Int32[np.ndarray, "n"], what: str) -> Int32[np.ndarray, "m"]:
    """The rows without repeats, in their order; a line counts those."""
    first = np.sort(np.unique(rows, return_index=True)[1])
    if again := len(rows) - len(first):
        log.say(f"{again:,} {what} are named more than once; each has one list")
    return rows[first]


def to_frame(query: str, ids: pl.Series, lists: TopLists, data: RunData) -> pl.DataFrame:
    """A row an item listed, in the caller's ids; ``ids`` are those of the queries."""
    n_queries, k = lists.item.shape
    shown = lists.item.ravel() >= 0
    item = lists.item.ravel()[shown]
    frame = pl.DataFrame(
        {
            query: ids.gather(np.repeat(np.arange(n_queries), k)[shown]),
            data.ANSWER: data.item_ids.gather(item),
            "rank": np.tile(np.arange(1, k + 1), n_queries)[shown],
            "score": lists.score.ravel()[shown],
        }
    )
    return frame if data.titles is None else frame.with_columns(title=data.titles.gather(item))
