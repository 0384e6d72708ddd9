"""Where the positives of a batch stand."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from jaxrec.base import Batch


def positive_of(batch: Batch) -> tuple[Int[Array, "B"], Bool[Array, "B"]]:
    """Every query's positive item, and False where it has none.

    That is its first valid candidate with a label above 0, in column 0 of a list, anywhere among
    candidates that the batch shares.

    >>> label, mask = jnp.array([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]), jnp.ones((3, 2), bool)
    >>> item, valid = positive_of(Batch(jnp.arange(3), jnp.array([7, 5]), label, mask))
    >>> item.tolist(), valid.tolist()
    ([5, 7, 7], [True, True, False])
    """
    positive = batch.mask & (batch.label > 0)
    column = jnp.argmax(positive, axis=1)
    if batch.item.ndim == 1:
        item = batch.item[column]
    else:
        item = jnp.take_along_axis(batch.item, column[:, None], axis=1)[:, 0]
    return item, jnp.any(positive, axis=1)
