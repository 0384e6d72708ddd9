"""Important neighbors of every item, for ``hops.by_table``; made before training."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.base import Key
from jaxrec.data import Interactions
from jaxrec.graph import bipartite, transitions
from jaxrec.ops import ImportanceNeighbors, importance_neighbors

BLOCK = 1024
"""Items at a time: 3 MB of visits for 200 walks of 5 nodes."""


def item_neighbors(
    key: Key,
    interactions: Interactions,
    width: int = 50,
    n_walks: int = 200,
    length: int = 5,
    restart: float = 0.5,
) -> ImportanceNeighbors:
    """The ``width`` items that walks from each item to users and back visit most, ``[I, T]``.

    Rows of items that nobody has are all padding. Cost ``I * n_walks * length`` steps and a sort of
    as many visits. Arguments as of ``ops.importance_neighbors``.

    Raises:
      InputError: no interactions, or what ``ops.importance_neighbors`` refuses.
    """
    graph = bipartite(interactions)
    n_users, n_items = interactions.n_users, interactions.n_items
    steps = transitions(np.asarray(graph.senders), np.asarray(graph.receivers), n_users + n_items)
    steps = jax.tree.map(jnp.asarray, steps)
    counted = jnp.arange(n_users + n_items) >= n_users

    of_block = partial(_of_block, width, n_walks, length, restart, n_users)
    size = min(BLOCK, n_items)
    # The last block repeats the last item, so that one program serves all.
    blocks = [
        n_users + jnp.minimum(first + jnp.arange(size), n_items - 1)
        for first in range(0, n_items, size)
    ]
    keys = jax.random.split(key, len(blocks))
    found = [of_block(k, steps, counted, block) for k, block in zip(keys, blocks, strict=True)]
    sender, weight = (jnp.concatenate(parts)[:n_items] for parts in zip(*found, strict=True))
    return ImportanceNeighbors(sender, weight)


@partial(jax.jit, static_argnums=(0, 1, 2, 3, 4))
def _of_block(width, n_walks, length, restart, n_users, key, steps, counted, node):
    sender, weight = importance_neighbors(
        key, steps, node, width, n_walks, length, restart, counted
    )
    return jnp.where(weight > 0, sender - n_users, 0), weight
