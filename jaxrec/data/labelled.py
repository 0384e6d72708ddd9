"""Rows of user, item and whether they took it, for models of click-through."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int, Int32

from jaxrec.base import InputError
from jaxrec.data.interactions import Interactions


class Labelled(NamedTuple):
    """A row a pair; label 1 for what a user took, 0 for what counts as not taken."""

    user: Int32[np.ndarray, "n"]
    item: Int32[np.ndarray, "n"]
    label: Float32[np.ndarray, "n"]

    def take(self, which: Int[np.ndarray, "m"] | Bool[np.ndarray, "n"]) -> "Labelled":
        """The rows at these positions or under this mask."""
        return Labelled(self.user[which], self.item[which], self.label[which])

    def of(self, label: int, n_users: int, n_items: int) -> Interactions:
        """The pairs with this label."""
        rows = self.take(self.label == label)
        return Interactions(rows.user, rows.item, n_users, n_items)


def not_taken(taken: Interactions, seed: int = 0) -> Interactions:
    """As many pairs of every user again, uniform without replacement from items they did not take.

    A user who took more than half of the items gives all others. Ranks are drawn among the items
    not taken, and counted up to items by bisection.

    >>> board = Interactions(np.int32([0, 0, 1]), np.int32([0, 2, 1]), n_users=2, n_items=4)
    >>> other = not_taken(board)
    >>> other.user.tolist(), sorted(other.item[:2].tolist()), other.item[2] != 1
    ([0, 0, 1], [1, 3], np.True_)
    """
    rng, order = np.random.default_rng(seed), np.argsort(taken.user, kind="stable")
    count = np.bincount(taken.user, minlength=taken.n_users)
    users, items = [], []
    for user, own in enumerate(np.split(taken.item[order], np.cumsum(count)[:-1])):
        present = np.unique(own)
        n_absent = taken.n_items - len(present)
        rank = rng.choice(n_absent, min(len(own), n_absent), replace=False)
        before = np.searchsorted(present - np.arange(len(present)), rank, side="right")
        users.append(np.full(len(rank), user, np.int32))
        items.append((rank + before).astype(np.int32))
    return Interactions(np.concatenate(users), np.concatenate(items), taken.n_users, taken.n_items)


def labelled(taken: Interactions, others: Interactions) -> Labelled:
    """Rows of label 1, then rows of label 0."""
    label = np.repeat(np.array([1, 0], np.float32), [len(taken), len(others)])
    user, item = np.append(taken.user, others.user), np.append(taken.item, others.item)
    return Labelled(user, item, label)


def split_rows(
    rows: Labelled, valid_fraction: float = 0.2, test_fraction: float = 0.2, seed: int = 0
) -> tuple[Labelled, Labelled, Labelled]:
    """Train, validation and test: rows at random, whoever's they are, in random order.

    Rows of users who took nothing in train are dropped from all three. RippleNet, KGNN-LS and
    models after them cut 6:2:2 in this way, negatives drawn before.

    Raises:
      InputError: fractions that are none, or that leave no rows to one of the three.
    """
    if not min(valid_fraction, test_fraction, 1 - valid_fraction - test_fraction) > 0:  # Or NaN.
        raise InputError(
            f"valid_fraction is {valid_fraction} and test_fraction {test_fraction}; give two above "
            "0 whose sum is below 1, such as 0.2 and 0.2"
        )
    n_valid, n_test = (round(len(rows.user) * part) for part in (valid_fraction, test_fraction))
    order = np.random.default_rng(seed).permutation(len(rows.user))
    ends = [len(order) - n_valid - n_test, len(order) - n_test]
    train, valid, test = (rows.take(part) for part in np.split(order, ends))
    known = np.unique(train.user[train.label == 1])
    parts = (part.take(np.isin(part.user, known)) for part in (train, valid, test))
    train, valid, test = parts
    if not min(len(train.user), len(valid.user), len(test.user)):
        raise InputError(
            f"valid_fraction={valid_fraction} and test_fraction={test_fraction} of "
            f"{len(rows.user)} rows leave one part without rows of users with positives in train; "
            "try 0.2 and 0.2, or bring more rows"
        )
    return train, valid, test
