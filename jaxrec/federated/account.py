"""How much privacy the rounds of a client spend.

The promise is local: of what one client sends over all rounds, to whoever receives it. Two clients
are neighbors that rated the same items and have the same friends, whatever their ratings are. So
the values of ratings are protected, but not which items are rated (``Clients.rows`` are sent in the
clear, and pseudo-items only blur them), nor how many. Clipping bounds the norm of everything that
a client sends in a round by C, and two such messages differ by at most 2 C; noise is in multiples
of C. Who takes part in a round is drawn without looking at ratings and known to the server, so it
amplifies nothing, and a client's rounds add up (composition).
"""

from typing import NamedTuple

from jaxrec.base import InputError


class Promise(NamedTuple):
    """``(epsilon, delta)``-local differential privacy of a client's ratings over ``rounds``."""

    epsilon: float
    delta: float
    rounds: int

    def __str__(self) -> str:
        delta = f", delta {self.delta:g}" if self.delta else ""
        return (
            f"epsilon {self.epsilon:.4g}{delta} of the ratings' values of a client that took part "
            f"in {self.rounds:,} rounds; which items it rated is not covered"
        )


def laplace_epsilon(multiplier: float, rounds: int) -> float:
    """Of the Laplace mechanism: ``2 C / (multiplier C)`` a round, and rounds add up.

    Dwork and Roth, 2014, theorems 3.6 and 3.14.

    >>> laplace_epsilon(multiplier=40.0, rounds=10)
    0.5
    """
    return 2 * rounds / multiplier if multiplier > 0 else float("inf")


def laplace_multiplier(epsilon: float, rounds: int) -> float:
    """The noise that spends ``epsilon`` in ``rounds``; the inverse of ``laplace_epsilon``.

    >>> laplace_multiplier(epsilon=0.5, rounds=10)
    40.0
    """
    return 2 * rounds / epsilon


def gaussian_epsilon(multiplier: float, rounds: int, delta: float) -> float:
    """Of the Gaussian mechanism over all rounds, by its privacy loss distribution.

    Needs the extra ``privacy`` (dp-accounting).

    Raises:
      InputError: the package is not installed.
    """
    if multiplier <= 0:
        return float("inf")
    dp, pld = _accounting()
    accountant = pld.PLDAccountant()
    # Sensitivity is 2 C, and the composition of Gaussians is one of sqrt(rounds) less noise.
    accountant.compose(dp.GaussianDpEvent(multiplier / 2 / rounds**0.5))
    return float(accountant.get_epsilon(delta))


def gaussian_multiplier(epsilon: float, rounds: int, delta: float) -> float:
    """The least noise, to a thousandth, that spends ``epsilon`` at most; see ``gaussian_epsilon``.

    Raises:
      InputError: the package is not installed.
    """
    low, high = 0.0, rounds**0.5
    while gaussian_epsilon(high, rounds, delta) > epsilon:
        low, high = high, 2 * high
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        if gaussian_epsilon(middle, rounds, delta) > epsilon:
            low = middle
        else:
            high = middle
    return high


def _accounting():
    try:
        import dp_accounting  # pyright: ignore[reportMissingImports]
        from dp_accounting import pld  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError(
            "the account of Gaussian noise needs dp-accounting; pip install 'jaxrec[privacy]', or "
            "use --mechanism laplace"
        ) from error
    return dp_accounting, pld
