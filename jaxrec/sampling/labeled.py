"""Batches of rows that say whether a user clicked an item."""

import jax
import jax.numpy as jnp

from jaxrec.base import Batch, Key
from jaxrec.graph import Ratings
from jaxrec.sampling.facts import check_batch


def shuffled_rows(key: Key, rows: Ratings, batch_size: int, n_batches: int | None = None) -> Batch:
    """All rows once, in random order: an epoch of batches ``[S, B]``.

    One candidate a query, its rating as label, 1 or 0 of clicks, for losses on each score alone,
    such as ``losses.binary_cross_entropy``. The last batch is filled up with masked rows.

    Args:
      n_batches: S; by default what all rows fill. Fewer leave rows out, more begin again with the
        first of the order.

    Raises:
      InputError: ``batch_size`` below 1.
    """
    check_batch(batch_size)
    n_rows = rows.rating.shape[0]
    once = -(-n_rows // batch_size)
    shape = (once if n_batches is None else n_batches), batch_size
    place = jnp.resize(jax.random.permutation(key, n_rows), shape)
    mask = jnp.ones(shape, bool)
    if shape[0] == once:
        mask = jnp.arange(place.size).reshape(shape) < n_rows
    user, item, label = (jnp.asarray(part)[place] for part in rows)
    return Batch(user, item[..., None], label[..., None], mask[..., None])
