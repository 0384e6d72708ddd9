"""Paired tests against scipy, Holm's procedure against its definition."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.evaluate import compare_users, holm, rank_biserial, t_test, wilcoxon


def recalls(n_users: int, gain: float, seed: int = 0):
    """Two vectors like recall: hits of one to six items, mostly none, correlated, float32."""
    rng = np.random.default_rng(seed)
    n_relevant, taste = rng.integers(1, 7, n_users), rng.beta(0.3, 2, n_users)
    shares = (rng.binomial(n_relevant, np.minimum(taste + by, 1)) / n_relevant for by in (0, gain))
    return tuple(share.astype(np.float32) for share in shares)


@pytest.mark.parametrize("n_users", [8, 40, 3_000])
@pytest.mark.parametrize("gain", [0.0, 0.02, 0.2])
def test_tests_agree_with_scipy(n_users, gain):
    first, second = recalls(n_users, gain)
    wide = first.astype(np.float64), second.astype(np.float64)
    found = compare_users(first, second, n_resamples=50)
    t, ranks = (
        scipy.stats.ttest_rel(*wide).pvalue,
        scipy.stats.wilcoxon((wide[1] - wide[0]).round(6)).pvalue,
    )
    np.testing.assert_allclose(found.p_values["t"], t, rtol=1e-9)
    np.testing.assert_allclose(found.p_values["wilcoxon"], ranks, rtol=1e-9)
    assert found.n_users == n_users
    np.testing.assert_allclose(found.difference, found.second - found.first, atol=1e-12)
    np.testing.assert_allclose(found.second, wide[1].mean(), rtol=1e-12)


def test_the_three_tests_agree_where_there_is_little_to_dispute():
    first, second = recalls(3_000, 0.02)
    p = compare_users(first, second).p_values
    low, high = scipy.stats.binom.interval(1 - 1e-6, 10_000, p["t"])
    # The t test is nearly exact for 3,000 users: a tenth of leeway, beside the chance of flips.
    assert 0.9 * low <= p["permutation"] * 10_001 - 1 <= 1.1 * high + 1
    assert all(value < 0.05 for value in p.values())


def test_exchanging_the_systems_turns_signs_alone():
    first, second = recalls(500, 0.05)
    one, other = (
        compare_users(*pair, n_resamples=2_000) for pair in [(first, second), (second, first)]
    )
    assert one.p_values == pytest.approx(other.p_values)
    assert one.difference == -other.difference and one.rank_biserial == -other.rank_biserial
    np.testing.assert_allclose([one.low, one.high], [-other.high, -other.low], rtol=1e-9)


def test_the_same_seed_gives_the_same_numbers_and_another_others():
    first, second = recalls(200, 0.02)
    one, same, other = (compare_users(first, second, seed=seed) for seed in (0, 0, 1))
    assert one == same
    assert (one.low, one.high) != (other.low, other.high)


def test_ranks_point_against_the_mean_when_few_win_much():
    difference = np.array([-0.1] * 20 + [5.0, 6.0])
    assert difference.mean() > 0
    # Ranks 10.5 for each of the twenty, 21 and 22 for the two.
    assert rank_biserial(difference) == pytest.approx((43 - 20 * 10.5) / (43 + 20 * 10.5))


def test_equal_differences_are_ties_whatever_float32_makes_of_them():
    third, two = np.float32(1 / 3), np.float32(2 / 3)
    first = np.repeat(np.float32([0, 1]), 50)
    found = compare_users(first, np.repeat([third, two], 50), n_resamples=50)
    assert found.rank_biserial == 0  # 1 - 2/3 is no longer 1/3 in float32.
    assert found.p_values["wilcoxon"] > 0.99


def test_no_difference_gives_one_and_not_nan():
    same = np.array([0.2, 0.4, 0.0])
    found = compare_users(same, same)
    assert set(found.p_values.values()) == {1.0}
    assert (found.difference, found.low, found.high, found.rank_biserial) == (0, 0, 0, 0)


def test_one_user_tells_nothing():
    found = compare_users(np.array([0.2]), np.array([0.7]))
    assert set(found.p_values.values()) == {1.0}
    assert (found.low, found.high) == (-np.inf, np.inf)


def test_a_difference_without_spread_is_beyond_doubt_for_the_t_test_alone():
    difference = np.full(3, 0.25)
    assert t_test(difference) == 0.0
    assert wilcoxon(difference) == pytest.approx(2 / 2**3)  # All ranks on one side, or all other.


@pytest.mark.parametrize(
    ("first", "second", "options", "said"),
    [
        ([0.1, 0.2], [0.1, 0.2, 0.3], {}, "2 and 3 users"),
        ([], [], {}, "no users"),
        ([0.1, np.nan], [0.1, 0.2], {}, "1 of 2 users"),
        ([0.1, 0.2], [0.1, 0.3], {"level": 95.0}, "level is 95.0"),
        ([0.1, 0.2], [0.1, 0.3], {"n_resamples": 0}, "n_resamples 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(first, second, options, said):
    with pytest.raises(InputError, match=said):
        compare_users(np.array(first, float), np.array(second, float), **options)


def test_holm_by_hand():
    # In ascending order 4 * 0.005, 3 * 0.01, 2 * 0.03, and 0.04 no lower than 0.06.
    adjusted = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    np.testing.assert_allclose(adjusted, [0.03, 0.06, 0.06, 0.02], rtol=1e-12)
    assert holm(np.array([0.3])).tolist() == [0.3]
    assert holm(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]


def rejected(p_values, level: float) -> set[int]:
    """Holm's procedure: reject in ascending order until ``p_k > level / (n + 1 - k)``."""
    kept = set()
    for k, place in enumerate(np.argsort(p_values, kind="stable"), start=1):
        if p_values[place] > level / (len(p_values) + 1 - k):
            break
        kept.add(int(place))
    return kept


@given(
    st.lists(st.integers(0, 1_000).map(lambda n: n / 1_000), min_size=1, max_size=9),
    st.integers(1, 99).map(lambda n: n / 100 + 1e-4),  # Never a multiple: rounding decides none.
)
def test_holm_rejects_what_the_procedure_rejects(p_values, level):
    adjusted = holm(np.array(p_values))
    assert set(np.flatnonzero(adjusted <= level).tolist()) == rejected(p_values, level)
    in_order = adjusted[np.argsort(p_values)]
    assert np.all(np.diff(in_order) >= 0) and np.all(adjusted >= p_values)


@pytest.mark.parametrize("broken", [-0.1, 1.1, np.nan])
def test_what_is_no_probability_is_refused(broken):
    with pytest.raises(InputError, match="between 0 and 1"):
        holm(np.array([0.5, broken]))
