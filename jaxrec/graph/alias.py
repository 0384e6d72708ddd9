"""Tables for draws by weight in O(1), one law for every row of flat lists.

Walker, An efficient method for generating discrete random variables, ACM TOMS 1977: every place has
one alias, and a draw is a uniform place of the row, kept with its own chance, else exchanged for
its alias.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError


class Alias(NamedTuple):
    """One law a row.

    Attributes:
      keep: chance to keep a place when it is drawn.
      alias: the place that comes instead, in the same row.
    """

    keep: Float[Array, "E"] | Float[np.ndarray, "E"]
    alias: Int[Array, "E"] | Int[np.ndarray, "E"]


def alias_rows(weight: Float[np.ndarray, "E"], indptr: Int[np.ndarray, "P"]) -> Alias:
    """Tables of draws proportional to ``weight`` within every row. O(E log E), without a loop.

    Row ``r`` owns places ``indptr[r]`` to ``indptr[r + 1] - 1``. Places below their row's mean are
    filled up, in order, by places above it, in order. With ``lack`` the running sum of what the
    first are short of and ``spare`` that of what the second have to give, both in units of the
    row's mean, whoever fills a place is the first whose ``spare`` exceeds the ``lack`` before it;
    and a giver is through when ``lack`` reaches its ``spare``, keeps what is left of its own and
    has the next giver for alias. Every row lacks what it can spare, so the sums run on through all
    rows; only rounding could lead from one into the next, and is clipped.

    Raises:
      InputError: weights that are negative or not finite, or all 0 in a row that is not empty.

    >>> table = alias_rows(np.array([3.0, 1.0, 5.0]), np.array([0, 2, 3]))
    >>> table.keep.tolist(), table.alias.tolist()
    ([1.0, 0.5, 1.0], [0, 0, 2])
    """
    mass = np.asarray(weight, np.float64)
    degree = np.diff(indptr)
    row = np.repeat(np.arange(len(degree)), degree)
    total = np.bincount(row, mass, minlength=len(degree))
    wrong = np.flatnonzero((degree > 0) & ~((0 < total) & (total < np.inf)))
    if len(wrong) or (mass < 0).any():
        found = total[wrong[0]] if len(wrong) else mass.min()
        what = f"row {wrong[0]}'s weights sum to" if len(wrong) else "a weight is"
        raise InputError(f"{what} {found}; give finite ones of 0 or more, not all 0")
    mean = mass * (degree / np.where(degree > 0, total, 1))[row]  # 1 is the row's mean.
    needy, giver = np.flatnonzero(mean <= 1), np.flatnonzero(mean > 1)
    keep, alias = np.ones(len(mass)), np.arange(len(mass), dtype=np.int32)
    if not (len(needy) and len(giver)):  # All rows are even.
        return Alias(keep.astype(np.float32), alias)
    lack, spare = np.cumsum(1 - mean[needy]), np.cumsum(mean[giver] - 1)
    before = np.concatenate([[0.0], lack[:-1]])
    first, last = _within(giver, indptr, row[needy])
    filled = first <= last  # Else the row is even.
    who = np.clip(np.searchsorted(spare, before, side="right"), first, last)
    keep[needy[filled]] = mean[needy[filled]]
    alias[needy[filled]] = giver[who[filled]]
    first, last = _within(needy, indptr, row[giver])
    passes_on = (first <= last) & (row[giver] == np.append(row[giver][1:], -1))
    through = np.clip(np.searchsorted(lack, spare), first, last)[passes_on]
    keep[giver[passes_on]] = np.clip(1 + spare[passes_on] - lack[through], 0, 1)
    alias[giver[passes_on]] = giver[np.flatnonzero(passes_on) + 1]
    return Alias(keep.astype(np.float32), alias)


def _within(places: Int[np.ndarray, "n"], indptr, row: Int[np.ndarray, "m"]):
    """First and last of the ascending ``places`` that lie in each row; last < first: none."""
    return np.searchsorted(places, indptr[row]), np.searchsorted(places, indptr[row + 1]) - 1
