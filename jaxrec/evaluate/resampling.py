"""What chance alone could bring: users' differences with signs flipped, and users drawn again.

Both read ``difference`` ``[U]``, one system's metric less the other's, user by user, and hold a
block of resamples at a time, whatever their number. O(n U) for ``n`` resamples.
"""

import numpy as np
from jaxtyping import Float

BLOCK_NUMBERS = 2**20
"""Resampled users held at a time (8 MiB in float64)."""
N_RESAMPLES = 10_000


def permutation_test(
    difference: Float[np.ndarray, "U"], rng: np.random.Generator, n_resamples: int = N_RESAMPLES
) -> float:
    """p of the sign-flip test: were the systems the same, either could have been the first.

    ``(1 + count) / (1 + n)``, with ``count`` of the ``n`` random flips whose sum is as far from 0
    as what was seen; never 0. Phipson and Smyth, Permutation p-values should never be zero,
    Statistical Applications in Genetics and Molecular Biology 2010.
    """
    moved = difference[difference != 0]  # A zero is the same with either sign.
    if len(moved) == 0:
        return 1.0
    total = moved.sum()
    least = abs(total) - 1e-10 * np.abs(moved).sum()  # Sums that differ by rounding are equal.
    count = 0
    for size in _block_sizes(n_resamples, len(moved)):
        octets = rng.integers(0, 256, (size, -(-len(moved) // 8)), np.uint8)
        kept = np.unpackbits(octets, axis=1, count=len(moved)).astype(np.float64)
        count += int(np.sum(np.abs(2 * (kept @ moved) - total) >= least))
    return (1 + count) / (1 + n_resamples)


def bootstrap_interval(
    difference: Float[np.ndarray, "U"],
    rng: np.random.Generator,
    level: float = 0.95,
    n_resamples: int = N_RESAMPLES,
) -> tuple[float, float]:
    """Percentile interval of the mean difference, over users drawn with replacement.

    Of one user, who says nothing of others, it is unbounded. Efron and Tibshirani, An introduction
    to the bootstrap, 1993, chapter 13.
    """
    n_users = len(difference)
    if n_users == 1:
        return -np.inf, np.inf
    means = [
        difference[rng.integers(0, n_users, (size, n_users), np.int32)].mean(1)
        for size in _block_sizes(n_resamples, n_users)
    ]
    low, high = np.quantile(np.concatenate(means), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _block_sizes(n_resamples: int, n_users: int) -> list[int]:
    block = max(1, BLOCK_NUMBERS // n_users)
    return [min(block, n_resamples - done) for done in range(0, n_resamples, block)]
