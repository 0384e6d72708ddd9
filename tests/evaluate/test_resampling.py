"""Sign flips against their enumeration, intervals against their coverage."""

import itertools
import tracemalloc

import numpy as np
import pytest
import scipy.stats

from jaxrec.evaluate import bootstrap_interval, permutation_test

TINY = 1e-6
"""Chance that a right implementation fails a binomial bound (seeds are fixed, so: once)."""


def binomial_bound(n: int, p: float) -> tuple[float, float]:
    low, high = scipy.stats.binom.interval(1 - TINY, n, p)
    return low / n, high / n


def share_of_all_flips(difference) -> float:
    """The exact p: the share of all ``2^U`` flips whose sum is as far from 0."""
    flips = np.array(list(itertools.product([-1, 1], repeat=len(difference))))
    return float(np.mean(np.abs(flips @ difference) >= abs(difference.sum()) - 1e-9))


CASES = {
    "continuous": np.random.default_rng(0).normal(0.4, 1, 12),
    "ties and zeros": np.array([0.5, 0.5, -0.5, 0.25, 0.0, 0.0, 0.25, 1.0, -0.25, 0.5]),
    "decimals that sum unevenly": np.array([0.1] * 7 + [-0.1] * 3 + [0.2, -0.3]),
    "two users": np.array([0.2, 0.3]),
}


@pytest.mark.parametrize("name", CASES)
def test_sign_flips_estimate_the_share_of_all_flips(name):
    exact, n = share_of_all_flips(CASES[name]), 20_000
    estimate = permutation_test(CASES[name], np.random.default_rng(1), n)
    low, high = binomial_bound(n, exact)
    assert low <= (estimate * (n + 1) - 1) / n <= high


def test_the_largest_difference_has_one_over_n_and_one():
    # Of 2^200 flips two are as far from 0.
    assert permutation_test(np.ones(200), np.random.default_rng(0), 99) == 1 / 100


def test_without_any_difference_p_is_one():
    assert permutation_test(np.zeros(5), np.random.default_rng(0), 99) == 1.0


def test_one_user_can_be_flipped_two_ways_and_both_are_as_far():
    assert permutation_test(np.array([0.3]), np.random.default_rng(0), 99) == 1.0


def test_p_is_uniform_where_nothing_differs():
    rng, n = np.random.default_rng(2), 1_000
    p = np.array([permutation_test(rng.laplace(size=40), rng, 99) for _ in range(n)])
    for level in (0.05, 0.2, 0.5, 0.9):  # Multiples of 1 / 100, where p <= level is exact.
        low, high = binomial_bound(n, level)
        assert low <= np.mean(p <= level + 1e-9) <= high


def test_the_interval_covers_the_true_mean_as_often_as_it_says():
    # 400 users, of whom most do not differ; a percentile interval is right for many users only.
    rng, n, level = np.random.default_rng(3), 500, 0.9
    covered = 0
    for _ in range(n):
        difference = np.where(rng.random(400) < 0.4, rng.exponential(size=400) - 0.7, 0.0)
        low, high = bootstrap_interval(difference, rng, level, 400)
        covered += low <= 0.4 * (1 - 0.7) <= high
    low, high = binomial_bound(n, level)
    assert low <= covered / n <= high


def test_the_interval_is_that_of_the_normal_for_many_users():
    difference = np.random.default_rng(4).normal(0.1, 1, 5_000)
    low, high = bootstrap_interval(difference, np.random.default_rng(5), 0.95, 4_000)
    half = 1.96 * difference.std() / np.sqrt(len(difference))
    # The 2.5 % point of 4,000 draws is uncertain by about 0.05 standard errors of the mean.
    np.testing.assert_allclose([low, high], difference.mean() + half * np.array([-1, 1]), atol=4e-3)


def test_one_user_bounds_nothing_and_equal_users_everything():
    rng = np.random.default_rng(0)
    assert bootstrap_interval(np.array([0.3]), rng) == (-np.inf, np.inf)
    assert bootstrap_interval(np.zeros(7), rng, 0.95, 50) == (0.0, 0.0)


@pytest.mark.parametrize("resample", [permutation_test, bootstrap_interval])
def test_memory_does_not_grow_with_the_number_of_resamples(resample):
    difference, rng = np.random.default_rng(6).normal(size=30_000), np.random.default_rng(7)
    tracemalloc.start()
    resample(difference, rng, n_resamples=300)  # All at once: 72 MB.
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30e6
