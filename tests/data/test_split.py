import inspect
import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import Dataset, Interactions, load, power_law, split


def dataset(user, item, times=None, given=None, repeats=False):
    user, item = np.array(user, np.int32), np.array(item, np.int32)
    times = None if times is None else np.array(times, np.int64)
    n_users, n_items = int(user.max(initial=0)) + 1, int(item.max(initial=0)) + 1
    return Dataset(
        name="made",
        interactions=Interactions(user, item, n_users, n_items, time=times),
        user_ids=pl.Series(range(n_users)),
        item_ids=pl.Series(range(n_items)),
        titles=None,
        given=None if given is None else np.array(given, np.int8),
        counts={},
        repeats=repeats,
    )


def lines(part):
    return sorted(zip(part.user.tolist(), part.item.tolist(), strict=True))


DEGREES = st.lists(st.integers(0, 12), min_size=2, max_size=12).filter(lambda d: max(d) >= 3)
FRACTION = st.floats(0.01, 0.99)


@given(DEGREES, FRACTION, FRACTION, st.sampled_from(["random", "latest", "leave_one_out", "time"]))
def test_parts_are_disjoint_and_whole(degrees, test_fraction, valid_fraction, method):
    user = np.repeat(np.arange(len(degrees)), degrees)
    data = dataset(user, np.arange(len(user)), times=np.arange(len(user)))
    try:
        cut = split(data, method=method, test_fraction=test_fraction, valid_fraction=valid_fraction)
    except InputError as error:
        assert "test is empty" in str(error) and method == "time"
        return
    parts = [cut.train, cut.valid, cut.test]
    assert sorted(sum(map(lines, parts), [])) == lines(data.interactions)
    assert cut.method == method and len(cut.train) > 0


@given(DEGREES, FRACTION)
def test_random_takes_the_rounded_share_of_each_user(degrees, fraction):
    user = np.repeat(np.arange(len(degrees)), degrees)
    data = dataset(user, np.arange(len(user)))
    test = split(data, test_fraction=fraction, valid_fraction=0.0).test
    share = lambda n: min(max(int(n * fraction + 0.5), 1), n - 1) if n >= 3 else 0
    taken = np.bincount(test.user, minlength=len(degrees))
    assert taken.tolist() == [share(degree) for degree in degrees]


def test_random_holds_out_every_position_equally_often():
    data = dataset(np.repeat(np.arange(4000), 5), np.tile(np.arange(5), 4000))
    test = split(data, test_fraction=0.2, valid_fraction=0.0).test
    times = np.bincount(test.item)
    # Binomial(4000, 1/5): five standard deviations.
    assert np.abs(times - 800).max() < 5 * np.sqrt(4000 * 0.2 * 0.8)


def test_rows_are_drawn_whoever_they_are_of():
    data = dataset(np.repeat(np.arange(50), 2), np.tile([0, 1], 50))  # Nobody has three.
    parts = split(data, method="rows", test_fraction=0.3, valid_fraction=0.1)
    assert [len(part) for part in (parts.train, parts.valid, parts.test)] == [63, 7, 30]
    both = np.bincount(parts.test.user, minlength=50) == 2
    assert both.any()  # As a share of each user's would never take both.


@pytest.mark.parametrize("times", [True, False])
def test_whole_users_are_held_out_the_newest_if_times_are_known(times):
    user = np.repeat([4, 2, 0, 3, 1], [3, 1, 3, 3, 2])
    time = np.array([1, 2, 60, 90, 5, 6, 50, 60, 3, 7, 4, 5]) if times else None
    data = dataset(user, np.arange(12) % 4, time)
    parts = split(data, method="users", test_fraction=0.5, valid_fraction=0)
    held = sorted(set(parts.test.user))
    assert len(held) == 2 and 2 not in held  # Of two interactions or more, half of four.
    assert len(parts.test) == np.isin(user, held).sum()
    if times:  # Users 4 and 3 end at 60; 0 at 50.
        assert held == [3, 4]


def test_the_same_seed_gives_the_same_parts():
    data = dataset(np.repeat(np.arange(50), 6), np.tile(np.arange(6), 50))
    assert lines(split(data, seed=3).test) == lines(split(data, seed=3).test)
    assert lines(split(data, seed=3).test) != lines(split(data, seed=4).test)


@pytest.mark.parametrize("times", [None, [5, 4, 3, 2, 1, 0, 7, 6, 8, 9]])
def test_latest_takes_the_last_of_each_user_by_time_or_position(times):
    data = dataset([0] * 6 + [1] * 4, range(10), times=times)
    cut = split(data, method="latest", test_fraction=0.3, valid_fraction=0.3)
    test, valid = ([4, 5, 9], [3, 8]) if times is None else ([0, 1, 9], [2, 8])
    assert sorted(cut.test.item.tolist()) == test
    assert sorted(cut.valid.item.tolist()) == valid


def test_validation_may_be_the_latest_of_a_given_split():
    data = dataset([0] * 6, range(6), given=[0, 0, 0, 0, 2, 2])
    cut = split(data, valid_fraction=0.5, valid="latest")
    assert lines(cut.train) == [(0, 0), (0, 1)] and lines(cut.valid) == [(0, 2), (0, 3)]


def test_leave_one_out_takes_the_last_two_by_time():
    data = dataset([0, 0, 0, 1, 1, 1, 2, 2], [0, 1, 2, 0, 1, 2, 0, 1], [9, 8, 7, 1, 3, 2, 1, 2])
    cut = split(data, method="leave_one_out")
    assert lines(cut.test) == [(0, 0), (1, 1)]
    assert lines(cut.valid) == [(0, 1), (1, 2)]
    assert lines(cut.train) == [(0, 2), (1, 0), (2, 0), (2, 1)]  # Two interactions stay whole.


def test_leave_one_out_without_times_goes_by_position():
    cut = split(dataset([0, 1, 0, 1, 0, 1], [2, 2, 1, 1, 0, 0]), method="leave_one_out")
    assert lines(cut.test) == [(0, 0), (1, 0)] and lines(cut.valid) == [(0, 1), (1, 1)]


def test_time_cuts_at_one_moment_and_keeps_ties_together():
    data = dataset([0] * 10, range(10), [1, 2, 3, 4, 5, 6, 7, 8, 8, 9])
    cut = split(data, method="time", test_fraction=0.2, valid_fraction=0.25)
    assert cut.test.time.tolist() == [9]
    assert cut.train.time.max() < cut.valid.time.min() <= cut.valid.time.max() < 9


def test_a_given_split_is_followed():
    data = dataset([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], given=[0, 1, 2, 0, 2])
    cut = split(data)
    assert cut.method == "given"
    assert [lines(p) for p in (cut.train, cut.valid, cut.test)] == [
        [(0, 0), (1, 0)], [(0, 1)], [(0, 2), (1, 1)],
    ]  # fmt: skip


def test_without_a_method_the_given_split_comes_first_then_time_then_chance():
    user, item, times = [0] * 5 + [1] * 4, [0, 1, 2, 3, 4, 0, 1, 2, 3], [9, 1, 2, 3, 4, 8, 7, 6, 5]
    cut = split(dataset(user, item, times), valid_fraction=0.25)
    assert cut.method == "latest" and lines(cut.test) == [(0, 0), (1, 0)]
    assert lines(cut.valid) == [(0, 4), (1, 1)]  # By the same rule.
    assert split(dataset(user, item)).method == "random"
    assert split(dataset(user, item, times, given=[0] * 7 + [2] * 2)).method == "given"


def test_without_validation_train_has_the_given_one():
    data = dataset([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], given=[0, 1, 2, 0, 2])
    cut = split(data, valid_fraction=0.0)
    assert list(zip(cut.train.user, cut.train.item, strict=True)) == [(0, 0), (0, 1), (1, 0)]
    assert (len(cut.valid), len(cut.test)) == (0, 2)
    assert data.given.tolist() == [0, 1, 2, 0, 2]


def test_a_given_split_without_validation_gets_one_from_train():
    data = dataset([0] * 10 + [1] * 2, [*range(10), 0, 1], given=[0] * 9 + [2] * 3)
    cut = split(data, valid_fraction=0.2)
    assert len(cut.valid) == round(0.2 * 9) and len(cut.test) == 3
    assert len(split(data, valid_fraction=0.0).valid) == 0


def test_another_method_pools_a_given_split_without_its_repeats():
    data = dataset([0] * 4 + [1], [0, 1, 2, 0, 1], given=[0, 0, 0, 2, 0])
    cut = split(data, method="random", valid_fraction=0.0)
    assert lines(cut.train) + lines(cut.test) != lines(data.interactions)
    assert sorted(lines(cut.train) + lines(cut.test)) == [(0, 0), (0, 1), (0, 2), (1, 1)]


@pytest.mark.parametrize(
    ("data", "options", "named"),
    [
        (dataset([0, 1], [0, 1]), {}, ["made", "no user has 3", "more data"]),
        (dataset([0, 1], [0, 1]), {"method": "leave_one_out"}, ["no user has 3"]),
        (dataset([0] * 4, range(4)), {"method": "time"}, ["needs times", "--time-column"]),
        (dataset([0] * 4, range(4), [5] * 4), {"method": "time"}, ["nothing is newer"]),
        (dataset([0] * 4, range(4)), {"method": "given"}, ["no split of its own", "random"]),
        (dataset([0] * 4, range(4), given=[0] * 4), {}, ["test part is empty", "random"]),
        (dataset([0] * 4, range(4)), {"test_fraction": 0.0}, ["test_fraction=0.0", "(0, 1)"]),
        (dataset([0] * 4, range(4)), {"test_fraction": 1.0}, ["test_fraction=1.0", "(0, 1)"]),
        (dataset([0] * 4, range(4)), {"valid_fraction": 1.0}, ["valid_fraction=1.0", "[0, 1)"]),
        (dataset([0] * 4, range(4)), {"valid_fraction": -0.1}, ["valid_fraction=-0.1"]),
    ],
)
def test_impossible_splits_are_refused_in_one_line(data, options, named):
    with pytest.raises(InputError) as error:
        split(data, **options)
    assert all(word in str(error.value) for word in named), error.value
    assert "\n" not in str(error.value)


def test_a_rule_of_validation_that_is_not_there_is_refused():
    named = "auto, random, users, latest"
    with pytest.raises(InputError, match=f"valid='rondom'; choose one of {named}"):
        inspect.unwrap(split)(dataset([0] * 4, range(4)), valid="rondom")


def test_a_million_interactions_split_fast():
    met = power_law(30_000, 40_000, 1_000_000)
    data = dataset(met.user, met.item)
    start = time.process_time()
    split(data)
    assert time.process_time() - start < 5  # Of the processor; about a quarter of one.


def test_gowalla_keeps_its_published_parts(data_dir):
    cut = split(load("gowalla", data_dir=str(data_dir)), valid_fraction=0.0)
    assert (len(cut.train), len(cut.valid), len(cut.test)) == (810_128, 0, 217_242)
