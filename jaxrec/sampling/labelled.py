"""Batches of rows that say whether a user took an item."""

from typing import Any

import jax
import jax.numpy as jnp

from jaxrec.base import Batch, Key
from jaxrec.sampling.facts import check_batch


def dealt_rows(key: Key, rows: Any, batch_size: int) -> Batch:
    """All rows of a ``data.Labelled`` once, in random order: an epoch of batches ``[S, B]``.

    One candidate a query, and its label, for losses on each score alone, such as ``losses.binary``.
    The last batch is filled up with rows that its mask leaves out.

    Raises:
      InputError: ``batch_size`` below 1.
    """
    check_batch(batch_size)
    n_rows = rows.user.shape[0]
    n_batches = -(-n_rows // batch_size)
    order = jax.random.permutation(key, n_rows)
    place = jnp.resize(order, (n_batches, batch_size))
    mask = jnp.arange(place.size).reshape(place.shape) < n_rows
    user, item, label = (jnp.asarray(part)[place] for part in (rows.user, rows.item, rows.label))
    return Batch(user, item[..., None], label[..., None], mask[..., None])
