"""Rules of which interactions are held out: a mask of those, by a share or the last of each user.

Each is ``(interactions, fraction, least, rng) -> mask``; users with fewer than ``least`` give none.
"""

import numpy as np
from jaxtyping import Bool, Float, Int

from jaxrec.base import InputError
from jaxrec.data.interactions import Interactions


def random(
    all: Interactions, fraction: float, least: int, rng: np.random.Generator
) -> Bool[np.ndarray, "n"]:
    """A random share of every user's interactions."""
    degree, rank = _rank(all, np.lexsort((rng.random(len(all)), all.user)))
    return (degree >= least) & (rank < _share(degree, fraction))


def rows(
    all: Interactions, fraction: float, least: int, rng: np.random.Generator
) -> Bool[np.ndarray, "n"]:
    """A random share of all interactions."""
    del least  # Whoever they are of.
    return rng.permutation(len(all)) < round(len(all) * fraction)


def users(
    all: Interactions, fraction: float, least: int, rng: np.random.Generator
) -> Bool[np.ndarray, "n"]:
    """All of some users: the share who came last, or without times of any."""
    del least
    first = np.full(all.n_users, len(all))  # Order that knows no ids.
    np.minimum.at(first, all.user, np.arange(len(all)))
    several = np.argsort(first)
    several = several[np.bincount(all.user, minlength=all.n_users)[several] > 1]
    if all.time is None:
        order = rng.permutation(several)
    else:
        newest = np.full(all.n_users, np.iinfo(np.int64).min)
        np.maximum.at(newest, all.user, all.time)
        order = several[np.argsort(newest[several], kind="stable")]
    held = np.zeros(all.n_users, bool)
    held[order[len(order) - round(len(order) * fraction) :]] = True
    return held[all.user]


def latest(
    all: Interactions, fraction: float, least: int, rng: np.random.Generator
) -> Bool[np.ndarray, "n"]:
    """The latest share of every user's interactions."""
    del rng
    degree, rank = _rank(all, all.by_time())
    return (degree >= least) & (rank >= degree - _share(degree, fraction))


def _share(degree: Int[np.ndarray, "n"], fraction: float) -> Float[np.ndarray, "n"]:
    """The rounded fraction, at least one and never all."""
    return np.clip(np.floor(degree * fraction + 0.5), 1, degree - 1)


def leave_one_out(
    all: Interactions, fraction: float, least: int, rng: np.random.Generator
) -> Bool[np.ndarray, "n"]:
    """The last interaction of every user."""
    del fraction, rng  # One each, the last.
    degree, rank = _rank(all, all.by_time())
    return (degree >= least) & (rank == degree - 1)


def after(
    all: Interactions, fraction: float, least: int, rng: np.random.Generator
) -> Bool[np.ndarray, "n"]:
    """The newest share of all interactions.

    Raises:
      InputError: no times.
    """
    del least, rng  # One moment for all users.
    if all.time is None:
        raise InputError(
            "a split by time needs times; of a table name their column with --time-column"
        )
    n_before = len(all) - round(len(all) * fraction)
    return all.time > np.sort(all.time)[max(n_before, 1) - 1]


def _rank(
    all: Interactions, order: Int[np.ndarray, "n"]
) -> tuple[Int[np.ndarray, "n"], Int[np.ndarray, "n"]]:
    """Each interaction's number of siblings and place among them, given an order by user."""
    degree = np.bincount(all.user, minlength=all.n_users)
    start = np.cumsum(degree) - degree
    rank = np.empty(len(all), np.int64)
    rank[order] = np.arange(len(all)) - start[all.user[order]]
    return degree[all.user], rank


HOLD = {
    "random": random,
    "rows": rows,
    "users": users,
    "latest": latest,
    "leave_one_out": leave_one_out,
    "time": after,
}
"""By the name that a split has for it."""
