import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import Interactions


def make(user, item, n_users=4, n_items=5, **columns):
    return Interactions(
        np.array(user, np.int32), np.array(item, np.int32), n_users, n_items, **columns
    )


def test_take_keeps_all_columns_and_the_sizes():
    rating, time = np.array([1, 2, 3], np.float32), np.array([7, 8, 9])
    taken = make([0, 1, 2], [4, 3, 2], rating=rating, time=time).take(np.array([2, 0]))
    assert taken.user.tolist() == [2, 0] and taken.item.tolist() == [2, 4]
    assert taken.rating.tolist() == [3, 1] and taken.time.tolist() == [9, 7]
    assert (taken.n_users, taken.n_items, len(taken)) == (4, 5, 2)


def test_a_mask_takes_what_its_positions_take():
    met, mask = make([0, 1, 2], [4, 3, 2]), np.array([True, False, True])
    np.testing.assert_array_equal(met.take(mask).user, met.take(np.flatnonzero(mask)).user)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 3)), max_size=40))
def test_unique_pairs_keeps_the_first_by_time_and_then_by_position(rows):
    user, item, time = np.array(rows, np.int64).reshape(-1, 3).T
    kept = make(user, item, time=time).unique_pairs()
    first = {}
    for position, (u, i, t) in enumerate(rows):
        first[u, i] = min(first.get((u, i), (t, position)), (t, position))
    expected = [rows[position] for position in sorted(place for _, place in first.values())]
    assert list(zip(kept.user, kept.item, kept.time, strict=True)) == expected


def test_without_times_the_first_position_is_kept():
    rating = np.array([5, 4, 3], np.float32)
    assert make([1, 0, 1], [2, 2, 2], rating=rating).unique_pairs().rating.tolist() == [5, 4]


@pytest.mark.parametrize(
    ("user", "item", "named"),
    [
        ([0, 4], [0, 0], ["user row 4", "n_users=4", "contiguous"]),
        ([0, 1], [0, -1], ["item row -1", "n_items=5", "contiguous"]),
    ],
)
def test_wrong_rows_are_refused(user, item, named):
    with pytest.raises(InputError) as error:
        make(user, item)
    assert all(word in str(error.value) for word in named)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises((InputError, TypeError), match="item"):  # TypeError: the tests' shape check.
        make([0, 1], [0])


def test_no_interactions_are_fine():
    assert len(make([], []).unique_pairs()) == 0
