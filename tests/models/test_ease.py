"""EASE against its closed form in float64."""

import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.models import ease
from tests.models.twins import QUERIES, M, R, U, history

module = importlib.import_module(ease.__module__)


def test_scores_are_the_closed_form(key):
    model = ease(history(), U, M, l2=2.0)
    params = model.init(key)
    inverse = np.linalg.inv(R.T @ R + 2 * np.eye(M))
    weight = np.eye(M) - inverse / np.diag(inverse)
    np.testing.assert_allclose(params["weight"], weight * (1 - np.eye(M)), rtol=1e-4, atol=1e-6)
    assert not np.diag(params["weight"]).any()
    scores = model.score(model.encode(params, history()), QUERIES, jnp.arange(M))
    np.testing.assert_allclose(scores, (R @ params["weight"])[QUERIES], rtol=1e-5, atol=1e-6)


def test_shapes_are_told_without_the_product(monkeypatch):
    monkeypatch.setattr(module, "_gram", lambda *told: pytest.fail("computed"))
    shapes = jax.eval_shape(ease(history(), U, M).init, jax.random.key(0))
    assert shapes["weight"].shape == (M, M)


@pytest.mark.parametrize("block", [1, 3, 100])
def test_the_product_is_the_same_in_blocks(monkeypatch, block, key):
    expected = ease(history(), U, M).init(key)["weight"]
    monkeypatch.setattr(module, "BLOCK", block)
    np.testing.assert_array_equal(ease(history(), U, M).init(key)["weight"], expected)


def test_it_solves_the_ridge_regression_without_the_diagonal(key):
    weight = np.asarray(ease(history(), U, M, l2=2.0).init(key)["weight"], np.float64)

    def cost(weight):
        return np.sum((R - R @ weight) ** 2) + 2 * np.sum(weight**2)

    rng = np.random.default_rng(0)
    for _ in range(20):
        step = 1e-2 * rng.standard_normal((M, M)) * (1 - np.eye(M))
        assert cost(weight) < cost(weight + step)


@pytest.mark.parametrize("l2", [0.0, float("nan"), float("inf")])
def test_an_l2_that_is_no_number_above_0_is_refused(l2):
    with pytest.raises(InputError, match=f"l2 is {l2}; give a number above 0"):
        ease(history(), U, M, l2=l2)
