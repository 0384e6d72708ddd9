"""Contrastive losses by their formulas."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.losses import first_of_each, info_nce

RNG = np.random.default_rng(0)
A, B = (jnp.asarray(RNG.normal(size=(5, 3)), jnp.float32) for _ in range(2))
WHERE = jnp.array([True, False, True, True, False])
ALL = jnp.ones(5, bool)


def slow(a, b, where, temperature):
    a, b = (np.asarray(x, np.float64)[np.asarray(where)] for x in (a, b))
    unit = lambda x: x / np.linalg.norm(x)
    losses = []
    for i in range(len(a)):
        powers = [np.exp(unit(a[i]) @ unit(b[j]) / temperature) for j in range(len(b))]
        losses.append(-np.log(powers[i] / sum(powers)))
    return np.mean(losses)


@pytest.mark.parametrize("temperature", [0.1, 1.0])
@pytest.mark.parametrize("where", [WHERE, ALL], ids=["some", "all"])
def test_info_nce_is_the_mean_over_valid_rows(where, temperature):
    expected = slow(A, B, where, temperature)
    np.testing.assert_allclose(info_nce(A, B, where, temperature), expected, rtol=1e-5)


def test_masked_rows_are_not_read_and_get_no_gradient():
    gradient = jax.grad(info_nce, argnums=(0, 1))
    changed = jnp.where(WHERE[:, None], A, 1e9), jnp.where(WHERE[:, None], B, -1e9)
    np.testing.assert_array_equal(info_nce(*changed, WHERE, 0.2), info_nce(A, B, WHERE, 0.2))
    for found, expected in zip(
        gradient(*changed, WHERE, 0.2), gradient(A, B, WHERE, 0.2), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
        assert not found[~WHERE].any() and found[WHERE].any()


def test_nothing_valid_gives_zero_and_no_gradient():
    value, gradient = jax.value_and_grad(info_nce)(A, B, jnp.zeros(5, bool), 0.2)
    assert value == 0 and not gradient.any()


def test_scale_of_rows_changes_nothing():
    scale = jnp.array([[1e-3], [1.0], [7.0], [1e4], [2.0]])
    scaled = info_nce(A * scale, B, ALL, 0.2)
    np.testing.assert_allclose(scaled, info_nce(A, B, ALL, 0.2), rtol=1e-5)


@pytest.mark.parametrize("size", [0.0, 1e-12, 1e12])
@pytest.mark.parametrize("temperature", [1e-3, 1.0])
def test_extreme_rows_stay_finite(size, temperature):
    rows = A.at[0].mul(size)
    value, gradient = jax.value_and_grad(info_nce)(rows, B, ALL, temperature)
    assert jnp.isfinite(value) and jnp.isfinite(gradient).all()


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_not_above_zero_is_refused(temperature):
    with pytest.raises(InputError, match="temperature is"):
        info_nce(A, B, ALL, temperature)


@given(st.lists(st.integers(-3, 3), min_size=8, max_size=8))
def test_first_of_each_is_true_once_an_id_and_where_it_appears_first(ids):
    expected = [ids.index(i) == at for at, i in enumerate(ids)]
    assert first_of_each(jnp.array(ids)).tolist() == expected


def test_first_of_each_compiles_once():
    compiled = jax.jit(chex.assert_max_traces(first_of_each, n=1))
    assert compiled(jnp.array([4, 4, 4])).tolist() == [True, False, False]
    assert compiled(jnp.array([4, 5, 4])).tolist() == [True, True, False]
    assert first_of_each(jnp.zeros(0, jnp.int32)).shape == (0,)
