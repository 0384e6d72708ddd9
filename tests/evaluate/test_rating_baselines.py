"""Baselines of ratings."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.evaluate import constant_rating, measure_ratings, shrunken_biases, tuned_biases
from jaxrec.graph import Ratings

SIZES = N_USERS, N_ITEMS = 6, 5
RNG = np.random.default_rng(0)
USER, ITEM = np.nonzero(RNG.random((N_USERS, N_ITEMS)) < 0.6)
KNOWN = (USER < 5) & (ITEM < 4)  # User 5 and item 4 have no rating.
TABLE = Ratings(USER[KNOWN], ITEM[KNOWN], RNG.integers(1, 6, KNOWN.sum()).astype(np.float32))
NOTHING = Ratings(USER[:0], ITEM[:0], np.zeros(0, np.float32))


def by_ridge(train, shrink_user, shrink_item):
    """Biases of users, then of items, by the normal equations."""
    row = np.arange(len(train.rating))
    design = np.zeros((len(row), N_USERS + N_ITEMS))
    design[row, train.user] = design[row, N_USERS + train.item] = 1
    shrink = np.diag([shrink_user] * N_USERS + [shrink_item] * N_ITEMS)
    target = train.rating - train.rating.mean(dtype=np.float64)
    return np.linalg.solve(design.T @ design + shrink, design.T @ target)


def test_the_constant_is_the_mean_of_train():
    predict = constant_rating(TABLE, *SIZES)
    assert predict(np.array([0, 5]), np.array([4, 1])).tolist() == [TABLE.rating.mean()] * 2


def test_alternating_rounds_reach_the_ridge_regression():
    biases = shrunken_biases(TABLE, *SIZES, shrink_user=2.0, shrink_item=0.5, n_rounds=200)
    found = np.concatenate([biases.user, biases.item])
    np.testing.assert_allclose(found, by_ridge(TABLE, 2.0, 0.5), atol=1e-10)
    predicted = biases(np.array([3]), np.array([2]))
    np.testing.assert_allclose(predicted, biases.mean + biases.user[3] + biases.item[2])


def test_one_round_is_the_formula_items_first():
    mean, rest = TABLE.rating.mean(), TABLE.rating - TABLE.rating.mean()
    item = [np.sum(rest[TABLE.item == i]) / (np.sum(TABLE.item == i) + 3) for i in range(N_ITEMS)]
    left = rest - np.array(item)[TABLE.item]
    user = [np.sum(left[TABLE.user == u]) / (np.sum(TABLE.user == u) + 7) for u in range(N_USERS)]
    biases = shrunken_biases(TABLE, *SIZES, shrink_user=7.0, shrink_item=3.0, n_rounds=1)
    np.testing.assert_allclose(biases.mean, mean, rtol=1e-6)
    np.testing.assert_allclose(biases.item, item, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(biases.user, user, rtol=1e-5, atol=1e-7)


def test_of_new_users_and_items_the_other_bias_speaks():
    biases = shrunken_biases(TABLE, *SIZES, shrink_user=0.0, shrink_item=0.0)
    assert biases(np.array([5]), np.array([2])) == biases.mean + biases.item[2]
    assert biases(np.array([1]), np.array([4])) == biases.mean + biases.user[1]
    assert biases(np.array([5]), np.array([4])) == biases.mean


def test_shrinkage_is_chosen_on_validation():
    valid = Ratings(np.arange(5), np.arange(5) % 4, np.array([1, 5, 2, 4, 3], np.float32))
    chosen = tuned_biases(
        TABLE, valid, *SIZES, shrinkages=(0.5, 3.0, 30.0), rating_range=(2.0, 4.0)
    )
    every = [
        (
            measure_ratings(shrunken_biases(TABLE, *SIZES, u, i), valid, (2.0, 4.0)).mean["rmse"],
            u,
            i,
        )
        for u in (0.5, 3.0, 30.0)
        for i in (0.5, 3.0, 30.0)
    ]
    assert (chosen.shrink_user, chosen.shrink_item) == min(every)[1:]
    expected = shrunken_biases(TABLE, *SIZES, chosen.shrink_user, chosen.shrink_item)
    np.testing.assert_array_equal(chosen.item, expected.item)


def test_what_cannot_be_learned_from_is_refused():
    for learn in (constant_rating, shrunken_biases):
        with pytest.raises(InputError, match="no ratings to learn from"):
            learn(NOTHING, *SIZES)
    with pytest.raises(InputError, match="shrink_user is -1.0, shrink_item 5.0 and n_rounds 20"):
        shrunken_biases(TABLE, *SIZES, shrink_user=-1.0)
    with pytest.raises(InputError, match="n_rounds 0; give shrinkages of 0 or more and 1 or"):
        shrunken_biases(TABLE, *SIZES, n_rounds=0)


def test_biases_of_ciao_have_the_measured_errors(data_dir):
    """RMSE and MAE, predictions clipped to 1-5; shrinkage 10 and 2 is what validation chooses."""
    parts = [np.loadtxt(data_dir / "ciao" / f"{name}.txt") for name in ("train", "test")]
    sizes = [1 + int(max(part[:, column].max() for part in parts)) for column in (0, 1)]
    train, test = (Ratings(*part[:, :2].T.astype(np.int32), part[:, 2]) for part in parts)
    constant = measure_ratings(constant_rating(train, *sizes), test)
    biases = measure_ratings(shrunken_biases(train, *sizes, 10.0, 2.0), test, (1.0, 5.0))
    round_all = lambda mean: [round(mean[name], 4) for name in ("rmse", "mae")]
    assert round_all(constant.mean) == [1.0735, 0.8322]
    assert round_all(biases.mean) == [0.9443, 0.7150]
