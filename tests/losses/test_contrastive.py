"""Contrastive losses by their formulas."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.losses import first_of_each, info_nce, info_nce_queue

RNG = np.random.default_rng(0)
A, B = (RNG.normal(size=(5, 3)).astype(np.float32) for _ in range(2))
WHERE = np.array([True, False, True, True, False])
ALL = np.ones(5, bool)
BOTH = jax.jit(jax.value_and_grad(info_nce, argnums=(0, 1)), static_argnums=3)


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
    np.testing.assert_allclose(BOTH(A, B, where, temperature)[0], expected, rtol=1e-5)


def test_masked_rows_are_not_read_and_get_no_gradient():
    changed = np.where(WHERE[:, None], A, 1e9), np.where(WHERE[:, None], B, -1e9)
    found, expected = BOTH(*changed, WHERE, 0.2), BOTH(A, B, WHERE, 0.2)
    jax.tree.map(np.testing.assert_array_equal, found, expected)
    for gradient in map(np.asarray, found[1]):
        assert not gradient[~WHERE].any() and gradient[WHERE].any()


def test_nothing_valid_gives_zero_and_no_gradient():
    value, gradients = BOTH(A, B, np.zeros(5, bool), 0.2)
    assert value == 0 and not np.any(gradients)


def test_scale_of_rows_changes_nothing():
    scale = np.array([[1e-3], [1.0], [7.0], [1e4], [2.0]])
    scaled, _ = BOTH(A * scale, B, ALL, 0.2)
    np.testing.assert_allclose(scaled, BOTH(A, B, ALL, 0.2)[0], rtol=1e-5)


@pytest.mark.parametrize("size", [0.0, 1e-12, 1e12])
@pytest.mark.parametrize("temperature", [1e-3, 1.0])
def test_extreme_rows_stay_finite(size, temperature):
    rows = np.concatenate([A[:1] * size, A[1:]])
    value, gradients = BOTH(rows, B, ALL, temperature)
    assert np.isfinite(value) and np.isfinite(gradients).all()


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_not_above_zero_is_refused(temperature):
    with pytest.raises(InputError, match="temperature is"):
        info_nce(*map(jnp.asarray, (A, B, ALL)), temperature)


@given(st.lists(st.integers(-3, 3), min_size=8, max_size=8))
def test_first_of_each_is_true_once_an_id_and_where_it_appears_first(ids):
    expected = [ids.index(i) == at for at, i in enumerate(ids)]
    assert jax.jit(first_of_each)(np.array(ids)).tolist() == expected


def test_first_of_each_compiles_once():
    compiled = jax.jit(chex.assert_max_traces(first_of_each, n=1))
    assert compiled(jnp.array([4, 4, 4])).tolist() == [True, False, False]
    assert compiled(jnp.array([4, 5, 4])).tolist() == [True, True, False]
    assert first_of_each(jnp.zeros(0, jnp.int32)).shape == (0,)


def test_with_a_queue_negatives_are_its_rows_that_are_filled():
    queue, filled = RNG.normal(size=(4, 3)).astype(np.float32), np.array([True, True, False, True])
    unit = lambda x: x / np.linalg.norm(x)
    losses = []
    for i in np.flatnonzero(WHERE):
        rows = [B[i], *queue[filled]]
        powers = np.exp([unit(A[i]) @ unit(row) / 0.3 for row in rows])
        losses.append(-np.log(powers[0] / sum(powers)))
    found = info_nce_queue(*map(jnp.asarray, (A, B, queue, WHERE, filled)), 0.3)
    np.testing.assert_allclose(found, np.mean(losses), rtol=1e-5)
    with pytest.raises(InputError, match="temperature is 0"):
        info_nce_queue(*map(jnp.asarray, (A, B, queue, WHERE, filled)), 0.0)
