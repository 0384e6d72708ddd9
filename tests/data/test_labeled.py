from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from jaxrec.base import InputError
from jaxrec.data import (
    Dataset,
    Interactions,
    by_label,
    join_labels,
    power_law,
    sample_negatives,
    split,
    with_negatives,
)

TAKEN = power_law(20, 30, 150)


def dataset(rows: Interactions) -> Dataset:
    ids = pl.Series(range(rows.n_users)), pl.Series(range(rows.n_items))
    return Dataset("clicks", rows, *ids, None, None, {}, False)


def test_every_user_has_as_much_not_taken_as_taken_and_none_of_it_twice():
    other = sample_negatives(TAKEN)
    counts = [np.bincount(pairs.user, minlength=20) for pairs in (TAKEN, other)]
    np.testing.assert_array_equal(*counts)
    assert len(np.unique(other.pairs())) == len(other)
    assert not np.isin(other.pairs(), TAKEN.pairs()).any()


def test_whoever_took_nearly_all_gives_what_is_left():
    nearly = TAKEN.take(TAKEN.user == 0)
    items = np.delete(np.arange(30, dtype=np.int32), 7)
    full = type(nearly)(np.zeros(29, np.int32), items, 20, 30)
    assert sample_negatives(full).item.tolist() == [7]


def labels(rows: Interactions, label: int) -> list[tuple[int, int]]:
    chosen = rows.take(rows.rating == label)
    return sorted(zip(chosen.user.tolist(), chosen.item.tolist(), strict=True))


def pairs(rows: Interactions) -> list[tuple[int, int]]:
    return sorted(zip(rows.user.tolist(), rows.item.tolist(), strict=True))


def test_interactions_are_of_label_1_and_drawn_pairs_of_0():
    rows = with_negatives(dataset(TAKEN), seed=3).interactions
    assert labels(rows, 1) == pairs(TAKEN)
    assert labels(rows, 0) == pairs(sample_negatives(TAKEN, seed=3))
    assert len(rows) == len(TAKEN) + len(labels(rows, 0))


def test_no_pair_is_drawn_that_was_rated_low():
    nearly = TAKEN.take(TAKEN.user == 0)
    n_left = 30 - len(nearly)
    items = np.setdiff1d(np.arange(30, dtype=np.int32), nearly.item)
    low = replace(nearly, user=np.zeros(n_left - 1, np.int32), item=items[1:], time=None)
    rows = with_negatives(replace(dataset(nearly), low_rated=low)).interactions
    assert rows.rating is not None and rows.item[rows.rating == 0].tolist() == [items[0]]


def test_a_drawn_pair_has_the_time_and_the_part_of_an_interaction_of_its_user():
    time = np.arange(len(TAKEN), dtype=np.int64)
    data = replace(dataset(replace(TAKEN, time=time)), given=(time % 3).astype(np.int8))
    whole = with_negatives(data)
    assert whole.interactions.time is not None and whole.given is not None
    negative = slice(len(TAKEN), None)
    beside = whole.interactions.time[negative]
    np.testing.assert_array_equal(TAKEN.user[beside], whole.interactions.user[negative])
    np.testing.assert_array_equal(whole.given[negative], beside % 3)
    assert len(np.unique(beside)) == len(beside)


def test_users_of_every_item_are_refused():
    user, item = np.divmod(np.arange(6, dtype=np.int32), 3)
    with pytest.raises(InputError, match="every user has every item.*labels 0 and 1"):
        with_negatives(dataset(Interactions(user, item, 2, 3)))


def test_parts_by_label_make_the_whole_again():
    parts = split(with_negatives(dataset(TAKEN)), method="rows", test_fraction=0.3, seed=1)
    positives, negatives = by_label(parts)
    for name in ("train", "valid", "test"):
        one, zero = getattr(positives, name), getattr(negatives, name)
        assert (one.rating == 1).all() and (zero.rating == 0).all()
        assert len(one) + len(zero) == len(getattr(parts, name))
        both, rows = getattr(join_labels(positives, negatives), name), getattr(parts, name)
        key = lambda part: sorted(zip(part.pairs().tolist(), part.rating.tolist(), strict=True))
        assert key(both) == key(rows)


def test_what_is_not_taken_is_drawn_evenly():
    own = np.int32([0, 3, 4, 7, 9])
    users = np.repeat(np.arange(2_000, dtype=np.int32), 5)
    other = sample_negatives(Interactions(users, np.tile(own, 2_000), 2_000, 12))
    count = np.bincount(other.item, minlength=12)
    assert not count[own].any()
    left = np.delete(count, own)  # Each of seven is drawn with probability 5/7.
    assert np.abs(left - 2_000 * 5 / 7).max() < 5 * np.sqrt(2_000 * 5 / 7 * 2 / 7)
