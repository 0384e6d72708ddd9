"""Two stages: a run finds candidates, and another run orders them."""

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Int32

from jaxrec.base import InputError
from jaxrec.data import find
from jaxrec.rank import TopLists, rerank
from jaxrec.runs import log
from jaxrec.runs.answer.serving import Served


class Ranker(NamedTuple):
    """The second stage.

    Attributes:
      served: the run whose scores order the candidates.
      n_candidates: items that the first stage gives it for each user.
    """

    served: Served
    n_candidates: int = 100

    def width(self, k: int, n_items: int) -> int:
        """Candidates of a list of k: no more than there are items.

        Raises:
          InputError: fewer candidates than the list is long.
        """
        if self.n_candidates < k:
            raise InputError(
                f"{self.n_candidates} candidates for lists of {k}; give --n-candidates {k} or more"
            )
        return min(self.n_candidates, n_items)


def reranked(
    lists: TopLists, ranker: Ranker, users: pl.Series, items: pl.Series, k: int
) -> TopLists:
    """The best ``k`` of each list's candidates by the ranker's scores, in rows of ``items``.

    Ids say which row of the ranker is meant. Users whom it does not know keep the first stage's
    order and scores, and candidates that it does not know are left out; lines count both.

    Args:
      lists: candidates, rows of ``items``; -1 is none.
      users: ids of the lists' users.
      items: ids of all items of the first stage.

    Raises:
      InputError: the ranker knows none of the users, or none of the items.
    """
    data = ranker.served.data
    by_user, by_item = _rows(data.user_ids, users), _rows(data.item_ids, items)
    if (by_user < 0).all() or (by_item < 0).all():
        what = "users" if (by_user < 0).all() else "items"
        raise InputError(f"the ranker knows none of the {what}; give a run of the same ids")
    known = by_user >= 0
    k = min(k, lists.item.shape[1])
    found = TopLists(lists.item[:, :k].copy(), lists.score[:, :k].copy())
    candidates = np.where(lists.item < 0, -1, by_item[lists.item])[known]
    model, reps = ranker.served.of_users()
    best = rerank(model.score, reps, by_user[known], candidates, k)
    back = np.full(len(data.item_ids), -1, np.int32)
    back[by_item[by_item >= 0]] = np.flatnonzero(by_item >= 0)
    found.item[known] = np.where(best.item < 0, -1, back[best.item])
    found.score[known] = best.score
    if n_kept := int(np.sum(~known)):
        log.say(f"{n_kept:,} of {len(known):,} users are unknown to the ranker: order as it was")
    asked = lists.item[known]
    if n_left := len(np.unique(asked[(asked >= 0) & (candidates < 0)])):
        log.say(f"{n_left:,} items are unknown to the ranker and left out of its lists")
    return found


def _rows(ids: pl.Series, wanted: pl.Series) -> Int32[np.ndarray, "n"]:
    """The row of each wanted id among ``ids``, -1 for an unknown one."""
    return find(ids, wanted.cast(pl.String))[0]
