"""Listwise losses by their formulas."""

import jax
import numpy as np
import pytest

from jaxrec.losses import softmax

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(5, 6)).astype(np.float32)
LABELS = RNG.integers(0, 3, size=(5, 6)).astype(np.float32)
WHERE = RNG.random((5, 6)) < 0.7
LABELS[3] = 0  # No positive at all.
WHERE[4] = False  # No candidate at all.
BOTH = jax.jit(jax.value_and_grad(softmax))


def slow(scores, labels, where):
    losses = []
    for s, y, w in zip(scores.astype(np.float64), labels, where, strict=True):
        s, y = s[w], y[w]
        if y.sum() > 0:
            losses.append(-np.sum(y / y.sum() * np.log(np.exp(s) / np.exp(s).sum())))
    return np.mean(losses) if losses else 0.0


def test_softmax_is_the_mean_cross_entropy_of_queries_with_a_positive():
    expected = slow(SCORES, LABELS, WHERE)
    loss, _ = BOTH(SCORES, LABELS, WHERE)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_gradient_is_softmax_less_label_by_query():
    _, gradient = BOTH(SCORES, LABELS, WHERE)
    p = np.where(WHERE, np.exp(SCORES), 0)
    p /= np.maximum(p.sum(1, keepdims=True), 1e-9)
    y = np.where(WHERE, LABELS, 0)
    total = y.sum(1, keepdims=True)
    expected = np.where(total > 0, p - y / np.maximum(total, 1), 0) / np.sum(total > 0)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-7)


def test_softmax_of_one_positive_among_equals_is_the_log_of_their_number():
    labels = np.eye(7)[[3, 3]]
    loss, _ = BOTH(np.full((2, 7), 9.0), labels, np.ones((2, 7), bool))
    np.testing.assert_allclose(loss, np.log(7), rtol=1e-6)


def test_a_positive_alone_costs_nothing():
    arrays = np.array([[3.0, 5.0]]), np.array([[1.0, 0.0]]), np.array([[True, False]])
    value, gradient = BOTH(*arrays)
    assert value == 0 and not np.any(gradient)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_masked_may_be_anything(value):
    expected = BOTH(SCORES, LABELS, WHERE)
    found = BOTH(np.where(WHERE, SCORES, value), LABELS, WHERE)
    jax.tree.map(np.testing.assert_array_equal, found, expected)


def test_subtracting_log_q_from_a_uniform_sample_gives_the_loss_over_all_items():
    """Every item stands for those it was drawn for: here each of 3 for itself and 1 other."""
    items = np.array([0.3, -1.0, 2.0, 0.7], np.float32)
    everything = np.concatenate([items[:1], items[1:], items[1:]])[None]
    labels = np.eye(1, 7, dtype=np.float32)
    log_q = np.array([[0.0, *[np.log(0.5)] * 3]], np.float32)
    sampled, _ = BOTH(items[None] - log_q, labels[:, :4], np.ones((1, 4), bool))
    expected = slow(everything, labels, np.ones((1, 7), bool))
    np.testing.assert_allclose(sampled, expected, rtol=1e-6)
