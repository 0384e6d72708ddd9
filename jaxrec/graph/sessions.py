"""Items in the order in which a session, or a user, interacted with them."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError


class Sessions(NamedTuple):
    """The items of every session, oldest first; an item may come again.

    Attributes:
      indptr: session ``s`` has ``item[indptr[s]:indptr[s + 1]]``.
      item: rows of items.
      owner: the number that each session was given by, a session's or a user's, ascending; the
        parts of one that was cut at long pauses share it.
    """

    indptr: Int[Array, "S+1"] | Int[np.ndarray, "S+1"]
    item: Int[Array, "E"] | Int[np.ndarray, "E"]
    owner: Int[Array, "S"] | Int[np.ndarray, "S"]


def sessions(
    session: Int[np.ndarray, "_"],
    item: Int[np.ndarray, "_"],
    n_items: int,
    time: Float[np.ndarray, "_"] | Int[np.ndarray, "_"] | None = None,
    max_gap_s: float | None = None,
) -> Sessions:
    """Collects the items of every session by time; equal times keep their order. O(n log n).

    Args:
      session: number of each row's session, or of its user; rows may be in any order.
      item: rows in ``[0, n_items)``.
      time: in seconds where ``max_gap_s`` is given, else anything that ascends; None is the order
        of the rows.
      max_gap_s: seconds without an interaction after which a new session begins.

    Raises:
      InputError: no rows, columns of different lengths, items or times out of range, or a gap that
        is no number above 0 or has no times.

    >>> rows = lambda *numbers: np.array(numbers)
    >>> found = sessions(rows(7, 3, 7, 7), rows(2, 0, 1, 2), n_items=3, time=rows(20, 5, 10, 99))
    >>> found.indptr.tolist(), found.item.tolist(), found.owner.tolist()
    ([0, 1, 4], [0, 1, 2, 2], [3, 7])
    >>> cut = sessions(rows(7, 7, 7), rows(1, 2, 2), 3, time=rows(10, 20, 99), max_gap_s=60.0)
    >>> cut.indptr.tolist(), cut.owner.tolist()
    ([0, 2, 3], [7, 7])
    """
    _check(session, item, n_items, time, max_gap_s)
    order = np.argsort(session, kind="stable") if time is None else np.lexsort((time, session))
    owner, item = session[order], item[order]
    begins = np.append(True, owner[1:] != owner[:-1])
    if time is not None and max_gap_s is not None:
        begins[1:] |= np.diff(time[order]) > max_gap_s
    first = np.flatnonzero(begins)
    indptr = np.append(first, len(item)).astype(np.int32)
    return Sessions(indptr, item.astype(np.int32), owner[first])


def without_last(sessions: Sessions, n: int = 1) -> Sessions:
    """Sessions without their last ``n`` items; shorter ones are left without any.

    For leave-one-out: ``last_prefixes(whole)`` is the test, ``last_prefixes(without_last(whole))``
    the validation, and ``without_last(whole, 2)`` what models learn from.

    Raises:
      InputError: ``n`` below 0.

    >>> whole = sessions(np.array([0, 0, 0, 1]), np.array([2, 0, 1, 1]), n_items=3)
    >>> without_last(whole).indptr.tolist(), without_last(whole).item.tolist()
    ([0, 2, 2], [2, 0])
    """
    if n < 0:
        raise InputError(f"n is {n} items to leave out; give 0 or more")
    length = np.diff(sessions.indptr)
    place = np.arange(len(sessions.item)) - np.repeat(sessions.indptr[:-1], length)
    kept = place < np.repeat(length - n, length)
    indptr = np.append(0, np.cumsum(np.maximum(length - n, 0))).astype(np.int32)
    return Sessions(indptr, np.asarray(sessions.item)[kept], sessions.owner)


def _check(session, item, n_items, time, max_gap_s) -> None:
    columns = [session, item] if time is None else [session, item, time]
    if len({len(column) for column in columns}) > 1 or not len(session):
        raise InputError(
            f"session, item and time have {', '.join(str(len(column)) for column in columns)} "
            "entries; give one of each for every interaction, and 1 or more"
        )
    if not 0 <= item.min() <= item.max() < n_items:
        wrong = item.min() if item.min() < 0 else item.max()
        raise InputError(
            f"item row {wrong} lies outside [0, {n_items}) set by n_items={n_items}; "
            "number rows with data.contiguous"
        )
    if time is not None and not np.all(np.isfinite(time)):
        raise InputError("some times are not finite numbers; drop these rows")
    if max_gap_s is not None and (time is None or not max_gap_s > 0):
        raise InputError(
            f"max_gap_s is {max_gap_s}; give a number of seconds above 0, and the times of "
            "interactions"
        )
