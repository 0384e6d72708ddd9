import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph import ratings


def rated(rating):
    rows = np.zeros(2, np.int32)
    return Interactions(rows, rows, 1, 1, rating=rating)


def test_a_pair_that_is_rated_twice_stands_twice():
    table = ratings(rated(np.array([1.0, 5.0], np.float32)))
    assert [column.tolist() for column in table] == [[0, 0], [0, 0], [1.0, 5.0]]


def test_interactions_without_ratings_are_refused():
    with pytest.raises(InputError, match="2 interactions have no ratings; give a column"):
        ratings(rated(None))


def test_ratings_that_are_not_finite_are_refused():
    with pytest.raises(InputError, match="1 of 2 ratings are not finite numbers; drop"):
        ratings(rated(np.array([1.0, np.nan], np.float32)))
