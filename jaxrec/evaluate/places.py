"""What stands at each place of a ranking in which equal scores have no order."""

from typing import Any, NamedTuple

import numpy as np
from jax import lax
from jaxtyping import Bool, Float, Int

from jaxrec.base import InputError

Vector = Float[Any, "B"]
Matrix = Float[Any, "B C"]
Mask = Bool[Any, "B C"]
Count = Int[Any, "B"]


class Cut(NamedTuple):
    """Items below the end of each list whose score is the list's last one.

    Attributes:
      n_items: how many there are.
      n_relevant: how many of them are relevant.
    """

    n_items: Count
    n_relevant: Count


class Places(NamedTuple):
    """What stands at each of the ``k`` places, in expectation over the orders of equal scores.

    Attributes:
      rank: 1 to ``k``.
      hit: chance that the place holds a relevant item.
      hits_before: expected number of relevant items above, given that the place holds one.
      first: chance that the place holds a relevant item and none above it does.
      n_relevant: relevant items in all.
    """

    rank: Any
    hit: Any
    hits_before: Any
    first: Any
    n_relevant: Any

    def head(self, k: int) -> "Places":
        """The first ``k`` places."""
        hit, before, first = (part[:, :k] for part in (self.hit, self.hits_before, self.first))
        return Places(self.rank[:k], hit, before, first, self.n_relevant)


def places(scores, labels, where, k, n_relevant, cut) -> Places:
    """A place in a group of n equal scores, r of them relevant, holds a hit with chance r / n."""
    if k < 1:
        raise InputError(f"k is {k}; give the length of a list, 1 or more")
    xp = scores.__array_namespace__()
    n_rows, width = scores.shape
    kind = scores.dtype
    order = xp.argsort(xp.where(where, -scores, xp.inf), axis=1, stable=True)
    score, there = (xp.take_along_axis(array, order, axis=1) for array in (scores, where))
    relevant = xp.take_along_axis(xp.where(where, labels, 0).astype(kind), order, axis=1)
    place = xp.arange(width)[None, :]
    # Padding ends the list: a place of it is a group of its own.
    tied = (score[:, 1:] == score[:, :-1]) & there[:, 1:] & there[:, :-1]
    begins = xp.concatenate([xp.ones((n_rows, 1), bool), ~tied], axis=1)
    ends = xp.concatenate([~tied, xp.ones((n_rows, 1), bool)], axis=1)
    start = _running_max(xp.where(begins, place, 0))
    to_end = _running_max(xp.where(ends, width - 1 - place, 0)[:, ::-1])[:, ::-1]
    stop = width - 1 - to_end
    before = xp.cumsum(relevant, axis=1) - relevant
    size = (stop - start + 1).astype(kind)
    first_before = xp.take_along_axis(before, start, axis=1)
    r = xp.take_along_axis(before + relevant, stop, axis=1) - first_before
    if cut is not None:
        last = there & (stop == xp.sum(there, axis=1, keepdims=True) - 1)
        size = size + xp.where(last, cut.n_items[:, None], 0)
        r = r + xp.where(last, cut.n_relevant[:, None], 0)
    offset = (place - start).astype(kind)
    hit = r / size
    others = xp.where(size > 1, size - 1, 1)
    hits_before = first_before + offset * (r - 1) / others
    # Without a hit so far, r of the group's remaining places hold one.
    chance = xp.clip(r / xp.maximum(size - offset, 1), 0, 1)
    missed = xp.cumprod(1 - chance, axis=1)
    first = xp.concatenate([xp.ones((n_rows, 1), kind), missed[:, :-1]], axis=1) * chance
    total = xp.sum(relevant > 0, axis=1) if n_relevant is None else n_relevant
    shape = ((0, 0), (0, max(k - width, 0)))
    hit, hits_before, first = (xp.pad(x[:, :k], shape) for x in (hit, hits_before, first))
    return Places(xp.arange(1, k + 1).astype(kind), hit, hits_before, first, total)


def _running_max(x):
    return np.maximum.accumulate(x, axis=1) if isinstance(x, np.ndarray) else lax.cummax(x, axis=1)
