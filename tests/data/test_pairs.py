"""Pairs of items against loops."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions, Pairs, consecutive, hold_out_items, sharing


def random_interactions(n: int = 400, seed: int = 0) -> Interactions:
    rng = np.random.default_rng(seed)
    user, item = rng.integers(0, 12, n).astype(np.int32), rng.integers(0, 30, n).astype(np.int32)
    return Interactions(user, item, 12, 30, time=rng.integers(0, 1000, n))


@pytest.mark.parametrize("max_seconds", [None, 20])
def test_answers_are_what_each_user_took_next(max_seconds):
    met = random_interactions()
    expected = []
    for user in range(met.n_users):
        own = np.flatnonzero(met.user == user)
        own = sorted(own.tolist(), key=lambda n: met.time[n])  # Stable.
        for now, then in zip(own[:-1], own[1:], strict=True):
            late = max_seconds is not None and met.time[then] - met.time[now] > max_seconds
            if met.item[now] != met.item[then] and not late:
                expected.append((met.item[now], met.item[then], met.time[then]))
    pairs = consecutive(met, max_seconds)
    assert list(zip(*pairs, strict=True)) == expected


def test_without_times_nothing_is_consecutive():
    met = random_interactions()
    with pytest.raises(InputError, match="consecutive pairs need times"):
        consecutive(Interactions(met.user, met.item, 12, 30))


def test_items_share_what_both_are_linked_to():
    rng = np.random.default_rng(1)
    item, other = rng.integers(0, 20, (2, 60), np.int32)
    links = set(zip(item.tolist(), other.tolist(), strict=True))
    expected = {(i, j) for i, a in links for j, b in links if a == b and i != j}
    pairs = sharing(item, other)
    assert list(zip(pairs.query, pairs.item, strict=True)) == sorted(expected)


def test_of_no_links_nothing_is_shared():
    pairs = sharing(np.int32([]), np.int32([]))
    assert pairs.query.tolist() == pairs.item.tolist() == []


def test_held_out_items_are_answers_that_training_never_sees():
    pairs = consecutive(random_interactions())
    held = hold_out_items(pairs, 0.2, seed=3)
    assert len(held.item) == round(0.2 * len(np.unique(pairs.item)))
    hidden = set(held.item.tolist())
    rows = list(zip(*pairs, strict=True))
    of_train = [row for row in rows if row[0] not in hidden and row[1] not in hidden]
    of_test = [row for row in rows if row[0] not in hidden and row[1] in hidden]
    assert list(zip(*held.train, strict=True)) == of_train
    assert list(zip(*held.test, strict=True)) == of_test


def test_by_default_a_tenth_of_the_items_is_held_out():
    pairs = consecutive(random_interactions())
    assert len(hold_out_items(pairs).item) == round(0.1 * len(np.unique(pairs.item)))


def test_another_seed_holds_out_other_items():
    pairs = consecutive(random_interactions())
    first, again, other = (hold_out_items(pairs, 0.2, seed).item for seed in (0, 0, 1))
    assert first.tolist() == again.tolist() != other.tolist()


@pytest.mark.parametrize("fraction", [0.01, 0.0, -0.5, 1.0, np.nan, np.inf])
def test_holding_out_nothing_or_everything_is_refused(fraction):
    pairs = Pairs(np.int32([0, 1, 2]), np.int32([1, 2, 3]))
    with pytest.raises(InputError, match=f"fraction={fraction} .*(; choose another|; try 0.1)"):
        hold_out_items(pairs, fraction)
