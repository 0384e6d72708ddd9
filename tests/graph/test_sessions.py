"""Sessions in order, against loops over rows."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import last_prefixes, sessions, without_last

RNG = np.random.default_rng(0)
N_ITEMS = 5
SESSION, ITEM, TIME = RNG.integers(0, [[4], [N_ITEMS], [30]], (3, 40))


def lists(found):
    return [part.tolist() for part in np.split(found.item, found.indptr[1:-1])]


def by_loops(max_gap_s=np.inf):
    """Owner and items of every session."""
    found = []
    for owner in np.unique(SESSION):
        rows = sorted(np.flatnonzero(SESSION == owner), key=lambda row: TIME[row])  # Stable.
        for n, row in enumerate(rows):
            if n == 0 or TIME[row] - TIME[rows[n - 1]] > max_gap_s:
                found.append((owner, []))
            found[-1][1].append(ITEM[row])
    return found


@pytest.mark.parametrize("max_gap_s", [None, 1.0, 3.0, 100.0])
def test_items_stand_by_time_and_long_gaps_begin_a_session(max_gap_s):
    found = sessions(SESSION, ITEM, N_ITEMS, TIME, max_gap_s)
    expected = by_loops(max_gap_s or np.inf)
    assert found.owner.tolist() == [owner for owner, _ in expected]
    assert lists(found) == [items for _, items in expected]


def test_a_gap_as_long_as_the_limit_does_not_cut():
    rows = np.zeros(2, int)
    assert lists(sessions(rows, rows, 1, np.array([0.0, 60.0]), max_gap_s=60.0)) == [[0, 0]]
    assert lists(sessions(rows, rows, 1, np.array([0.0, 60.1]), max_gap_s=60.0)) == [[0], [0]]


def test_without_times_rows_are_in_order():
    found = sessions(np.array([9, 2, 9, 2]), np.array([3, 1, 0, 1]), N_ITEMS)
    assert lists(found) == [[1, 1], [3, 0]]


def test_leave_one_out_parts_each_session_in_three():
    """Test and validation targets follow on what is learned from."""
    everything = sessions(SESSION, ITEM, N_ITEMS, TIME)
    test, valid = last_prefixes(everything), last_prefixes(without_last(everything))
    learned = lists(without_last(everything, 2))
    ends = zip(valid.target.tolist(), test.target.tolist(), strict=True)
    assert [[*own, *end] for own, end in zip(learned, ends, strict=True)] == lists(everything)


def test_sessions_shorter_than_what_is_left_out_stay_without_items():
    found = sessions(np.array([4, 6, 6]), np.array([1, 2, 3]), N_ITEMS)
    assert lists(without_last(found, 2)) == [[], []]
    assert without_last(found, 2).owner.tolist() == [4, 6]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (dict(session=[], item=[]), "have 0, 0 entries"),
        (dict(session=[0], item=[0, 1]), "have 1, 2 entries"),
        (dict(session=[0], item=[5]), r"item row 5 lies outside \[0, 5\)"),
        (dict(session=[0], item=[-1]), r"item row -1 lies outside"),
        (dict(session=[0], item=[0], time=[np.nan]), "some times are not finite"),
        (
            dict(session=[0], item=[0], max_gap_s=60.0),
            "max_gap_s is 60.0; give a number",
        ),
        (dict(session=[0], item=[0], time=[1], max_gap_s=0.0), "max_gap_s is 0.0"),
    ],
)
def test_what_are_no_sessions_is_refused(columns, message):
    columns = {
        name: np.array(value, None if value else int) if isinstance(value, list) else value
        for name, value in columns.items()
    }
    with pytest.raises(InputError, match=message):
        sessions(n_items=5, **columns)


def test_fewer_items_than_none_are_not_left_out():
    with pytest.raises(InputError, match="n is -1 items to leave out; give 0 or more"):
        without_last(sessions(SESSION, ITEM, N_ITEMS), -1)
