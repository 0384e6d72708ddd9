"""Pairs of items, one a question and the other its answer: what models of related items learn."""

from typing import NamedTuple

import numpy as np
import scipy.sparse
from jaxtyping import Bool, Int, Int32, Int64

from jaxrec.base import InputError
from jaxrec.data.interactions import Interactions


class Pairs(NamedTuple):
    """Item ``item[n]`` is right for who looks at item ``query[n]``.

    Attributes:
      time: unix seconds at which the answer was taken, if known.
    """

    query: Int32[np.ndarray, "n"]
    item: Int32[np.ndarray, "n"]
    time: Int64[np.ndarray, "n"] | None = None

    def take(self, which: Int[np.ndarray, "m"] | Bool[np.ndarray, "n"]) -> "Pairs":
        """The pairs at these positions or under this mask."""
        time = None if self.time is None else self.time[which]
        return Pairs(self.query[which], self.item[which], time)


class HeldOut(NamedTuple):
    """Pairs by whether training may see their items.

    Attributes:
      item: rows of the items that training never sees, ascending.
      train: pairs without such an item.
      test: pairs whose answer is such an item and whose query is none.
    """

    item: Int32[np.ndarray, "m"]
    train: Pairs
    test: Pairs


def consecutive(interactions: Interactions, max_seconds: int | None = None) -> Pairs:
    """What a user took, and what they took next; in order of users, then of time. O(n log n).

    Equal times keep the order of the data. A pair occurs as often as it happened; an item is no
    answer to itself.

    Args:
      max_seconds: leave out answers that came later than this after their query.

    Raises:
      InputError: no times.

    >>> user, item = np.array([0, 0, 1, 0], np.int32), np.array([5, 7, 5, 6], np.int32)
    >>> pairs = consecutive(Interactions(user, item, 2, 8, time=np.array([30, 10, 40, 20])))
    >>> pairs.query.tolist(), pairs.item.tolist(), pairs.time.tolist()
    ([7, 6], [6, 5], [20, 30])
    """
    if interactions.time is None:
        raise InputError(
            "consecutive pairs need times; of a table name their column with --time-column"
        )
    order = np.lexsort((interactions.time, interactions.user))
    user, item, time = (
        array[order] for array in (interactions.user, interactions.item, interactions.time)
    )
    follows = (user[1:] == user[:-1]) & (item[1:] != item[:-1])
    if max_seconds is not None:
        follows &= time[1:] - time[:-1] <= max_seconds
    return Pairs(item[:-1][follows], item[1:][follows], time[1:][follows])


def sharing(item: Int32[np.ndarray, "n"], other: Int32[np.ndarray, "n"]) -> Pairs:
    """Items linked to the same other thing, each ordered pair once, in order of query and item.

    Link ``n`` joins ``item[n]`` to ``other[n]``. O(sum of squares of the links of each other).

    >>> pairs = sharing(np.array([0, 1, 1, 2], np.int32), np.array([0, 0, 1, 2], np.int32))
    >>> pairs.query.tolist(), pairs.item.tolist()
    ([0, 1], [1, 0])
    """
    shape = item.max(initial=-1) + 1, other.max(initial=-1) + 1
    links = scipy.sparse.csr_array((np.ones(len(item)), (item, other)), shape=shape)
    together = scipy.sparse.coo_array(links @ links.T)
    pairs = Pairs(together.row.astype(np.int32), together.col.astype(np.int32))
    apart = pairs.take(pairs.query != pairs.item)
    return apart.take(np.lexsort((apart.item, apart.query)))


def with_same_user(interactions: Interactions, most: int = 10, seed: int = 0) -> Pairs:
    """Items that share a user: for each interaction up to ``most`` of the user's other items.

    These are drawn without replacement, so that a long list of items does not count by its square.
    A pair occurs once for every user that it is drawn for, and an item is no answer to itself.
    O(n * most).

    >>> user, item = np.array([0, 0, 1], np.int32), np.array([3, 1, 2], np.int32)
    >>> pairs = with_same_user(Interactions(user, item, 2, 4))
    >>> sorted(zip(pairs.query.tolist(), pairs.item.tolist()))
    [(1, 3), (3, 1)]
    """
    once = interactions.unique_pairs()
    order = np.lexsort((np.random.default_rng(seed).random(len(once)), once.user))
    item, n = once.item[order], np.bincount(once.user, minlength=once.n_users)
    degree, first = (np.repeat(each, n) for each in (n, np.cumsum(n) - n))
    place, queries, answers = np.arange(len(item)) - first, [], []
    for step in range(1, most + 1):  # Around the user's list, in its random order.
        kept = degree > step
        queries.append(item[kept])
        answers.append(item[(first + (place + step) % np.maximum(degree, 1))[kept]])
    return Pairs(np.concatenate(queries), np.concatenate(answers))


def hold_out_items(pairs: Pairs, fraction: float = 0.1, seed: int = 0) -> HeldOut:
    """Hides a share of the items that answer something, to ask how a new item would be found.

    Training must not see the items elsewhere either: take them out of the interactions,
    ``interactions.take(~np.isin(interactions.item, held.item))``, and fit features without them.

    Raises:
      InputError: a fraction that hides no item, or so many that train or test is empty.
    """
    if not 0 < fraction < 1:
        raise InputError(f"fraction={fraction} must lie in (0, 1); try 0.1")
    answers = np.unique(pairs.item)
    n_held = round(len(answers) * fraction)
    rng = np.random.default_rng(seed)
    held = np.sort(rng.permutation(answers)[:n_held])
    asks, answered = np.isin(pairs.query, held), np.isin(pairs.item, held)
    train, test = pairs.take(~asks & ~answered), pairs.take(answered & ~asks)
    if not len(train.item) or not len(test.item):
        raise InputError(
            f"fraction={fraction} of {len(answers)} items leaves {len(train.item)} pairs for train "
            f"and {len(test.item)} for test; choose another, such as 0.1, or give more pairs"
        )
    return HeldOut(held, train, test)
