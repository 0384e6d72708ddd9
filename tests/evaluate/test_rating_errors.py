"""Errors of ratings."""

from functools import partial

import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.evaluate import compare_users, measure_ratings, pair_scores, rating_errors
from jaxrec.graph import Ratings, rated
from jaxrec.models import biased_mf

RATING = np.array([1.0, 5.0, 3.0, 5.0], np.float32)
PREDICTION = np.array([0.0, 4.0, 3.5, 7.0])
"""Errors -1, -1, 0.5 and 2."""


def test_every_row_counts_once():
    mean = rating_errors(PREDICTION, RATING).mean
    assert mean["rmse"] == pytest.approx(np.sqrt((1 + 1 + 0.25 + 4) / 4))
    assert mean["mae"] == pytest.approx((1 + 1 + 0.5 + 2) / 4)


def test_errors_of_rows_keep_their_order():
    per_row = rating_errors(PREDICTION, RATING).per_row
    rmse = 1.25
    by_hand = rmse / 2 + np.array([1, 1, 0.25, 4]) / (2 * rmse)
    np.testing.assert_allclose(per_row["rmse"], by_hand, rtol=1e-12)
    assert per_row["mae"].tolist() == [1, 1, 0.5, 2]


def test_means_of_rows_are_the_errors_and_their_deviation_that_of_the_errors():
    rng = np.random.default_rng(0)
    rating = rng.normal(size=(2000, 100))
    samples = [rating_errors(np.zeros(100), row) for row in rating]
    for name in ("rmse", "mae"):
        values = [each.mean[name] for each in samples]
        np.testing.assert_allclose([np.mean(each.per_row[name]) for each in samples], values)
        expected = np.mean([each.per_row[name].std(ddof=1) / 10 for each in samples])
        assert np.std(values) == pytest.approx(expected, rel=0.06)


def test_perfect_predictions_have_no_error():
    found = rating_errors(RATING, RATING)
    assert found.mean == {"rmse": 0, "mae": 0}
    assert not any(np.any(row) for row in found.per_row.values())


def test_predictions_are_clipped_to_the_scale_if_it_is_given():
    per_row = rating_errors(PREDICTION, RATING, rating_range=(1.0, 5.0)).per_row
    assert per_row["mae"].tolist() == [0, 1, 0.5, 0]


def test_models_are_compared_row_by_row():
    first, second = (rating_errors(x, RATING).per_row["rmse"] for x in (PREDICTION, RATING))
    assert compare_users(first, second).difference == pytest.approx(-1.25)


def test_a_model_predicts_the_rating_of_each_pair(key, monkeypatch):
    monkeypatch.setattr("jaxrec.evaluate.click_through.BLOCK", 3)
    user, item = np.int32([0, 1, 2, 3, 0]), np.int32([0, 1, 2, 3, 4])
    graph = rated(Interactions(user, item, 4, 5, rating=np.full(5, 3, np.float32)))
    model = biased_mf(graph, 4, 5, dim=2)
    reps = model.encode(model.init(key), graph)
    test = Ratings(np.array([0, 3, 3, 1]), np.array([4, 0, 0, 2]), RATING)
    query, item = np.asarray(reps.query, np.float64), np.asarray(reps.item, np.float64)
    expected = np.abs(np.sum(query[test.user] * item[test.item], axis=1) - RATING)
    errors = measure_ratings(partial(pair_scores, model, reps), test)
    np.testing.assert_allclose(errors.per_row["mae"], expected, rtol=1e-5)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(InputError, match="no ratings to predict"):
        rating_errors(np.zeros(0), np.zeros(0))
    with pytest.raises(InputError, match="1 of 2 predicted ratings are NaN"):
        rating_errors(np.array([np.nan, 1.0]), np.ones(2))
    with pytest.raises(InputError, match=r"rating_range is \(5.0, 1.0\); give the lowest and"):
        rating_errors(np.ones(2), np.ones(2), rating_range=(5.0, 1.0))
