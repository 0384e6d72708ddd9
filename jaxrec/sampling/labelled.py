"""Batches of rows that say whether a user took an item."""

from typing import Any

import jax
import jax.numpy as jnp

from jaxrec.base import Batch, Key


def labelled_rows(key: Key, rows: Any, batch_size: int) -> Batch:
    """Rows of a ``data.Labelled``, uniform with replacement: one candidate a query, and its label.

    For losses on each score alone, such as ``losses.binary``.
    """
    place = jax.random.randint(key, (batch_size,), 0, rows.user.shape[0])
    item, label = jnp.asarray(rows.item)[place], jnp.asarray(rows.label)[place]
    mask = jnp.ones((batch_size, 1), bool)
    return Batch(jnp.asarray(rows.user)[place], item[:, None], label[:, None], mask)
