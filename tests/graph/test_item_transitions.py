"""Items that follow each other, against counts by hand."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph import item_transitions
from tests.models.small import dense

USER = np.int32([1, 0, 0, 1, 0, 0, 2])
ITEM = np.int32([2, 0, 1, 0, 0, 3, 1])
TIME = np.int64([50, 30, 10, 20, 40, 90, 5])  # User 0: 1, 0, 0, 3; user 1: 0, 2.


def expected(pairs, r):
    a = np.zeros((5, 5))
    for one, other in pairs:
        a[one, other] += 1
        a[other, one] += 1
    degree = np.maximum(a.sum(1), 1)
    return a / (degree[:, None] ** r * degree[None] ** (1 - r))


def test_neighbors_in_time_are_counted_in_both_directions():
    seen = Interactions(USER, ITEM, 3, 5, time=TIME)
    pairs = [(1, 0), (0, 3), (0, 2)]
    np.testing.assert_allclose(dense(item_transitions(seen, 0.3)), expected(pairs, 0.3), rtol=1e-6)


def test_a_gap_ends_a_session_and_without_times_positions_count():
    seen = Interactions(USER, ITEM, 3, 5, time=TIME)
    pairs = [(1, 0), (0, 2)]  # 50 seconds from 0 to 3.
    found = item_transitions(seen, 0.5, max_gap_s=30.0)
    np.testing.assert_allclose(dense(found), expected(pairs, 0.5), rtol=1e-6)
    placed = item_transitions(Interactions(USER, ITEM, 3, 5))
    pairs = [(0, 1), (1, 0), (0, 3), (2, 0)]
    np.testing.assert_allclose(dense(placed), expected(pairs, 0.5), rtol=1e-6)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="no item follows another; give users with two"):
        item_transitions(Interactions(np.int32([0, 1]), np.int32([0, 1]), 2, 2))
    with pytest.raises(InputError, match="a gap between sessions needs times"):
        item_transitions(Interactions(USER, ITEM, 3, 5), max_gap_s=30.0)
