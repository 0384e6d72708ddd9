"""Places in sessions, and what precedes them: the questions of next-item recommendation.

Whole sessions are stored. What precedes an item is cut out of them when it is needed, as a padded
array of one of few widths: of 700,000 prefixes no more than a block exists at a time.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Int

from jaxrec.base import InputError
from jaxrec.graph.sessions import Sessions

LEAST_WIDTH = 8
"""Of padded prefixes; the other widths are its doubles."""


class SessionQuery(NamedTuple):
    """The latest items of B sessions, oldest first: the query of a next-item model.

    Attributes:
      item: 0 at padding, which stands at the end.
      mask: False marks padding.
    """

    item: Int[Array, "B L"] | Int[np.ndarray, "B L"]
    mask: Bool[Array, "B L"] | Bool[np.ndarray, "B L"]


class Prefixes(NamedTuple):
    """Places in sessions, with the item that stands there.

    Attributes:
      session: row of the session.
      length: how many items precede the target, 1 or more.
      target: the item that follows them.
    """

    session: Int[np.ndarray, "Q"]
    length: Int[np.ndarray, "Q"]
    target: Int[np.ndarray, "Q"]


def all_prefixes(sessions: Sessions) -> Prefixes:
    """Every item but the first of each session is a target. O(n).

    >>> rows = lambda *numbers: np.array(numbers, np.int32)
    >>> found = all_prefixes(Sessions(rows(0, 3, 4), rows(2, 0, 1, 1), rows(0, 1)))
    >>> found.session.tolist(), found.length.tolist(), found.target.tolist()
    ([0, 0], [1, 2], [0, 1])
    """
    length = np.diff(sessions.indptr)
    place = np.arange(len(sessions.item)) - np.repeat(sessions.indptr[:-1], length)
    session = np.repeat(np.arange(len(length)), length)
    return _prefixes(sessions, session[place > 0], place[place > 0])


def last_prefixes(sessions: Sessions) -> Prefixes:
    """The last item of every session of two or more is a target. O(n).

    >>> rows = lambda *numbers: np.array(numbers, np.int32)
    >>> found = last_prefixes(Sessions(rows(0, 3, 4), rows(2, 0, 1, 1), rows(0, 1)))
    >>> found.session.tolist(), found.length.tolist(), found.target.tolist()
    ([0], [2], [1])
    """
    length = np.diff(sessions.indptr)
    session = np.flatnonzero(length > 1)
    return _prefixes(sessions, session, length[session] - 1)


def _prefixes(sessions: Sessions, session, length) -> Prefixes:
    target = np.asarray(sessions.item)[np.asarray(sessions.indptr)[session] + length]
    return Prefixes(session.astype(np.int32), length.astype(np.int32), target)


def pad_prefixes(
    sessions: Sessions,
    session: Int[Array, "B"] | Int[np.ndarray, "B"],
    length: Int[Array, "B"] | Int[np.ndarray, "B"],
    width: int,
) -> SessionQuery:
    """The last ``width`` of the first ``length`` items of each session.

    NumPy arrays give NumPy arrays; JAX arrays, ``sessions`` too, work under jit, ``width`` static.

    >>> rows = lambda *numbers: np.array(numbers, np.int32)
    >>> sessions = Sessions(rows(0, 3, 4), rows(2, 0, 1, 1), rows(0, 1))
    >>> query = pad_prefixes(sessions, rows(0, 0), rows(3, 1), width=2)
    >>> query.item.tolist(), query.mask.tolist()
    ([[0, 1], [2, 0]], [[True, True], [True, False]])
    """
    xp = session.__array_namespace__()
    kept = xp.minimum(length, width)
    place = xp.arange(width)[None, :]
    mask = place < kept[:, None]
    entry = (sessions.indptr[session] + length - kept)[:, None] + place
    item = xp.where(mask, sessions.item[xp.where(mask, entry, 0)], 0)
    return SessionQuery(item, mask)


def length_buckets(
    prefixes: Prefixes, max_length: int | None = None
) -> dict[int, Int[np.ndarray, "_"]]:
    """Rows of ``prefixes`` by the width that they are padded to: 8, 16, 32, ...

    So all are ranked by few programs, and short ones do not cost what the longest does.

    Args:
      max_length: the largest width, of prefixes that long and longer; None is no limit.

    Raises:
      InputError: ``max_length`` below 1.

    >>> length = np.array([1, 17, 8, 9, 30])
    >>> found = length_buckets(Prefixes(length, length, length), max_length=20)
    >>> {width: rows.tolist() for width, rows in found.items()}
    {8: [0, 2], 16: [3], 20: [1, 4]}
    """
    if max_length is not None and max_length < 1:
        raise InputError(f"max_length is {max_length} items; give 1 or more, or None for no limit")
    doubled = np.ceil(np.log2(np.maximum(prefixes.length, LEAST_WIDTH) / LEAST_WIDTH))
    width = LEAST_WIDTH << doubled.astype(np.int64)
    width = width if max_length is None else np.minimum(width, max_length)
    return {int(one): np.flatnonzero(width == one) for one in np.unique(width)}
