"""Draws of a fixed number from lists of any lengths, as places in each list."""

import numpy as np
from jaxtyping import Bool, Int


def sample_positions(
    count: Int[np.ndarray, "N"], width: int, rng: np.random.Generator, pad: bool = False
) -> tuple[Int[np.ndarray, "N K"], Bool[np.ndarray, "N K"]]:
    """``width`` places in each of N lists of these lengths, and False where there is none.

    A list of ``width`` or more gives a uniform subset, without replacement. A shorter one is drawn
    from with replacement, or with ``pad`` gives each of its places once, in order, then padding; an
    empty one gives padding alone, at place 0. Cost O(N K^2), however long the lists are.

    Bentley & Floyd, A sample of brilliance, CACM 1987.

    >>> drawn, real = sample_positions(np.array([2, 0, 3]), 3, np.random.default_rng(0), pad=True)
    >>> np.sort(drawn, axis=1).tolist(), real.sum(axis=1).tolist()
    ([[0, 0, 1], [0, 0, 0], [0, 1, 2]], [2, 0, 3])
    """
    count = count.astype(np.int64)[:, None]  # [N, 1]
    subset = np.zeros((len(count), width), np.int64)
    for k in range(width):
        last = np.maximum(count[:, 0] - width + k, 0)
        drawn = rng.integers(0, last + 1)
        taken = np.any(subset[:, :k] == drawn[:, None], axis=1)
        subset[:, k] = np.where(taken, last, drawn)
    if pad:
        few = np.broadcast_to(np.arange(width), subset.shape)
        real = few < count
    else:
        few = rng.integers(0, np.maximum(count, 1), subset.shape)
        real = np.broadcast_to(count > 0, subset.shape)
    return np.where(real, np.where(count >= width, subset, few), 0), real.copy()
