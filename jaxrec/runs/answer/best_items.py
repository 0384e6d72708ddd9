"""The best items of users, and the popular ones for those of whom nothing is known."""

import numpy as np
from jaxtyping import Bool, Int32

from jaxrec.base import Model
from jaxrec.evaluate import item_counts, popularity
from jaxrec.graph import Csr
from jaxrec.rank import TopLists, put_rows, top_lists
from jaxrec.retrieve import Ann, recommend
from jaxrec.runs import log
from jaxrec.runs.progress import RankingProgress
from jaxrec.tasks import RunData


def best_items(
    model: Model,
    reps,
    data: RunData,
    rows: Int32[np.ndarray, "Q"],
    k: int,
    *,
    hidden: Csr | None,
    index: Ann | None,
    cold: Bool[np.ndarray, "Q"],
    why_cold: str,
) -> TopLists:
    """The ``k`` best items for each of ``rows``, without ``hidden``.

    Cold users get the popular items, and so do those to whom the model gives all items the same
    score. Lines of the log say how many, and of how many lists ``index`` found too little.

    Args:
      cold: users of whom the model knows nothing.
      why_cold: the verb and object of the line that counts them.
    """
    popular, n_items = item_counts(data.split.train), len(data.item_ids)
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
    if cold.any():
        log.say(
            f"{int(cold.sum()):,} of {len(rows):,} users {why_cold}; they get the popular items"
        )
        put_rows(lists, cold, top_lists(popularity, popular, rows[cold], n_items, k, seen=hidden))
    if lists.alike is not None and (n_alike := int((lists.alike & ~cold).sum())):
        log.say(
            f"{n_alike:,} of {len(rows):,} users get the same score for all items from this model; "
            "they get the popular items"
        )
    return lists


def say_short(lists: TopLists, rows: np.ndarray, n_items: int, seen: Csr | None) -> None:
    """Says how many lists are shorter than what is not seen, if any."""
    n_seen = np.zeros(len(rows), int) if seen is None else np.diff(seen.indptr)[rows]
    due = np.minimum(lists.item.shape[1], n_items - n_seen)
    short = int(np.sum(np.sum(lists.item >= 0, axis=1) < due))
    if short:
        log.say(
            f"{short:,} of {len(rows):,} lists are short: the index found too few items that are "
            "not seen; without --index all are scored"
        )
