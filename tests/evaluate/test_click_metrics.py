"""Metrics of clicks, by user, and baselines that know items alone."""

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.evaluate import (
    auc,
    item_click_rate,
    item_popularity,
    measure_clicks,
    standard_errors,
)

RNG = np.random.default_rng(0)
USER = RNG.integers(0, 12, 300)
LABELS = (RNG.random(300) < 0.4).astype(np.float32)
SCORES = np.round(RNG.normal(size=300) + LABELS, 1)  # Rounded, so that some are equal.


def test_every_metric_is_the_mean_of_its_vector():
    found = measure_clicks(SCORES, LABELS, USER)
    by_user = [auc(SCORES[USER == user], LABELS[USER == user]) for user in range(12)]
    right = (SCORES >= 0) == (LABELS == 1)
    expected = {"auc": auc(SCORES, LABELS), "user_auc": np.mean(by_user), "accuracy": right.mean()}
    assert found.mean == pytest.approx(expected)
    for name, vector in found.per_user.items():
        assert vector.shape == (12,) and vector.mean() == pytest.approx(found.mean[name])
    np.testing.assert_allclose(found.per_user["user_auc"], by_user)


def test_a_user_of_one_label_has_no_auc_and_counts_in_the_others():
    labels = np.where(USER == 3, 1, LABELS)
    found = measure_clicks(SCORES, labels, USER)
    by_user = [auc(SCORES[USER == u], labels[USER == u]) for u in range(12) if u != 3]
    assert found.mean["user_auc"] == pytest.approx(np.mean(by_user))
    assert np.nanmean(found.per_user["user_auc"]) == pytest.approx(np.mean(by_user))
    assert np.flatnonzero(np.isnan(found.per_user["user_auc"])).tolist() == [3]
    error = np.std(by_user, ddof=1) / np.sqrt(11)
    assert standard_errors(found)["user_auc"] == pytest.approx(error)
    assert found.mean["auc"] == pytest.approx(auc(SCORES, labels))
    none = measure_clicks(SCORES, LABELS, np.arange(300))
    assert set(none.mean) == {"auc", "accuracy"}


def test_the_spread_of_a_vector_is_that_of_samples_of_users():
    """Against the bootstrap: users are drawn with all their rows."""
    vector = measure_clicks(SCORES, LABELS, USER).per_user["auc"]
    rows, values = [np.flatnonzero(USER == user) for user in range(12)], []
    for _ in range(1_000):
        drawn = np.concatenate([rows[user] for user in RNG.integers(0, 12, 12)])
        values.append(auc(SCORES[drawn], LABELS[drawn]))
    assert vector.std() / np.sqrt(12) == pytest.approx(np.std(values), rel=0.15)


def test_one_label_alone_is_refused():
    with pytest.raises(InputError, match="there are 3 and 0; give rows of both"):
        measure_clicks(np.zeros(3), np.ones(3), np.arange(3))


def test_popularity_counts_clicks_and_its_sign_is_the_best_of_all_cuts():
    item = RNG.integers(0, 20, 300)
    count = np.array([LABELS[item == i].sum() for i in range(20)])
    found = item_popularity(item, LABELS, 20)
    np.testing.assert_array_equal(np.diff(found.item), np.diff(count))
    right = np.mean((found(USER, item) >= 0) == (LABELS == 1))
    cuts = [np.mean((count[item] >= cut) == (LABELS == 1)) for cut in np.unique(count[item])]
    assert right == pytest.approx(max(cuts))


def test_the_click_rate_is_shrunken_towards_the_mean():
    item = RNG.integers(0, 19, 300)  # Item 19 was never shown.
    clicks = np.array([LABELS[item == i].sum() for i in range(20)])
    shown = np.bincount(item, minlength=20)
    rate = (clicks + 4 * LABELS.mean()) / (shown + 4)
    found = item_click_rate(item, LABELS, 20, shrinkage=4.0)
    np.testing.assert_allclose(1 / (1 + np.exp(-found.item)), rate, rtol=1e-6)
    assert rate[19] == pytest.approx(LABELS.mean())
