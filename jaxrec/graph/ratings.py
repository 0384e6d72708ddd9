"""Ratings as device tables, and which users and items they are of."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import InputError
from jaxrec.data import Interactions


class Ratings(NamedTuple):
    """One entry a rating, in the order of the interactions."""

    user: Int[Array, "n"] | Int[np.ndarray, "n"]
    item: Int[Array, "n"] | Int[np.ndarray, "n"]
    rating: Float[Array, "n"] | Float[np.ndarray, "n"]


class Rated(NamedTuple):
    """What is known of the training ratings beside themselves.

    Attributes:
      user, item: which of them have a rating; the vectors of others are never trained.
      mean: of all ratings.
      n_ratings: their number.
      user_bias, item_bias: where biases begin.
      shrink_user, shrink_item: weights of the squared biases of users and of items beside the sum
        of squared errors.
    """

    user: Bool[Array, "U"] | Bool[np.ndarray, "U"]
    item: Bool[Array, "I"] | Bool[np.ndarray, "I"]
    mean: Float[Array, ""] | np.float32
    n_ratings: Float[Array, ""] | np.float32
    user_bias: Float[Array, "U"] | Float[np.ndarray, "U"]
    item_bias: Float[Array, "I"] | Float[np.ndarray, "I"]
    shrink_user: Float[Array, ""] | np.float32
    shrink_item: Float[Array, ""] | np.float32


def ratings(interactions: Interactions) -> Ratings:
    """The ratings of all interactions; a pair that is rated twice stands twice.

    Raises:
      InputError: no interactions, or some of them without a finite rating.

    >>> user, item = np.array([0, 1], np.int32), np.array([2, 0], np.int32)
    >>> rated = Interactions(user, item, 2, 3, rating=np.array([4.0, 0.5], np.float32))
    >>> ratings(rated).rating.tolist()
    [4.0, 0.5]
    """
    if interactions.rating is None or not len(interactions):
        raise InputError(
            f"{len(interactions)} interactions have no ratings; give a column of ratings to "
            "predict ratings"
        )
    if n_wrong := int(np.sum(~np.isfinite(interactions.rating))):
        raise InputError(
            f"{n_wrong} of {len(interactions)} ratings are not finite numbers; drop these rows"
        )
    return Ratings(interactions.user, interactions.item, interactions.rating)


def rated(
    train: Interactions,
    user_bias: Float[np.ndarray, "U"] | None = None,
    item_bias: Float[np.ndarray, "I"] | None = None,
    shrink_user: float = 5.0,
    shrink_item: float = 5.0,
) -> Rated:
    """The users and items that are rated in ``train``, the mean rating, and where biases begin.

    Args:
      user_bias, item_bias: zeros by default.

    Raises:
      InputError: as ``ratings``.

    >>> user, item = np.array([0, 0], np.int32), np.array([2, 0], np.int32)
    >>> one = np.array([4.0, 3.0], np.float32)
    >>> found = rated(Interactions(user, item, n_users=2, n_items=3, rating=one))
    >>> found.user.tolist(), found.item.tolist(), float(found.mean)
    ([True, False], [True, False, True], 3.5)
    """
    user, item = np.zeros(train.n_users, bool), np.zeros(train.n_items, bool)
    user[train.user], item[train.item] = True, True
    mean = np.float32(ratings(train).rating.mean(dtype=np.float64))
    start = lambda bias, n: np.asarray(np.zeros(n) if bias is None else bias, np.float32)
    starts = start(user_bias, train.n_users), start(item_bias, train.n_items)
    shrinkages = np.float32(shrink_user), np.float32(shrink_item)
    return Rated(user, item, mean, np.float32(len(train)), *starts, *shrinkages)
