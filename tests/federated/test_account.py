"""What rounds spend, against closed forms."""

import builtins
import math

import pytest
from scipy.stats import norm

from jaxrec.base import InputError
from jaxrec.federated import (
    Promise,
    gaussian_epsilon,
    gaussian_multiplier,
    laplace_epsilon,
    laplace_multiplier,
)


def exact_delta(mu, epsilon):
    """Of one Gaussian mechanism: Balle and Wang, ICML 2018, theorem 8, with mu = 2 C / sigma."""
    upper = norm.cdf(mu / 2 - epsilon / mu)
    return upper - math.exp(epsilon) * norm.cdf(-mu / 2 - epsilon / mu)


def test_laplace_adds_up_over_rounds():
    assert laplace_epsilon(multiplier=8, rounds=3) == pytest.approx(3 * 2 / 8)
    assert laplace_epsilon(laplace_multiplier(1.5, 7), 7) == pytest.approx(1.5)
    assert laplace_epsilon(0, 1) == math.inf


@pytest.mark.parametrize("rounds", [1, 60])
def test_gaussian_is_the_exact_curve_of_one_mechanism_of_all_rounds(rounds):
    pytest.importorskip("dp_accounting")
    epsilon = gaussian_epsilon(multiplier=20.0, rounds=rounds, delta=1e-5)
    mu = 2 / 20.0 * math.sqrt(rounds)
    assert exact_delta(mu, epsilon) == pytest.approx(1e-5, rel=1e-2)


def test_the_noise_for_a_promise_keeps_it_closely():
    pytest.importorskip("dp_accounting")
    multiplier = gaussian_multiplier(epsilon=2.0, rounds=25, delta=1e-5)
    assert 1.99 < gaussian_epsilon(multiplier, 25, 1e-5) <= 2.0


def test_without_the_package_the_extra_is_named(monkeypatch):
    found = builtins.__import__

    def without(name, *rest):
        if name.startswith("dp_accounting"):
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'jaxrec\[privacy\]'"):
        gaussian_epsilon(1.0, 1, 1e-5)


def test_a_promise_says_what_it_covers():
    assert str(Promise(2.0, 1e-5, 1200)) == (
        "epsilon 2, delta 1e-05 of the ratings' values of a client that took part in 1,200 rounds; "
        "which items it rated is not covered"
    )
