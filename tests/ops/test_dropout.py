"""Dropout against binomial bounds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.ops import check_rate, dropout, keys_of


def test_zeroes_at_the_given_rate_and_keeps_the_mean(key):
    n, rate = 100_000, 0.3
    y = np.asarray(dropout(jnp.full(n, 2.0), rate, key))
    dropped = np.mean(y == 0)
    assert abs(dropped - rate) < 5 * np.sqrt(rate * (1 - rate) / n)
    np.testing.assert_allclose(y[y != 0], 2 / (1 - rate), rtol=1e-6)


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_no_key_and_no_rate_drop_nothing(key, rate):
    x = jnp.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(dropout(x, rate, None), x)
    np.testing.assert_array_equal(dropout(x, 0.0, key), x)


def test_keys_are_distinct_and_no_key_makes_no_keys(key):
    data = {tuple(jax.random.key_data(one).tolist()) for one in (key, *keys_of(key, 3))}
    assert len(data) == 4
    assert keys_of(None, 2) == [None, None]


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(InputError, match=f"dropout is {rate}; give 0"):
        check_rate("dropout", rate)
