"""Whether two systems differ, by what both did for the same users.

Tests read ``difference`` ``[U]``, the second system's metric less the first's, user by user, and
are two-sided. Each leans on something else: the t test on the mean of many users being normal,
Wilcoxon's on ranks alone (so that a few users cannot decide it), the sign flips of
``permutation_test`` on users being exchangeable and no more. Smucker, Allan and Carterette, A
comparison of statistical significance tests for information retrieval evaluation, CIKM 2007.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from jaxrec.base import InputError
from jaxrec.evaluate.resampling import N_RESAMPLES, bootstrap_interval, permutation_test

PLACES = 6
"""Of a difference, to be ranked: metrics are float32, by which what is equal would differ after."""


class Comparison(NamedTuple):
    """What the same users say of two systems.

    Attributes:
      first: mean of the first system's metric.
      difference: mean of the second's less the first's.
      low: lower end of the bootstrap interval of ``difference``.
      rank_biserial: between -1, where the first is better for all who differ, and 1.
      p_values: by test: ``t``, ``wilcoxon``, ``permutation``.
    """

    n_users: int
    first: float
    second: float
    difference: float
    low: float
    high: float
    rank_biserial: float
    p_values: dict[str, float]


def compare_users(
    first: Float[np.ndarray, "U"],
    second: Float[np.ndarray, "_"],
    *,
    level: float = 0.95,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> Comparison:
    """Compares two systems by a metric of the same users in the same order.

    Where no user differs, and of one user alone, every p is 1.

    Args:
      level: coverage of the interval.

    Raises:
      InputError: lengths differ, there are no users, a value is no number, or ``level`` or
        ``n_resamples`` is out of range.
    """
    difference = _difference(first, second)
    if not (0 < level < 1 and n_resamples >= 1):
        raise InputError(
            f"level is {level} and n_resamples {n_resamples}; "
            "the first must lie between 0 and 1, the second be 1 or more"
        )
    rng = np.random.default_rng(seed)
    p_values = {
        "t": t_test(difference),
        "wilcoxon": wilcoxon(difference),
        "permutation": permutation_test(difference, rng, n_resamples),
    }
    low, high = bootstrap_interval(difference, rng, level, n_resamples)
    return Comparison(
        n_users=len(difference),
        first=float(first.mean(dtype=np.float64)),
        second=float(second.mean(dtype=np.float64)),
        difference=float(difference.mean()),
        low=low,
        high=high,
        rank_biserial=rank_biserial(difference),
        p_values=p_values,
    )


def t_test(difference: Float[np.ndarray, "U"]) -> float:
    """p of Student's paired t test: the mean difference in units of its standard error."""
    if np.ptp(difference) == 0:  # The standard error is 0, or of one user unknown.
        return 1.0 if len(difference) == 1 or difference[0] == 0 else 0.0
    from scipy import stats  # Takes a second to import, and most commands do without.

    result: Any = stats.ttest_1samp(difference, 0)
    return float(result.pvalue)


def wilcoxon(difference: Float[np.ndarray, "U"]) -> float:
    """p of Wilcoxon's signed-rank test; users without difference are left out, as by Wilcoxon.

    Differences are ranked by six places.
    """
    difference = np.round(difference, PLACES)
    if not difference.any():
        return 1.0
    from scipy import stats

    result: Any = stats.wilcoxon(difference)
    return float(result.pvalue)


def rank_biserial(difference: Float[np.ndarray, "U"]) -> float:
    """Which way the signed ranks point, and how clearly: ``(W+ - W-) / (W+ + W-)``.

    Kerby, The simple difference formula, Comprehensive Psychology 2014.

    >>> rank_biserial(np.array([0.1, 0.2, -0.3, 0.0]))  # Ranks 1 and 2 against 3.
    0.0
    """
    difference = np.round(difference, PLACES)
    moved = difference[difference != 0]
    from scipy import stats

    ranks = stats.rankdata(np.abs(moved))
    return float(np.sign(moved) @ ranks / max(ranks.sum(), 1))


def holm(p_values: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """Adjusts p-values of ``n`` questions asked at once, so that one level holds for all.

    Of the p-values in ascending order, the k-th becomes the largest of ``(n - j + 1) p_j`` over
    ``j <= k``, at most 1. Holm, A simple sequentially rejective multiple test procedure,
    Scandinavian Journal of Statistics 1979.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()  # 3 * 0.01, 2 * 0.03, and 0.04 no lower.
    [0.03, 0.06, 0.06]

    Raises:
      InputError: a value is no probability.
    """
    if not np.all((p_values >= 0) & (p_values <= 1)):  # Nor is NaN.
        raise InputError(f"p-values must lie between 0 and 1; got {p_values.tolist()}")
    order = np.argsort(p_values)
    stepped = np.maximum.accumulate(np.arange(len(order), 0, -1) * p_values[order])
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def _difference(
    first: Float[np.ndarray, "U"], second: Float[np.ndarray, "_"]
) -> Float[np.ndarray, "U"]:
    if len(first) != len(second):
        raise InputError(
            f"the systems were measured for {len(first)} and {len(second)} users; "
            "give both for the same users in the same order"
        )
    if len(first) == 0:
        raise InputError("there are no users to compare by; at least 1 is needed")
    difference = second.astype(np.float64) - first.astype(np.float64)
    broken = int(np.sum(~np.isfinite(difference)))
    if broken:
        raise InputError(f"{broken} of {len(first)} users have no finite metric; leave them out")
    return difference
