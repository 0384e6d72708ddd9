"""Lists for users who ask with several vectors each."""

import jax
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Embeddings, InputError
from jaxrec.graph import Csr
from jaxrec.ops import cosine
from jaxrec.rank import TopLists, top_lists

_COSINE = cosine()


def nearest(
    item: Float[Array, "I d"] | Float[np.ndarray, "I d"],
    query: Float[Array, "Q d"] | Float[np.ndarray, "Q d"],
    user: Int[np.ndarray, "Q"],
    k: int,
    *,
    seen: Csr | None = None,
) -> TopLists:
    """For each user the ``k`` items nearest by cosine to their queries, an equal share for each.

    The list takes the nearest item of every query in turn, then the second nearest, and so on; an
    item that several find counts once, at its first place. Scores are ``k, k - 1, ...``, because
    cosines to different queries do not say which item comes first.

    Args:
      user: whose query it is, ``0, ..., n - 1`` with none left out, ascending; each user's queries
        with the most important first.
      seen: items to leave out, by row of user.

    Raises:
      InputError: a user without a query or out of order, or ``k`` beyond the catalogue.
    """
    step = np.diff(user, prepend=-1)
    if not len(user) or user[0] != 0 or step.min() < 0 or step.max() > 1:
        raise InputError(
            "queries belong to users 0, 1, 2, ... in this order, with at least one each; "
            "number the users without gaps and sort"
        )
    each = None if seen is None else rows_of(seen, user)
    reps = Embeddings(*jax.device_put((query, item)))
    found = top_lists(_COSINE, reps, np.arange(len(user)), item.shape[0], k, seen=each)
    return interleave(found.item, user, k)


def interleave(
    item: Int[np.ndarray, "Q n"],
    user: Int[np.ndarray, "Q"],
    k: int,
    weight: Float[np.ndarray, "Q"] | None = None,
) -> TopLists:
    """Each user's lists made one of ``k``, by turns; the first of equal items stays.

    The next place goes to the query with the largest ``weight / (taken + 1/2)``, of equals to the
    first: of any length, the list has from each query what Webster and Sainte-Laguë give it by its
    weight. Balinski & Young, Fair Representation, 2001. Equal weights take turns.

    Args:
      item: lists of queries, best first; -1 is none.
      user: as in ``nearest``.
      weight: of each query, above 0; None is equal.
    """
    n_users, (n_queries, width) = int(user[-1]) + 1, item.shape
    weight = np.ones(n_queries) if weight is None else weight
    owner = np.repeat(user, width)
    turn = ((np.arange(width) + 0.5) / weight[:, None]).ravel()
    query = np.repeat(np.arange(n_queries), width)
    order = np.lexsort((query, turn, owner))
    order = order[item.ravel()[order] >= 0]
    owner, found = owner[order], item.ravel()[order]
    pairs = owner.astype(np.int64) * (int(item.max(initial=0)) + 1) + found
    first = np.sort(np.unique(pairs, return_index=True)[1])
    owner, found = owner[first], found[first]
    start = np.searchsorted(owner, np.arange(n_users))
    place = np.arange(len(owner)) - start[owner]
    shown = place < k
    lists = TopLists(
        np.full((n_users, k), -1, np.int32), np.full((n_users, k), -np.inf, np.float32)
    )
    lists.item[owner[shown], place[shown]] = found[shown]
    lists.score[owner[shown], place[shown]] = k - place[shown]
    return lists


def rows_of(lists: Csr, rows: Int[np.ndarray, "Q"]) -> Csr:
    """These rows of the lists, in this order, with repeats."""
    indptr, indices = np.asarray(lists.indptr), np.asarray(lists.indices)
    degree = np.diff(indptr)[rows]
    ends = np.cumsum(degree)
    at = np.repeat(indptr[rows] - ends + degree, degree) + np.arange(degree.sum())
    ends = np.concatenate([[0], ends]).astype(np.int32)
    return Csr(ends, indices[at], np.flatnonzero(degree).astype(np.int32))
