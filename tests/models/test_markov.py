"""Markov chains against counts of pairs."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.models import markov, markov_with_repeats
from tests.models.in_sessions import ASKED, LISTS, N_ITEMS, all_scores, stored

FOLLOWED = defaultdict(Counter)
for one in LISTS:
    for before, after in zip(one, one[1:], strict=False):
        FOLLOWED[before][after] += 1
POPULARITY = Counter(item for one in LISTS for item in one)


def probabilities(last):
    total = max(FOLLOWED[last].total(), 1)
    return np.array([FOLLOWED[last][item] / total for item in range(N_ITEMS)])


def test_scores_are_shares_of_the_last_items_transitions():
    scores = all_scores(markov(stored(LISTS), N_ITEMS), ASKED)
    expected = [probabilities(one[-1]) for one in ASKED]
    np.testing.assert_allclose(scores, expected, rtol=1e-6)
    assert scores[ASKED.index([11, 10, 9]), 10] == 1
    assert not scores[ASKED.index([10])].any()


def test_the_most_frequent_successors_are_kept_and_of_equal_ones_the_more_popular():
    lists = [[0, 1]] * 3 + [[0, 2], [0, 3], [0, 4]] + [[3]] * 2 + [[4]]
    for n, kept in ((1, {1}), (2, {1, 3}), (3, {1, 3, 4}), (4, {1, 2, 3, 4})):
        (scores,) = all_scores(markov(stored(lists), N_ITEMS, n_successors=n), [[0]])
        assert set(np.flatnonzero(scores)) == kept
        assert scores[1] == 0.5  # Of all transitions, not of those that are kept.


@pytest.mark.parametrize("n_first", [0, 1, 3])
def test_first_successors_then_the_session_then_other_successors(n_first):
    scores = all_scores(markov_with_repeats(stored(LISTS), N_ITEMS, n_first), ASKED)
    for row, one in zip(scores, ASKED, strict=True):
        chance = probabilities(one[-1])
        first = np.flatnonzero(row > 2).tolist()  # Which of several equals, popularity decides.
        n_there = min(n_first, np.count_nonzero(chance))
        assert sorted(chance[first]) == sorted(chance)[N_ITEMS - n_there :]
        np.testing.assert_allclose(row[first], 3 + chance[first], rtol=1e-6)
        latest_first = [item for item in dict.fromkeys(one[::-1]) if item not in first]
        second = np.flatnonzero((row > 1) & (row <= 2))
        assert second[np.argsort(-row[second])].tolist() == latest_first
        rest = np.setdiff1d(np.arange(N_ITEMS), [*first, *second])
        np.testing.assert_allclose(row[rest], chance[rest], rtol=1e-6)


def test_of_equally_likely_successors_the_popular_come_before_the_session():
    lists = [[0, 1], [0, 2], [0, 3], [2], [2], [3]]
    (scores,) = all_scores(markov_with_repeats(stored(lists), N_ITEMS, n_first=1), [[1, 0]])
    assert np.argsort(-scores)[:3].tolist() == [2, 0, 1]
    assert scores[3] < 1


def test_numbers_that_are_none_are_refused():
    with pytest.raises(InputError, match="n_successors is 0; give 1 or more"):
        markov(stored(LISTS), N_ITEMS, n_successors=0)
    for n_first in (-1, 6):
        with pytest.raises(InputError, match=f"n_first is {n_first}; give 0 to 5, which is"):
            markov_with_repeats(stored(LISTS), N_ITEMS, n_first, n_successors=5)
