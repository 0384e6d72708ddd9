"""What a user's actions can be told by instead of PinnerSage's medoids: its paper's baselines.

Vectors ``[m, d]`` come oldest first, as in ``pinnersage``.
"""

import warnings

import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import InputError


def last_item(vectors: Float[np.ndarray, "m d"]) -> Float[np.ndarray, "1 d"]:
    """The latest action alone."""
    return vectors[-1:]


def decayed_average(
    vectors: Float[np.ndarray, "m d"], age_days: Float[np.ndarray, "m"], decay: float
) -> Float[np.ndarray, "1 d"]:
    """``sum w x / sum w`` with ``w = exp(-decay * age)``.

    >>> decayed_average(np.array([[0.0], [3.0]]), np.array([7.0, 6.0]), np.log(2)).tolist()
    [[2.0]]
    """
    # Counted from the latest, for all weights may underflow otherwise.
    weight = np.exp(-decay * (age_days - age_days.min()))
    return (weight / weight.sum() @ vectors)[None, :]


def k_means(
    vectors: Float[np.ndarray, "m d"], n_clusters: int, rng: np.random.Generator
) -> Int[np.ndarray, "m"]:
    """The cluster of each action by Lloyd's algorithm, from random actions; none is empty.

    There are fewer clusters where there are fewer different vectors, or where one runs empty.

    Raises:
      InputError: ``n_clusters`` below 1, no actions, or a number that is not finite.
    """
    from scipy.cluster.vq import kmeans2  # Takes 0.2 s to import; few commands need it.

    if n_clusters < 1:
        raise InputError(f"n_clusters is {n_clusters}; give 1 or more")
    if not len(vectors):
        raise InputError("there are no vectors to cluster; give 1 or more")
    if broken := int(np.sum(~np.isfinite(vectors).all(axis=1))):
        raise InputError(f"{broken} of {len(vectors)} vectors are not finite; cluster finite ones")
    vectors = vectors.astype(np.float64)
    different = np.unique(vectors, axis=0)
    n_clusters = min(n_clusters, len(different))
    start = different[rng.choice(len(different), n_clusters, replace=False)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # SciPy's, of an empty cluster.
        _, label = kmeans2(vectors, start, minit="matrix")
    return np.unique(label, return_inverse=True)[1].astype(np.int64)
