"""Clipping and noise by their formulas; variances within bounds of the chi-square kind."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.federated import gaussian, laplace, relative_laplace

N = 4000
GRADIENT = {
    "item": jnp.array([[0.2, -0.6], [0.5, 0.1], [9.0, 9.0]]).at[2].set(0),
    "layer": {"kernel": jnp.array([[1.0, -3.0]]), "bias": jnp.float32(0.4)},
}
OWNED = {"item": jnp.array([True, True, False])}
CLIPPED = {"item": [[0.2, -0.3], [0.3, 0.1], [0, 0]], "kernel": [[0.3, -0.3]], "bias": 0.3}


def drawn(privatize):
    """What N clients with one gradient send: item, kernel, bias."""
    found = jax.jit(jax.vmap(lambda key: privatize(key, GRADIENT, OWNED)))(
        jax.random.split(jax.random.key(0), N)
    )
    return {"item": found["item"], **found["layer"]}


def assert_moments(sample, mean, variance, kurtosis):
    """Mean and variance of every entry within 5 standard errors."""
    sample = np.asarray(sample, np.float64)
    error = np.sqrt(variance / N)
    np.testing.assert_array_less(np.abs(sample.mean(0) - mean), 5 * error + 1e-6)
    spread = variance * np.sqrt((kurtosis - 1) / N)
    np.testing.assert_array_less(np.abs(sample.var(0) - variance), 5 * spread + 1e-6)


def test_relative_noise_follows_the_mean_of_each_tensor_before_clipping():
    found, scale = drawn(relative_laplace(clip=0.3, scale=0.5)), 0.5
    mean = {"item": (0.2 - 0.6 + 0.5 + 0.1) / 4, "kernel": -1.0, "bias": 0.4}
    for name, expected in CLIPPED.items():
        variance = np.full(np.shape(expected), 2 * (scale * mean[name]) ** 2)
        if name == "item":
            variance[2] = 0  # Padding sends nothing.
        assert_moments(found[name], np.array(expected), variance, kurtosis=6)
    item = np.asarray(found["item"])[:, 0] - np.array(CLIPPED["item"][0])
    assert abs(np.corrcoef(item.T)[0, 1]) < 5 / np.sqrt(N)  # Entries apart.


def test_one_draw_moves_all_entries_of_a_tensor_by_one_number():
    found = drawn(relative_laplace(clip=0.3, scale=2.0, one_draw=True))
    noise = np.asarray(found["kernel"])[:, 0] - np.array(CLIPPED["kernel"][0])
    np.testing.assert_allclose(noise[:, 0], noise[:, 1], atol=1e-5)
    assert_moments(noise[:, 0], 0, np.float64(2 * 2.0**2), kurtosis=6)
    other = np.asarray(found["bias"]) - 0.3
    assert abs(np.corrcoef(noise[:, 0], other)[0, 1]) < 5 / np.sqrt(N)  # Tensors apart.


@pytest.mark.parametrize(
    ("mechanism", "power", "unit", "kurtosis"), [(laplace, 1, 2, 6), (gaussian, 2, 1, 3)]
)
def test_mechanisms_bound_the_norm_of_all_that_is_sent_and_add_multiples_of_the_bound(
    mechanism, power, unit, kurtosis
):
    flat = np.array([0.2, -0.6, 0.5, 0.1, 1.0, -3.0, 0.4])
    norm = np.sum(np.abs(flat) ** power) ** (1 / power)
    for clip in (0.5, 100.0):
        found = drawn(mechanism(clip=clip, multiplier=0.7))
        shrink = min(1, clip / norm)
        variance = unit * (0.7 * clip) ** 2
        assert_moments(found["kernel"], shrink * np.array([[1.0, -3.0]]), variance, kurtosis)
        assert_moments(found["item"][:, :2], shrink * flat[:4].reshape(2, 2), variance, kurtosis)
        assert not np.any(found["item"][:, 2])
    exact = drawn(mechanism(clip=0.5, multiplier=0.0))
    np.testing.assert_allclose(exact["bias"], 0.4 * 0.5 / norm, rtol=1e-5)


def test_a_bound_of_zero_and_negative_noise_are_refused():
    with pytest.raises(InputError, match="clip is 0"):
        gaussian(0.0, 1.0)
    with pytest.raises(InputError, match="noise -1"):
        relative_laplace(0.3, -1)
