"""What models of related items read, and how they train on what a batch needs of it."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.base import LossFn
from jaxrec.data import ItemFeatures
from jaxrec.graph import Featured
from jaxrec.ops import ImportanceNeighbors
from jaxrec.registry.source import Source
from jaxrec.sampling import item_neighbors
from jaxrec.sampling.hops import by_table
from jaxrec.train import on_hops


def neighborhoods(
    source: Source, width: int = 10, n_walks: int = 200, walk_length: int = 5
) -> Featured:
    """The items that walks from each item to users and back visit most, and what is known of items.

    Features are those of the data, whether each is known, and the logarithm of the number of
    interactions (0 where an item has none); of data without any, the rows of items.

    Args:
      width: neighbors that an item reads, those that walks visit most; 10 to 50 in the paper.
      n_walks: random walks from each item, that count visits.
      walk_length: nodes of a walk, users among them; 5 lead two items away at most. A walk returns
        to its start at every step with probability 0.5.
    """
    train, key = source.train, jax.random.key(source.seed)
    table = item_neighbors(key, train, width, n_walks, walk_length)
    if source.features is None:
        return Featured(np.arange(train.n_items, dtype=np.int32)[:, None], table)
    degree = np.log1p(np.bincount(train.item, minlength=train.n_items))
    known = degree > 0
    spread = degree[known].std() or 1.0
    scaled = np.where(known, (degree - degree[known].mean()) / spread, 0).astype(np.float32)
    return Featured(np.column_stack([source.features.matrix(), scaled, known.astype("f4")]), table)


def with_new_items(graph: Featured, features: ItemFeatures) -> Featured:
    """Items appended that nobody has: their features, no interactions and no neighbors."""
    value = features.matrix()
    rows = np.concatenate([value, np.zeros((len(value), 2), np.float32)], axis=1)  # No degree.

    def with_empty(column: Any) -> Any:
        return jnp.pad(jnp.asarray(column), ((0, len(value)), (0, 0)))

    table = ImportanceNeighbors(with_empty(graph.graph.sender), with_empty(graph.graph.weight))
    return Featured(jnp.concatenate([jnp.asarray(graph.feature), rows]), table)


@lru_cache(maxsize=16)  # Equal losses share what is compiled of them.
def around_batches(n_layers: int = 2) -> Callable[[LossFn], LossFn]:
    """Training on the neighborhoods of a batch's items, without the edges that it asks about."""
    return lambda loss_fn: on_hops(loss_fn, lambda table: [by_table(table)] * n_layers)
