"""What a session is, and whether an item may return to it."""

import dataclasses
from typing import Any

import numpy as np

from jaxrec.data import Dataset, Interactions, cut_at_gaps, gap_seconds
from jaxrec.tasks.option_groups import DATA


@dataclasses.dataclass(frozen=True)
class SessionOptions:
    """What a session is."""

    GROUP = DATA
    session_gap: str | None = None
    """Time without an interaction after which a user's next one begins a new session: 30m, 2h, 1d.
    The sessions of ann are then called ann/1, ann/2, ... By default a session is all that has one
    id in the user column, which may hold ids of sessions."""


def prepare(dataset: Dataset, options: Any) -> Dataset:
    """The data set with sessions for users; of leave-one-out with each item once a user.

    Raises:
      InputError: as ``data.gap_seconds`` and ``data.cut_at_gaps``.
    """
    if options.session_gap is not None:
        dataset = cut_at_gaps(dataset, gap_seconds(options.session_gap))
    if options.split == "leave_one_out":
        once = dataset.interactions.unique_pairs()
        return dataclasses.replace(dataset, interactions=once, given=None, repeats=False)
    own = dataset.given if options.split in ("auto", "given") else None
    if own is not None and _leaves_one_out(dataset.interactions, own == 2):
        return dataclasses.replace(dataset, repeats=False)
    return dataset


def _leaves_one_out(all: Interactions, test: np.ndarray) -> bool:
    """Whether the test is the last of several items of its users, and nobody has an item twice."""
    order = all.by_time()
    user, last = all.user[order], np.append(all.user[order][1:] != all.user[order][:-1], True)
    several = np.bincount(user, minlength=all.n_users)[user] > 1
    return bool(np.all((last & several)[test[order]])) and len(all.unique_pairs()) == len(all)
