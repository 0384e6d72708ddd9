"""PinnerSage: a user is a few of their own items, one for each interest.

Pal et al., PinnerSage: Multi-Modal User Embedding Framework for Recommendations at Pinterest, KDD
2020, https://arxiv.org/abs/2007.03634. Item vectors are given and stay as they are; nothing is
trained. A user's ``m`` actions come as vectors ``[m, d]``, oldest first: they are clustered
(``ward``, ``cut``), every cluster is told by its medoid and its importance (``interests``), and the
medoids of the top or of some drawn by importance ask for their neighbors (``retrieve.nearest``).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import InputError

MAX_ACTIONS = 20_000
"""Distances of so many take 1.6 GB."""


class Interests(NamedTuple):
    """Clusters of a user's actions, the most important first.

    Attributes:
      medoid: the action that stands for each cluster, a row of the user's vectors.
      importance: of each cluster.
    """

    medoid: Int[np.ndarray, "e"]
    importance: Float[np.ndarray, "e"]

    def top(self, n: int) -> "Interests":
        """The ``n`` most important, or all if there are fewer."""
        return Interests(self.medoid[:n], self.importance[:n])

    def sample(self, n: int, rng: np.random.Generator) -> "Interests":
        """``n`` different ones drawn by importance, or all that have any, most important first.

        Where decay left no importance to any, those are the top ``n``.
        """
        n_left = int(np.sum(self.importance > 0))
        if n_left <= n:
            return self.top(min(n, n_left or n))
        chance = self.importance / self.importance.sum()
        drawn = np.sort(rng.choice(len(chance), n, replace=False, p=chance))
        return Interests(self.medoid[drawn], self.importance[drawn])


def pinnersage(
    vectors: Float[np.ndarray, "m d"],
    age_days: Float[np.ndarray, "_"],
    alpha: float,
    decay: float = 0.01,
) -> Interests:
    """A user's interests: Algorithm 1 of the paper, medoids and importance.

    The paper does not say its ``alpha``; vectors of length 1, which it has, make values comparable
    between users. O(m^2 d).

    Args:
      age_days: time since every action.
      alpha: clusters merge while that costs no more than this, see ``ward``.
      decay: lambda of the importance, a day; the paper's .01, 0 counts actions, .1 looks at the
        latest. The paper names no unit of time.

    Raises:
      InputError: no actions or too many, a vector that is not finite, an age below 0 or no number.
    """
    return interests(vectors, cut(ward(vectors), alpha), age_days, decay)


def ward(vectors: Float[np.ndarray, "m d"]) -> Float[np.ndarray, "_ 4"]:
    """The ``m - 1`` merges of Ward's clustering, cheapest first, in SciPy's form but for the cost.

    A row holds two clusters, what it costs to merge them, and the size of what they become; cluster
    ``n < m`` is action ``n``, cluster ``m + n`` is what merge ``n`` made. Costs begin as squared
    distances and follow the paper's Lance-Williams update, so that two clusters with means
    ``c_i``, ``c_j`` cost ``2 n_i n_j / (n_i + n_j) |c_i - c_j|^2``; SciPy's are the roots of these.

    >>> ward(np.array([[0.0], [1.0], [5.0]])).round(9).tolist()  # 2 * 2 / 3 * 4.5^2 = 27.
    [[0.0, 1.0, 1.0, 2.0], [2.0, 3.0, 27.0, 3.0]]
    """
    from scipy.cluster.hierarchy import linkage  # Takes 0.2 s to import; few commands need it.

    _check(vectors)
    if len(vectors) == 1:  # There is nothing to merge, and SciPy refuses.
        return np.zeros((0, 4))
    merges = linkage(vectors.astype(np.float64), "ward")
    merges[:, 2] **= 2
    return merges


def cut(merges: Float[np.ndarray, "_ 4"], alpha: float) -> Int[np.ndarray, "m"]:
    """The cluster of each action, numbered from 0, when merges of cost up to ``alpha`` are done."""
    from scipy.cluster.hierarchy import fcluster

    if not alpha >= 0:
        raise InputError(f"alpha is {alpha}; give the most that a merge may cost, 0 or more")
    if not len(merges):
        return np.zeros(1, np.int64)
    return fcluster(merges, alpha, "distance").astype(np.int64) - 1


def interests(
    vectors: Float[np.ndarray, "m d"],
    label: Int[np.ndarray, "m"],
    age_days: Float[np.ndarray, "_"],
    decay: float = 0.01,
) -> Interests:
    """Medoids and importance of clusters, most important first; of equals, the latest medoid."""
    valid = np.isfinite(age_days) & (age_days >= 0)
    if len(age_days) != len(vectors) or not np.all(valid):
        told = f"{len(age_days)} entries for {len(vectors)} actions"
        if len(age_days) == len(vectors):
            told = f"{age_days[~valid][0]} days for action {int(np.argmin(valid))}"
        raise InputError(f"age_days has {told}; give a number of days, 0 or more, for each")
    medoid, weight = medoids(vectors, label), importance(label, age_days, decay)
    order = np.lexsort((-medoid, -weight))
    return Interests(medoid[order], weight[order])


def medoids(vectors: Float[np.ndarray, "m d"], label: Int[np.ndarray, "m"]) -> Int[np.ndarray, "e"]:
    """In each cluster the action with the least sum of squared distances to the others.

    ``sum_j |x_i - x_j|^2 = n |x_i - mean|^2 + constant``, so it is the one nearest to the mean. Of
    equals, as any two alone are, the latest: the paper does not say.

    >>> medoids(np.array([[0.0], [1.0], [5.0], [9.0], [8.0]]), np.array([0, 0, 0, 1, 1])).tolist()
    [1, 4]
    """
    vectors = vectors.astype(np.float64)
    n_clusters = int(label.max()) + 1
    total = np.zeros((n_clusters, vectors.shape[1]))
    np.add.at(total, label, vectors)
    mean = total / np.bincount(label, minlength=n_clusters)[:, None]
    far = np.sum((vectors - mean[label]) ** 2, axis=1)
    least = np.full(n_clusters, np.inf)
    np.minimum.at(least, label, far)
    central = far <= least[label] * (1 + 1e-9)  # What differs by rounding is equal.
    medoid = np.zeros(n_clusters, np.int64)
    np.maximum.at(medoid, label[central], np.flatnonzero(central))
    return medoid


def importance(
    label: Int[np.ndarray, "m"], age_days: Float[np.ndarray, "m"], decay: float
) -> Float[np.ndarray, "e"]:
    """``sum over a cluster's actions, exp(-decay * age)``.

    >>> importance(np.array([0, 1, 0]), np.array([2.0, 1.0, 0.0]), np.log(2)).tolist()
    [1.25, 0.5]
    """
    return np.bincount(label, np.exp(-decay * age_days))


def _check(vectors: Float[np.ndarray, "m d"]) -> None:
    if not 1 <= len(vectors) <= MAX_ACTIONS:
        raise InputError(
            f"a user has {len(vectors)} actions; give 1 to {MAX_ACTIONS}, such as the latest"
        )
    if not np.all(np.isfinite(vectors)):
        row = int(np.argmin(np.all(np.isfinite(vectors), axis=1)))
        raise InputError(f"the vector of action {row} is not finite; leave the action out")
