"""Self-adversarial negative sampling by its equations."""

import jax
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.losses import self_adversarial

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(3, 5)).astype(np.float32)
LABELS = np.eye(5, dtype=np.float32)[[0, 2, 4]]
WHERE = np.ones((3, 5), bool)


def twin(scores, margin, temperature):
    log_sigmoid = lambda x: -np.log1p(np.exp(-x))
    each = []
    for row, label in zip(scores.astype(np.float64), LABELS, strict=True):
        positive, negative = row[label > 0], row[label == 0]
        weight = np.exp(temperature * negative) / np.exp(temperature * negative).sum()
        fooled = weight @ log_sigmoid(-margin - negative)
        each.append(-log_sigmoid(margin + positive).mean() - fooled)
    return np.mean(each)


@pytest.mark.parametrize(("margin", "temperature"), [(0.0, 1.0), (6.0, 0.5), (1.0, 0.0)])
def test_is_the_equation_of_the_paper(margin, temperature):
    found = jax.jit(self_adversarial(margin, temperature))(SCORES, LABELS, WHERE)
    np.testing.assert_allclose(found, twin(SCORES, margin, temperature), rtol=1e-5)


def test_the_weights_have_no_gradient():
    gradient = jax.jit(jax.grad(self_adversarial(temperature=2.0)))
    slope = np.asarray(gradient(SCORES[:1], LABELS[:1], WHERE[:1]))
    negative = SCORES[0, 1:].astype(np.float64)
    weight = np.exp(2 * negative) / np.exp(2 * negative).sum()
    np.testing.assert_allclose(slope[0, 1:], weight / (1 + np.exp(-negative)), rtol=1e-5)


def test_negative_margins_and_temperatures_are_refused():
    with pytest.raises(InputError, match="margin is -1"):
        self_adversarial(-1.0)
    with pytest.raises(InputError, match="temperature is inf"):
        self_adversarial(temperature=float("inf"))


def test_queries_without_positive_do_not_count():
    loss, kept = jax.jit(self_adversarial(1.0)), [0, 2]
    labels = LABELS * np.array([[1], [0], [1]], np.float32)
    found = loss(SCORES, labels, WHERE)
    expected = loss(SCORES[kept], labels[kept], WHERE[kept])
    np.testing.assert_allclose(found, expected, rtol=1e-6)
