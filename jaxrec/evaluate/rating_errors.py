"""Errors of predicted ratings: every row of the test counts once."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from jaxrec.base import InputError
from jaxrec.graph import Ratings

Predict = Callable[[Int[np.ndarray, "n"], Int[np.ndarray, "n"]], Float[np.ndarray, "n"]]
"""``(user, item) -> rating`` of pairs, on the host: a baseline of ``rating_baselines``, or
``partial(pair_scores, model, reps)``, which scores blocks of pairs by one compiled program."""


TINY = np.finfo(np.float64).tiny


class RatingErrors(NamedTuple):
    """Root mean squared and mean absolute error, and what they are means of.

    Attributes:
      mean: ``rmse`` and ``mae``.
      per_row: by metric the same names, a value a row, whose mean is the metric, for standard
        errors and paired tests (``compare_users``). Of ``mae`` the absolute error; of ``rmse`` the
        squared error to first order about its mean, ``rmse / 2 + error^2 / (2 rmse)``.
    """

    mean: dict[str, float]
    per_row: dict[str, Float[np.ndarray, "n"]]


def measure_ratings(
    predict: Predict, test: Ratings, rating_range: tuple[float, float] | None = None
) -> RatingErrors:
    """Predicts the rows of ``test`` and compares.

    Args:
      rating_range: lowest and highest rating of the scale, to which predictions are clipped; by
        default they stay as they are. State it with the numbers: clipping lowers both errors.

    Raises:
      InputError: as ``rating_errors``.
    """
    prediction = predict(np.asarray(test.user), np.asarray(test.item))
    return rating_errors(prediction, np.asarray(test.rating), rating_range)


def rating_errors(
    prediction: Float[np.ndarray, "n"],
    rating: Float[np.ndarray, "n"],
    rating_range: tuple[float, float] | None = None,
) -> RatingErrors:
    """Errors of predictions, in float64.

    Raises:
      InputError: no rows, predictions that are NaN, or a range whose ends are not in order.

    >>> rating_errors(np.array([4.0, 7.0]), np.array([3.0, 5.0]), rating_range=(1.0, 5.0)).mean
    {'rmse': 0.7071067811865476, 'mae': 0.5}
    """
    if not len(rating):
        raise InputError("there are no ratings to predict; give at least one row")
    if n_wrong := int(np.isnan(prediction).sum()):
        raise InputError(
            f"{n_wrong} of {len(rating)} predicted ratings are NaN; train at a lower learning rate"
        )
    if rating_range is not None:
        if not rating_range[0] < rating_range[1]:
            raise InputError(
                f"rating_range is {rating_range}; give the lowest and the highest rating, as (1, 5)"
            )
        prediction = np.clip(prediction, *rating_range)
    error = prediction.astype(np.float64) - rating.astype(np.float64)
    squared, absolute = error**2, np.abs(error)
    mean = {"rmse": float(np.sqrt(squared.mean())), "mae": float(absolute.mean())}
    return RatingErrors(mean, {"rmse": _to_first_order(squared), "mae": absolute})


def rmse_of_part(
    per_row: Float[np.ndarray, "n"], which: Bool[np.ndarray, "n"] | Int[np.ndarray, "m"]
) -> Float[np.ndarray, "m"]:
    """Values of these rows alone, whose mean is their RMSE, from ``per_row`` of all.

    The mean of the rows of ``per_row`` itself would be one to first order about the RMSE of all,
    which is never below half of that.

    >>> per_row = rating_errors(np.array([4.0, 2.0]), np.array([3.0, 5.0])).per_row["rmse"]
    >>> print(round(per_row.mean() ** 2, 4), rmse_of_part(per_row, np.array([0])))
    5.0 [1.]
    """
    rmse = per_row.mean()
    squared = rmse * (2 * per_row - rmse)
    return _to_first_order(np.maximum(squared, 0)[which])


def _to_first_order(squared: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    rmse = np.sqrt(squared.mean())
    return rmse / 2 + squared / (2 * max(rmse, TINY))
