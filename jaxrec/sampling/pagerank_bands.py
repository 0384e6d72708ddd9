"""Bands of ranks by personalized PageRank, for ``banded_negatives``; made before training.

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.3: hard negatives are
items of ranks 2000 to 5000 by their PageRank from the query.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int, Int32

from jaxrec.base import InputError
from jaxrec.ops import items_of_users
from jaxrec.ops.propagate import Graph

BLOCK = 256
"""Queries at a time: 42 MB of scores for 41,000 items."""

Band = Int32[np.ndarray, "Q W"]


def pagerank_bands(
    items_of: Callable[..., Float[Array, "I B"]],
    graph: Graph,
    query: Int[np.ndarray, "Q"],
    n_users: int,
    n_items: int,
    low: int,
    high: int,
    restart: float = 0.15,
    n_rounds: int = 10,
) -> Band:
    """Items of ranks ``low`` (from 0) up to but not including ``high`` of every query, unordered.

    What a user has is ranked, too, mostly before all else; an item is mostly of rank 0 of its own.
    Entries are -1 where ``n_rounds`` do not reach that many items. Cost: ``Q * n_rounds`` columns
    of a whole propagation, and a partition of every query's items; on the device, in blocks of
    ``BLOCK`` queries, then on the host.

    Args:
      items_of: ``ops.items_of_users`` for queries that are users, ``ops.items_of_items`` for items.
      graph: ``prepare(bipartite(train, r=0.0), n_users=n_users)``.
      query: whose bands; ``np.arange(n_users)`` for all users.
      restart: chance of every step to lead back to the query; 0.15 is a damping factor of 0.85.
      n_rounds: twice so many steps are summed.

    Raises:
      InputError: a band that is empty or beyond the items, no query or one that is not there, or
        ``restart`` or ``n_rounds`` out of range.
    """
    n_queries = n_users if items_of is items_of_users else n_items
    outside = query[(query < 0) | (query >= n_queries)]
    if not len(query) or len(outside):
        told = f"query {outside[0]} is none of them" if len(outside) else "there are none"
        raise InputError(f"queries are rows 0 to {n_queries - 1} and {told}; give one or more")
    if not 0 <= low < high <= n_items:
        raise InputError(
            f"the band [{low}, {high}) is empty or not within {n_items} items; "
            f"give 0 <= low < high <= {n_items}"
        )
    compiled = jax.jit(
        lambda graph, query: items_of(graph, query, n_users, n_items, restart, n_rounds).T
    )
    # The last block repeats the last query, so that one program serves all.
    blocks = [
        jnp.asarray(query.take(first + np.arange(BLOCK), mode="clip"))
        for first in range(0, len(query), BLOCK)
    ]
    band = np.empty((len(blocks) * BLOCK, high - low), np.int32)
    ahead = compiled(graph, blocks[0])
    for n, block in enumerate(blocks):
        scores = np.asarray(ahead)
        if n + 1 < len(blocks):  # The device computes while the host selects.
            ahead = compiled(graph, blocks[n + 1])
        band[n * BLOCK : n * BLOCK + len(block)] = _within(scores, low, high)
    return band[: len(query)]


def _within(scores: Float32[np.ndarray, "B I"], low: int, high: int) -> Int32[np.ndarray, "B W"]:
    """Columns of ranks ``low`` to ``high - 1`` of each row; -1 where the score is 0."""
    column = np.argpartition(-scores, (low, high - 1), axis=1)[:, low:high]
    reached = np.take_along_axis(scores, column, axis=1) > 0
    return np.where(reached, column, -1).astype(np.int32)
