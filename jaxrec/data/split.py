"""Train, validation and test."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar, get_args

import numpy as np

from jaxrec.base import InputError
from jaxrec.data.dataset import Dataset
from jaxrec.data.holding_out import HOLD, latest, random
from jaxrec.data.interactions import Interactions
from jaxrec.data.node_labels import NodeLabels
from jaxrec.data.triples import Triples

Method = Literal["auto", "random", "rows", "users", "latest", "leave_one_out", "time", "given"]
Validation = Literal["auto", "random", "users", "latest"]
_NOTHING = np.zeros(0, np.int64)


R = TypeVar("R", Interactions, Triples, NodeLabels)


@dataclass(frozen=True, eq=False)
class Split(Generic[R]):
    """Three parts over the same users and items, or other rows; ``method`` is how they were cut."""

    train: R
    valid: R
    test: R
    method: str

    def map(self, change: Callable[[R], R]) -> "Split[R]":
        """The same split with each part changed."""
        return replace(
            self, train=change(self.train), valid=change(self.valid), test=change(self.test)
        )

    def learn_valid(self) -> "Split[R]":
        """The validation rows behind those of train; an empty validation slice."""
        train, none = self.train.followed_by(self.valid), self.valid.take(_NOTHING)
        return replace(self, train=train, valid=none)

    def learn_all(self) -> "Split[R]":
        """All rows in train; nothing is left to validate or test on."""
        known = self.learn_valid()
        train, none = known.train.followed_by(self.test), self.test.take(_NOTHING)
        return replace(known, train=train, test=none)


def split(
    dataset: Dataset,
    *,
    method: Method = "auto",
    test_fraction: float = 0.2,
    valid_fraction: float = 0.1,
    valid: Validation = "auto",
    seed: int = 0,
) -> Split[Interactions]:
    """Cuts a data set in three, the same way for the same seed. O(n log n).

    ``random``: every user with three interactions or more gives a rounded fraction, at least one
    and never all, to the test; other users stay in train. ``rows``: a random fraction of all
    interactions, whoever they are of. ``users``: a fraction of the users with two interactions or
    more gives all of theirs; those who came last if times are known. ``latest``: as many of each
    user as ``random``, but their last, by time if known, else by position. ``leave_one_out``: the
    last interaction of each such user, likewise; validation the last but one. ``time``: what
    follows one moment, the same for all. ``given``: what the data set fixes. ``auto`` is ``given``
    if there is one, else ``latest`` if times are known, else ``random``.

    Validation leaves train by the same rule (``random`` for ``given``), or by that which ``valid``
    names (``users`` gives whole sessions), unless a given split brings its own. Where a data set
    keeps repeated pairs, the test may hold pairs of train.

    Args:
      test_fraction: of all interactions; ``leave_one_out`` and ``given`` have their own.
      valid_fraction: of what the test leaves; 0 for no validation, when train has the given one.

    Raises:
      InputError: a fraction out of range, a method that is unknown or that the data does not allow,
        an empty test.
    """
    if not (0 < test_fraction < 1 and 0 <= valid_fraction < 1):
        raise InputError(
            f"test_fraction={test_fraction} must lie in (0, 1) and valid_fraction="
            f"{valid_fraction} in [0, 1); try 0.2 and 0.1"
        )
    if valid not in get_args(Validation):
        raise InputError(f"valid={valid!r}; choose one of {', '.join(get_args(Validation))}")
    if method == "auto":
        timed = "random" if dataset.interactions.time is None else "latest"
        method = timed if dataset.given is None else "given"
    rng = np.random.default_rng(seed)
    everything = dataset.interactions
    if method == "given":
        if dataset.given is None:
            raise InputError(f"{dataset.name} has no split of its own; choose random or time")
        hold, part = random, dataset.given.copy()
    else:
        if method not in HOLD:
            raise InputError(f"split method {method!r}; choose one of {', '.join(HOLD)}, given")
        if dataset.given is not None and not dataset.repeats:
            everything = everything.unique_pairs()  # A given test may repeat pairs of its train.
        hold = HOLD[method]
        part = 2 * hold(everything, test_fraction, 3, rng).astype(np.int8)
    if not valid_fraction:
        part[part == 1] = 0
    elif not np.any(part == 1):
        rest, least = np.flatnonzero(part == 0), 3
        if method == "leave_one_out":  # Whoever gave the last also gives the last but one.
            gave = np.bincount(everything.user[part == 2], minlength=everything.n_users) > 0
            rest, least = rest[gave[everything.user[rest]]], 2
        rule = hold if valid == "auto" else HOLD[valid]
        part[rest[rule(everything.take(rest), valid_fraction, least, rng)]] = 1
    if not np.any(part == 2):
        raise InputError(f"{dataset.name}: {_EMPTY[method]}")
    return Split(*(everything.take(part == number) for number in range(3)), method=method)


def hold_out(
    train: Interactions, method: str, fraction: float, seed: int = 0
) -> tuple[Interactions, Interactions]:
    """What stays and what is held out of a training slice: a share of every user's interactions.

    Their latest ones where the test slice, cut by ``method``, is later too; else random ones. Users
    with fewer than three give none.
    """
    hold = latest if method in ("latest", "leave_one_out", "time") else random
    held = hold(train, fraction, 3, np.random.default_rng(seed))
    return train.take(~held), train.take(held)


_FEW = "no user has 3 interactions, so the test is empty; give more data or split by time"
_EMPTY = {
    "random": _FEW,
    "users": "too few users have two interactions; give more data or another split",
    "rows": "there are too few interactions for the share; raise test_fraction",
    "latest": _FEW,
    "leave_one_out": _FEW,
    "time": "nothing is newer than the cut, so the test is empty; raise test_fraction",
    "given": "its test part is empty; choose random or time",
}
