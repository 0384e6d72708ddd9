import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import labelled, not_taken, power_law, split_rows

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
    with pytest.raises(InputError, match="leave one part without rows; try 0.2 and 0.2"):
        split_rows(ROWS, 0.6, 0.4)
