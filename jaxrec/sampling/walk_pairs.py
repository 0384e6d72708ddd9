"""Nodes that occur together in short walks, and negatives: what GraphSAGE learns without labels.

Hamilton et al., GraphSAGE, NeurIPS 2017, https://arxiv.org/abs/1706.02216, section 3.2.
"""

import jax
import jax.numpy as jnp

from jaxrec.base import Batch, InputError, Key
from jaxrec.graph import Transitions
from jaxrec.ops import walks
from jaxrec.sampling.weighted import WeightedTable, draw_weighted


def walk_pairs(
    key: Key,
    graph: Transitions,
    n_pairs: int,
    length: int,
    table: WeightedTable,
    n_negatives: int,
) -> Batch:
    """Lists of a node, one that its walk visits in column 0, and negatives of its own after it.

    A walk starts at a node drawn uniformly from those with an edge, and a place beyond its start is
    drawn uniformly. Where the walk is back at its start or has ended there is no pair, and the list
    is masked. Trains ``graphsage_hops`` by ``losses.negative_sampling`` on ``train.on_hops``.

    Args:
      key: consumed.
      graph: where walks may go.
      n_pairs: lists of the batch.
      length: nodes of a walk; 5 in the paper.
      table: ``weighted_table(degree ** 0.75)``, the distribution of the negatives.
      n_negatives: of each list; 20 in the paper.

    Raises:
      InputError: ``length`` below 2, which visits nobody else.
    """
    if length < 2:
        raise InputError(f"walks have {length} nodes; give 2 or more, the start among them")
    key_start, key_walk, key_place, key_negative = jax.random.split(key, 4)
    starts = jnp.asarray(graph.lists.nonempty)
    query = starts[jax.random.randint(key_start, (n_pairs,), 0, len(starts))]
    walk = walks(key_walk, graph, query, length)
    place = jax.random.randint(key_place, (n_pairs, 1), 1, length)
    target = jnp.take_along_axis(walk, place, axis=1)
    negative = draw_weighted(key_negative, table, (n_pairs, n_negatives)).astype(walk.dtype)
    item = jnp.concatenate([jnp.maximum(target, 0), negative], axis=1)
    mask = jnp.broadcast_to((target >= 0) & (target != query[:, None]), item.shape)
    return Batch(query, item, jnp.zeros(item.shape).at[:, 0].set(1), mask)
