"""Coverage, Gini and popularity by their formulas."""

import numpy as np
import pytest

from jaxrec.evaluate import average_popularity, coverage, gini

LISTS = np.array([[0, 1, 2], [0, 1, -1], [0, -1, -1]])
NOTHING = np.full((2, 3), -1)


def test_coverage_is_the_share_of_items_shown():
    assert coverage(LISTS, n_items=5) == 3 / 5
    assert coverage(NOTHING, n_items=5) == 0


def test_gini_is_the_mean_difference_of_exposures():
    exposure = np.array([3, 2, 1, 0, 0])  # Of items 0 to 4.
    difference = np.abs(exposure[:, None] - exposure[None, :]).sum()
    assert gini(LISTS, n_items=5) == pytest.approx(difference / (2 * 5 * exposure.sum()))


def test_gini_of_equal_exposure_is_zero_and_of_one_item_nearly_one():
    assert gini(np.array([[0, 1], [2, 3]]), n_items=4) == 0
    assert gini(np.array([[2], [2], [2]]), n_items=4) == pytest.approx(1 - 1 / 4)
    assert gini(NOTHING, n_items=4) == 0


def test_average_popularity_is_over_everything_shown():
    popularity = np.array([10.0, 20.0, 60.0, 7.0])
    expected = (3 * 10 + 2 * 20 + 60) / 6
    assert average_popularity(LISTS, popularity) == pytest.approx(expected)
    assert average_popularity(NOTHING, popularity) == 0
