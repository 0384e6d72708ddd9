"""What a session is: all interactions of a user, or those between long pauses."""

import dataclasses
from typing import Any

from jaxrec.data import Dataset, cut_at_gaps, gap_seconds
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
    """The data set with sessions for users.

    Raises:
      InputError: as ``data.gap_seconds`` and ``data.cut_at_gaps``.
    """
    if options.session_gap is None:
        return dataset
    return cut_at_gaps(dataset, gap_seconds(options.session_gap))
