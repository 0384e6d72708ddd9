"""Numbers and counts as features: less their mean, over their standard deviation.

``fit_*`` learns from a column what ``apply_*`` needs for the same or another. The latter returns
the features ``[n, d]``, 0 where an item lacks the column, and which items have it ``[n]``.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from jaxrec.base import InputError

Applied = tuple[Float[np.ndarray, "n d"], Bool[np.ndarray, "n"]]


class Number(NamedTuple):
    """Mean and standard deviation of the known numbers; 0 and 1 of none, 1 where all are equal."""

    mean: Float[np.ndarray, ""]
    deviation: Float[np.ndarray, ""]


class Count(NamedTuple):
    """As ``Number``, of ``log(1 + count)``."""

    mean: Float[np.ndarray, ""]
    deviation: Float[np.ndarray, ""]


def fit_number(cells: pl.Series) -> Number:
    """Mean and standard deviation of what is known."""
    return Number(*_moments(_numbers(cells)))


def apply_number(fitted: Number, cells: pl.Series) -> Applied:
    """Less the mean, over the standard deviation."""
    value = (_numbers(cells) - fitted.mean) / fitted.deviation
    return finite(cells.name, value[:, None])


def fit_count(cells: pl.Series) -> Count:
    """Mean and standard deviation of the logarithms."""
    return Count(*_moments(_log_counts(cells)))


def apply_count(fitted: Count, cells: pl.Series) -> Applied:
    """The logarithm less its mean, over its standard deviation."""
    value = (_log_counts(cells) - fitted.mean) / fitted.deviation
    return finite(cells.name, value[:, None])


def _moments(
    value: Float[np.ndarray, "n"],
) -> tuple[Float[np.ndarray, ""], Float[np.ndarray, ""]]:
    known = value[~np.isnan(value)]
    if not len(known):
        return np.asarray(0.0), np.asarray(1.0)
    deviation = known.std()
    # Equal numbers have a deviation of rounding, not of 0.
    steady = deviation <= 1e-12 * np.abs(known).max()
    return np.asarray(known.mean()), np.asarray(1.0 if steady else deviation)


def _numbers(cells: pl.Series) -> Float[np.ndarray, "n"]:
    """NaN where missing."""
    if not (cells.dtype.is_numeric() or cells.dtype in (pl.Boolean, pl.Null)):
        raise InputError(f"column {cells.name!r} holds {cells.dtype}, not numbers; cast it first")
    value = cells.cast(pl.Float64).to_numpy()
    finite(cells.name, value[:, None])  # Before an infinite one makes all others missing.
    return value


def _log_counts(cells: pl.Series) -> Float[np.ndarray, "n"]:
    value = _numbers(cells)
    if (value < 0).any():
        raise InputError(
            f"column {cells.name!r} has the count {value[value < 0][0]:g}; counts are 0 or more: "
            "call the column a number, or repair it"
        )
    return np.log1p(value)


def finite(name: str, value: Float[np.ndarray, "n d"]) -> Applied:
    """Zeros and False for rows with a NaN; refuses infinite ones."""
    if np.isinf(value).any():
        row = int(np.isinf(value).any(axis=1).argmax())
        raise InputError(f"column {name!r} row {row} is infinite; repair it, or make it null")
    known = ~np.any(np.isnan(value), axis=1)
    return np.where(known[:, None], value, 0), known
