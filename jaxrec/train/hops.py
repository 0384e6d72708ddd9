"""Training on what a batch needs of a graph, rather than on all of it."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jaxrec.base import Batch, Key, LossFn
from jaxrec.graph import Featured
from jaxrec.sampling.hops import Near, hops


def on_hops(loss_fn: LossFn, near: Callable[[Any], Sequence[Near]]) -> LossFn:
    """Builds the loss whose graph is ``Featured``, from one whose graph is ``sampling.hops.Hops``.

    Batches name queries and items by their nodes, as samplers draw them, and reach ``loss_fn`` with
    local rows. Edges between each query and its target, the first candidate with a label above 0,
    are kept out of the whole block.

    Args:
      near: from ``Featured.graph`` to the law of each layer's neighbors, as in
        ``lambda table: [by_table(table)] * 2``.
    """

    def sampled(params: Any, graph: Featured, batch: Batch, key: Key):
        key_hops, key = jax.random.split(key)
        n_queries, local = len(batch.query), jnp.arange(batch.item.size)
        column = jnp.argmax(batch.mask & (batch.label > 0), axis=1)
        row = (jnp.arange(n_queries),) if batch.item.ndim == 2 else ()
        apart = batch.query, batch.item[(*row, column)]
        seed = jnp.concatenate([batch.query, batch.item.ravel()])
        block = hops(key_hops, graph.feature, near(graph.graph), seed, apart)
        item = n_queries + local.reshape(batch.item.shape)
        local_batch = batch._replace(query=jnp.arange(n_queries), item=item)
        return loss_fn(params, block, local_batch, key)

    return sampled
