"""Bands of ranks by personalised PageRank, for ``banded_negatives``; made before training.

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.3: hard negatives are
items of ranks 2000 to 5000 by their PageRank from the query.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int, Int32

from jaxrec.base import InputError
from jaxrec.ops import items_of_items, items_of_users
from jaxrec.ops.propagate import Graph

BLOCK = 256
"""Queries at a time: 42 MB of scores for 41,000 items."""

Band = Int32[np.ndarray, "Q W"]


def user_bands(
    graph: Graph,
    n_users: int,
    n_items: int,
    low: int,
    high: int,
    restart: float = 0.15,
    n_rounds: int = 10,
) -> Band:
    """Items of ranks ``low`` (from 0) up to but not including ``high`` of every user, unordered.

    What a user has is ranked, too, mostly before all else. Entries are -1 where ``n_rounds`` do
    not reach that many items. Cost: ``n_users * n_rounds`` columns of a whole propagation, and a
    partition of every user's items; on the device, in blocks of ``BLOCK`` users, then on the host.

    Args:
      graph: ``prepare(bipartite(train, r=0.0), n_users=n_users)``.
      restart, n_rounds: as in ``ops.items_of_users``.

    Raises:
      InputError: a band that is empty or beyond the items, or ``restart`` or ``n_rounds`` out of
        range.
    """
    score = partial(
        items_of_users, n_users=n_users, n_items=n_items, restart=restart, n_rounds=n_rounds
    )
    return _bands(score, graph, n_users, n_items, low, high)


def item_bands(
    graph: Graph,
    n_users: int,
    n_items: int,
    low: int,
    high: int,
    restart: float = 0.15,
    n_rounds: int = 10,
) -> Band:
    """The same of every item, for queries that are items; an item itself is mostly of rank 0."""
    score = partial(
        items_of_items, n_users=n_users, n_items=n_items, restart=restart, n_rounds=n_rounds
    )
    return _bands(score, graph, n_items, n_items, low, high)


def _bands(
    score: Callable[[Graph, Int[Array, "B"]], Float[Array, "I B"]],
    graph: Graph,
    n_queries: int,
    n_items: int,
    low: int,
    high: int,
) -> Band:
    if not 0 <= low < high <= n_items:
        raise InputError(
            f"the band [{low}, {high}) is empty or not within {n_items} items; "
            f"give 0 <= low < high <= {n_items}"
        )
    compiled = jax.jit(lambda graph, query: score(graph, query).T)
    # The last block repeats the last query, so that one program serves all.
    blocks = [
        jnp.minimum(first + jnp.arange(BLOCK), n_queries - 1)
        for first in range(0, n_queries, BLOCK)
    ]
    band = np.empty((len(blocks) * BLOCK, high - low), np.int32)
    ahead = compiled(graph, blocks[0])
    for n, block in enumerate(blocks):
        scores = np.asarray(ahead)
        if n + 1 < len(blocks):  # The device computes while the host selects.
            ahead = compiled(graph, blocks[n + 1])
        band[n * BLOCK : n * BLOCK + len(block)] = _within(scores, low, high)
    return band[:n_queries]


def _within(scores: Float32[np.ndarray, "B I"], low: int, high: int) -> Int32[np.ndarray, "B W"]:
    """Columns of ranks ``low`` to ``high - 1`` of each row; -1 where the score is 0."""
    column = np.argpartition(-scores, (low, high - 1), axis=1)[:, low:high]
    reached = np.take_along_axis(scores, column, axis=1) > 0
    return np.where(reached, column, -1).astype(np.int32)
