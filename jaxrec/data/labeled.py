"""Rows of user, item and label: whether the user clicked the item, for models of click-through.

Labels are in the data, or else as many pairs of users with other items are drawn once, before the
split, as in the published numbers of RippleNet, KGCN and KGNN-LS.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Int

from jaxrec.base import InputError
from jaxrec.data.dataset import Dataset
from jaxrec.data.interactions import Interactions, concatenate
from jaxrec.data.split import Split


def has_labels(interactions: Interactions) -> bool:
    """Whether ratings are 0 and 1, both and nothing else: whether something was clicked."""
    if interactions.rating is None:
        return False
    return set(np.unique(interactions.rating).tolist()) == {0.0, 1.0}


def by_label(parts: Split) -> tuple[Split, Split]:
    """The rows of label 1 of every part, and those of label 0."""
    return parts.map(lambda part: _of(part, 1)), parts.map(lambda part: _of(part, 0))


def join_labels(positives: Split, negatives: Split) -> Split:
    """The rows of both, part by part: undoes ``by_label``."""
    train = concatenate(positives.train, negatives.train)
    valid = concatenate(positives.valid, negatives.valid)
    return Split(train, valid, concatenate(positives.test, negatives.test), positives.method)


def with_negatives(dataset: Dataset, seed: int = 0) -> Dataset:
    """The interactions with label 1, then drawn pairs of label 0 (``sample_negatives``).

    No pair is drawn that the user rated low. A drawn pair has the time, and the part of a given
    split, of the interaction that it stands beside.

    Raises:
      InputError: every user interacted with every item.
    """
    positives = dataset.interactions
    beside, drawn = _negatives(positives, seed, dataset.low_rated)
    if not len(beside):
        raise InputError(
            f"in {dataset.name} every user has every item, so that no pair can be of label 0; "
            "give a column of labels 0 and 1 as rating"
        )
    given = dataset.given
    given = None if given is None else np.append(given, given[beside])
    rows = concatenate(_labeled_as(positives, 1), _labeled_as(drawn, 0))
    return replace(dataset, interactions=rows, given=given)


def sample_negatives(
    positives: Interactions, seed: int = 0, known: Interactions | None = None
) -> Interactions:
    """As many pairs of every user again, uniform without replacement from the other items.

    A user who has more than half of the items gets all others. Ranks are drawn among the other
    items, and counted up to items by bisection.

    >>> board = Interactions(np.int32([0, 0, 1]), np.int32([0, 2, 1]), n_users=2, n_items=4)
    >>> other = sample_negatives(board)
    >>> other.user.tolist(), sorted(other.item[:2].tolist()), other.item[2] != 1
    ([0, 0, 1], [1, 3], np.True_)

    Args:
      known: pairs that are not drawn either.
    """
    return _negatives(positives, seed, known)[1]


def _negatives(
    positives: Interactions, seed: int, known: Interactions | None
) -> tuple[Int[np.ndarray, "m"], Interactions]:
    """For each drawn pair the position of the interaction that it stands beside, and the pairs."""
    rng, order = np.random.default_rng(seed), np.argsort(positives.user, kind="stable")
    own_items = _lists(positives, order)
    known_items = None
    if known is not None:
        known_items = _lists(known, np.argsort(known.user, kind="stable"))
    count = [len(own) for own in own_items]
    start, beside, items = np.cumsum(count) - count, [], []
    for user, own in enumerate(own_items):
        present = np.unique(own if known_items is None else np.append(own, known_items[user]))
        n_absent = positives.n_items - len(present)
        rank = rng.choice(n_absent, min(len(own), n_absent), replace=False)
        before = np.searchsorted(present - np.arange(len(present)), rank, side="right")
        beside.append(order[start[user] : start[user] + len(rank)])
        items.append((rank + before).astype(np.int32))
    rows = np.concatenate(beside)
    return rows, replace(positives.take(rows), item=np.concatenate(items), rating=None)


def _lists(pairs: Interactions, order: Int[np.ndarray, "n"]) -> list[Int[np.ndarray, "_"]]:
    """The items of every user, given an order by user."""
    ends = np.cumsum(np.bincount(pairs.user, minlength=pairs.n_users))[:-1]
    return np.split(pairs.item[order], ends)


def _labeled_as(pairs: Interactions, label: int) -> Interactions:
    return replace(pairs, rating=np.full(len(pairs), label, np.float32))


def _of(rows: Interactions, label: int) -> Interactions:
    assert rows.rating is not None, "rows have labels"
    return rows.take(rows.rating == label)
