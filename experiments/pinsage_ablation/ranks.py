"""Where the answer of each question stands among all items."""

import numpy as np
from jaxtyping import Bool, Float, Float32

from jaxrec.data import Pairs
from jaxrec.graph import Csr

BLOCK = 1024
"""Questions at a time."""


def ranks(
    vectors: Float32[np.ndarray, "I d"], pairs: Pairs, likes: Csr, answers: Bool[np.ndarray, "I"]
) -> Float[np.ndarray, "n"]:
    """Rank from 1 of each pair's answer by inner product with its query.

    Others are the items of ``answers`` without the query and without what training knows to answer
    it. Of equal scores the mean place counts, so that equal features gain nothing.
    """
    found = np.empty(len(pairs.query))
    for first in range(0, len(found), BLOCK):
        query, item = pairs.query[first : first + BLOCK], pairs.item[first : first + BLOCK]
        rows = np.arange(len(query))
        scores = vectors[query] @ vectors.T
        own = scores[rows, item]
        scores[:, ~answers] = -np.inf
        scores[rows, query] = -np.inf
        degree = likes.indptr[query + 1] - likes.indptr[query]
        starts = np.repeat(likes.indptr[query] - np.cumsum(degree) + degree, degree)
        scores[
            np.repeat(rows, degree), likes.indices[starts + np.arange(int(degree.sum()))]
        ] = -np.inf
        scores[rows, item] = own
        above, equal = scores > own[:, None], scores == own[:, None]
        found[first : first + BLOCK] = above.sum(axis=1) + (1 + equal.sum(axis=1)) / 2
    return found


def hit_rate(rank: Float[np.ndarray, "n"], k: int) -> Float[np.ndarray, "n"]:
    """Whether the answer is among the first k; 500 of 5 million in the paper."""
    return (rank <= k).astype(np.float64)


def scaled_reciprocal(rank: Float[np.ndarray, "n"], k: int) -> Float[np.ndarray, "n"]:
    """``1 / ceil(rank / (k / 5))``: the paper's MRR, whose unit of 100 is a fifth of its k.

    >>> scaled_reciprocal(np.array([1.0, 4.0, 5.0, 9.0]), k=20).tolist()
    [1.0, 1.0, 0.5, 0.3333333333333333]
    """
    return 1 / np.ceil(rank / (k / 5))
