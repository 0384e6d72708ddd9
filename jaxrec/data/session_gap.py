"""Histories cut into sessions at long pauses."""

import re
from dataclasses import replace

import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.data.dataset import Dataset

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def gap_seconds(text: str) -> float:
    """The seconds of a number with a unit: s, m, h or d.

    Raises:
      InputError: anything else, or a number that is not above 0.

    >>> gap_seconds("30m"), gap_seconds("1.5h")
    (1800.0, 5400.0)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text.strip())
    seconds = float(found[1]) * SECONDS[found[2]] if found else 0.0
    if not seconds:
        raise InputError(
            f"--session-gap is {text!r}; give a number above 0 and a unit, s, m, h or d: 30m"
        )
    return seconds


def cut_at_gaps(dataset: Dataset, gap_s: float) -> Dataset:
    """The data set whose users are sessions: each user's interactions between pauses.

    A session begins where more than ``gap_s`` seconds passed without an interaction of its user.
    The third of ``ann`` is called ``ann/3``. Relations and features are left out.

    Raises:
      InputError: data without times or without repeated pairs, or with a split of their own.
    """
    actions = dataset.interactions
    if actions.time is None:
        raise InputError(
            "--session-gap needs the times of interactions; name their column with --time-column"
        )
    if not dataset.repeats:
        raise InputError(
            f"--session-gap cuts sessions to which items may return, and {dataset.name} was read "
            "with an item once a user; read it with --repeats keep"
        )
    if dataset.given is not None:
        raise InputError(
            f"{dataset.name} has a split of its own, which sessions would cross; leave "
            "--session-gap out"
        )
    order = actions.by_time()
    user, time = actions.user[order], actions.time[order]
    new_user = np.append(True, user[1:] != user[:-1])
    begins = new_user | np.append(False, np.diff(time) > gap_s)
    session = np.cumsum(begins) - 1
    owner = user[begins]
    number = np.arange(len(owner)) - np.searchsorted(owner, owner) + 1
    ids = pl.DataFrame({"user": dataset.user_ids.gather(owner).cast(pl.String), "n": number})
    by_row = np.empty(len(actions), np.int32)
    by_row[order] = session
    return replace(
        dataset,
        interactions=replace(actions, user=by_row, n_users=len(owner)),
        user_ids=ids.select(user=pl.concat_str("user", "n", separator="/"))["user"],
        low_rated=None,
        entities={},
        relations={},
        features={},
        counts=dataset.counts | {"sessions": len(owner)},
    )
