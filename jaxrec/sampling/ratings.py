"""Batches of observed ratings."""

import jax
import jax.numpy as jnp

from jaxrec.base import Batch, Key
from jaxrec.graph import Ratings
from jaxrec.sampling.facts import check_batch


def rating_uniform(key: Key, ratings: Ratings, batch_size: int) -> Batch:
    """Ratings drawn uniformly with replacement: one candidate a query, its rating as label.

    For losses on each score alone, such as ``losses.squared_error``. ``dealt_rows`` has all rows
    once in random order instead.

    Raises:
      InputError: ``batch_size`` below 1.
    """
    check_batch(batch_size)
    row = jax.random.randint(key, (batch_size,), 0, ratings.rating.shape[0])
    user, item, rating = (jnp.asarray(column)[row] for column in ratings)
    return Batch(user, item[:, None], rating[:, None], jnp.ones((batch_size, 1), bool))
