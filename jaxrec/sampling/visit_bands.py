"""Bands of ranks by how often walks visit, for ``banded_negatives``; made before training.

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973: visits of random walks are where
personalized PageRank is estimated from, and their counts rank as it does, at less cost.
"""

import numpy as np
from jaxtyping import Int32

from jaxrec.ops import ImportanceNeighbors
from jaxrec.sampling.banded import band


def visit_bands(neighbors: ImportanceNeighbors, low: int, high: int) -> Int32[np.ndarray, "I W"]:
    """Items of ranks ``low`` (from 0) up to but not including ``high`` by visits, most first.

    The same as ``pagerank_bands`` by counting, so with the error of counts: ranks far down the list
    need walks enough to be visited at all. -1 stands where fewer items were.

    Args:
      neighbors: of every item, ``item_neighbors(key, train, width=high, ...)`` or more.
      low: first rank, from 0, of items beside the item itself.
      high: the rank after the last.

    Raises:
      InputError: a band that is empty or ends beyond the neighbors.
    """
    visited = np.where(np.asarray(neighbors.weight) > 0, np.asarray(neighbors.sender), -1)
    return np.asarray(band(visited, low, high), np.int32)
