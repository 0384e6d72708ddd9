import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions, Labelled, labelled, not_taken, power_law, split_rows

TAKEN = power_law(20, 30, 150)
ROWS = labelled(TAKEN, not_taken(TAKEN))


def test_every_user_has_as_much_not_taken_as_taken_and_none_of_it_twice():
    other = not_taken(TAKEN)
    counts = [np.bincount(pairs.user, minlength=20) for pairs in (TAKEN, other)]
    np.testing.assert_array_equal(*counts)
    assert len(np.unique(other.pairs())) == len(other)
    assert not np.isin(other.pairs(), TAKEN.pairs()).any()


def test_whoever_took_nearly_all_gives_what_is_left():
    nearly = TAKEN.take(TAKEN.user == 0)
    items = np.delete(np.arange(30, dtype=np.int32), 7)
    full = type(nearly)(np.zeros(29, np.int32), items, 20, 30)
    assert not_taken(full).item.tolist() == [7]


def test_rows_fall_in_three_parts_and_keep_their_labels():
    parts = split_rows(ROWS, 0.2, 0.2, seed=3)
    sizes = [len(part.user) for part in parts]
    known = np.unique(parts[0].user[parts[0].label == 1])
    assert sum(sizes) == np.isin(ROWS.user, known).sum()
    assert abs(sizes[1] - 0.2 * len(ROWS.user)) <= len(ROWS.user) - sum(sizes) + 1
    rows = [tuple(row) for part in parts for row in zip(*part, strict=True)]
    kept = [row for row in zip(*ROWS, strict=True) if row[0] in known]
    assert sorted(rows) == sorted(kept)
    for one, other in zip(parts, split_rows(ROWS, 0.2, 0.2, seed=3), strict=True):
        np.testing.assert_array_equal(one.item, other.item)


def test_rows_of_users_who_took_nothing_in_train_are_dropped():
    for seed in range(5):
        train, valid, test = split_rows(ROWS, 0.3, 0.4, seed)
        known = set(train.user[train.label == 1].tolist())
        assert all(set(part.user.tolist()) <= known for part in (train, valid, test))


def test_an_empty_part_is_refused():
    for fractions in ((0.6, 0.4), (float("nan"), 0.2), (0.2, 0.0), (-0.2, 0.2)):
        with pytest.raises(InputError, match="give two above 0 whose sum is below 1"):
            split_rows(ROWS, *fractions)
    with pytest.raises(InputError, match="of 10 rows leave one part without rows"):
        split_rows(ROWS.take(np.arange(10)), 0.01, 0.2)


def test_a_part_that_loses_all_its_users_is_refused():
    rows = np.arange(4, dtype=np.int32)
    each = Labelled(rows, rows, np.ones(4, np.float32))  # Each user has one row, so one part.
    with pytest.raises(InputError, match="without rows of users with positives in train"):
        split_rows(each, 0.25, 0.25)


def test_what_is_not_taken_is_drawn_evenly():
    own = np.int32([0, 3, 4, 7, 9])
    users = np.repeat(np.arange(2_000, dtype=np.int32), 5)
    other = not_taken(Interactions(users, np.tile(own, 2_000), 2_000, 12))
    count = np.bincount(other.item, minlength=12)
    assert not count[own].any()
    left = np.delete(count, own)  # Each of seven is drawn with probability 5/7.
    assert np.abs(left - 2_000 * 5 / 7).max() < 5 * np.sqrt(2_000 * 5 / 7 * 2 / 7)
