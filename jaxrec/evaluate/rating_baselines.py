"""What every model of ratings must beat: the mean rating, and a bias for every user and item.

Many published models of ratings do not, on Ciao and Epinions.
"""

import math
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import InputError
from jaxrec.evaluate.rating_errors import measure_ratings
from jaxrec.graph import Ratings

SHRINKAGES = (2.0, 5.0, 10.0, 20.0)
"""What ``tuned_biases`` chooses from."""


class Biases(NamedTuple):
    """The predictor ``mean + b_u + b_i``; called with pairs, it is an ``evaluate.Predict``.

    Attributes:
      mean: of the training ratings.
      user, item: the biases; 0 of users and items without a training rating.
      shrink_user, shrink_item: ratings of 0 added to each user's and item's when biases are means.
    """

    mean: float
    user: Float[np.ndarray, "U"]
    item: Float[np.ndarray, "I"]
    shrink_user: float = math.inf
    shrink_item: float = math.inf

    def __call__(
        self, user: Int[np.ndarray, "n"], item: Int[np.ndarray, "n"]
    ) -> Float[np.ndarray, "n"]:
        """Predicted ratings of pairs."""
        return self.mean + self.user[user] + self.item[item]


def constant_rating(train: Ratings, n_users: int, n_items: int) -> Biases:
    """Predicts the mean training rating for every pair.

    Raises:
      InputError: no training ratings.
    """
    return Biases(_mean(train), np.zeros(n_users), np.zeros(n_items))


def shrunken_biases(
    train: Ratings,
    n_users: int,
    n_items: int,
    shrink_user: float = 5.0,
    shrink_item: float = 5.0,
    n_rounds: int = 20,
) -> Biases:
    """Biases by ridge regression: what is left of a rating, averaged and pulled towards 0.

    Alternates ``b_i = sum_u (r_ui - mean - b_u) / (n_i + shrink_item)`` and ``b_u = sum_i (r_ui -
    mean - b_i) / (n_u + shrink_user)``, each of which minimizes ``sum (r_ui - mean - b_u - b_i)^2 +
    shrink_user |b_U|^2 + shrink_item |b_I|^2`` over its own biases. O(n) a round, in float64.

    The estimate of Koren, Factor in the neighbors, ACM TKDD 2010, section 2.1, which takes one
    round.

    Raises:
      InputError: no training ratings, a shrinkage that is no finite number of 0 or more, or
        ``n_rounds`` below 1.
    """
    if not (0 <= shrink_user < math.inf and 0 <= shrink_item < math.inf and n_rounds >= 1):
        raise InputError(
            f"shrink_user is {shrink_user}, shrink_item {shrink_item} and n_rounds {n_rounds}; "
            "give shrinkages of 0 or more and 1 or more rounds"
        )
    mean = _mean(train)
    user, item = np.asarray(train.user), np.asarray(train.item)
    rest = np.asarray(train.rating, np.float64) - mean
    # At least one, for without shrinkage a row that nobody rated would divide by 0.
    of_user = np.maximum(np.bincount(user, minlength=n_users) + shrink_user, 1)
    of_item = np.maximum(np.bincount(item, minlength=n_items) + shrink_item, 1)
    user_bias, item_bias = np.zeros(n_users), np.zeros(n_items)
    for _ in range(n_rounds):
        item_bias = np.bincount(item, rest - user_bias[user], n_items) / of_item
        user_bias = np.bincount(user, rest - item_bias[item], n_users) / of_user
    return Biases(mean, user_bias, item_bias, shrink_user, shrink_item)


def tuned_biases(
    train: Ratings,
    valid: Ratings,
    n_users: int,
    n_items: int,
    shrinkages: Sequence[float] = SHRINKAGES,
    rating_range: tuple[float, float] | None = None,
) -> Biases:
    """``shrunken_biases`` with the pair of ``shrinkages`` that has the lowest RMSE on ``valid``.

    Biases are learned from ``train`` alone; of equally good pairs the first counts.

    Raises:
      InputError: no ratings in either, or as ``shrunken_biases`` and ``rating_errors``.
    """
    pairs = product(shrinkages, repeat=2)
    tried = (shrunken_biases(train, n_users, n_items, user, item) for user, item in pairs)
    return min(tried, key=lambda biases: measure_ratings(biases, valid, rating_range).mean["rmse"])


def _mean(train: Ratings) -> float:
    if not len(train.rating):
        raise InputError("there are no ratings to learn from; give at least one row")
    return float(np.mean(train.rating, dtype=np.float64))
