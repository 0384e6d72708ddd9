"""Vectors of items, of the values of their attributes and of these, by TransE, as a fixed start.

Bordes et al., Translating embeddings for modeling multi-relational data, NeurIPS 2013,
https://papers.nips.cc/paper/5071
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxrec.base import Key, Params
from jaxrec.data import Triples
from jaxrec.graph import ItemFacts
from jaxrec.losses import max_margin
from jaxrec.models.transe import transe
from jaxrec.models.triples import KgEmbeddings
from jaxrec.ops import l2_normalize
from jaxrec.sampling import bucket, listed_entities

BATCH, N_NEGATIVES, LEARNING_RATE = 1024, 16, 0.01


def fact_vectors(
    facts: ItemFacts, n_items: int, dim: int, n_epochs: int
) -> Callable[[Key], Params]:
    """Builds ``key -> {"entity": [I + V, dim], "attribute": [A, dim]}``, learned from ``facts``.

    Entities have length 1, items first and then values: ``item + attribute`` is near the value.
    Margin 1, as in the paper; Adam. Cost: ``n_epochs n (1 + N_NEGATIVES) dim`` multiply-adds.

    Args:
      n_epochs: batches are drawn until each fact has been drawn this many times on average.
    """
    item, attribute, value = map(np.asarray, facts[:3])
    n_entities, n_attributes = n_items + len(facts.values), len(facts.attributes)
    kind = np.repeat(np.array([0, 1], np.int32), [n_items, len(facts.values)])
    tail = (n_items + value).astype(np.int32)
    table = bucket(Triples(item, attribute, tail, n_entities, n_attributes), kind)
    n_steps = -(-n_epochs * len(item) // BATCH)
    model, loss = transe(n_entities, n_attributes, dim), max_margin(1.0)
    optimizer = optax.adam(LEARNING_RATE)

    def loss_of(params: Params, key: Key):
        batch = listed_entities(key, table, n_attributes, BATCH, N_NEGATIVES)
        reps = KgEmbeddings(l2_normalize(params["entity"]), params["relation"])
        return loss(model.score(reps, batch.query, batch.item), batch.label, batch.mask)

    def one(state, key: Key):
        params, moments = state
        updates, moments = optimizer.update(jax.grad(loss_of)(params, key), moments)
        moved: Any = optax.apply_updates(params, updates)
        return (moved, moments), None

    def learn(key: Key) -> Params:
        key_start, key_steps = jax.random.split(key)
        params = model.init(key_start)
        start: Any = params, optimizer.init(params)
        (params, _), _ = jax.lax.scan(one, start, jax.random.split(key_steps, n_steps))
        return {"entity": l2_normalize(params["entity"]), "attribute": params["relation"]}

    return learn


def value_means(vectors: Params, facts: ItemFacts, n_items: int):
    """The mean vector of each item's values of each attribute, ``[I, A, dim]``; 0 without any."""
    n_attributes = len(vectors["attribute"])
    cell = jnp.asarray(facts.item) * n_attributes + jnp.asarray(facts.attribute)
    value = vectors["entity"][n_items + jnp.asarray(facts.value)]
    n_cells = n_items * n_attributes
    total = jax.ops.segment_sum(value, cell, n_cells)
    count = jax.ops.segment_sum(jnp.ones((len(cell), 1)), cell, n_cells)
    return (total / jnp.maximum(count, 1)).reshape(n_items, n_attributes, -1)
