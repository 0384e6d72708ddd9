"""An objective on the negatives that are neither too near nor too far to teach anything."""

import jax
import jax.numpy as jnp

from jaxrec.base import Batch, Key, Loss, LossFn, Model
from jaxrec.ops import cosine
from jaxrec.sampling import distance_weighted
from jaxrec.train.objective import rank


def distance_weighted_objective(
    model: Model, loss: Loss, n: int, cutoff: float = 0.5, farthest: float = 1.4
) -> LossFn:
    """Builds the loss on ``n`` of each query's negatives, drawn anew by their distance.

    Distances are those of the vectors as they are now, brought to length one. Positives stay. Wu et
    al., Sampling matters in deep embedding learning, ICCV 2017, https://arxiv.org/abs/1706.07567;
    see ``sampling.distance_weighted``. A query all of whose negatives are farther has none.

    Args:
      model: one whose ``reps`` are ``Embeddings``.
      n: at most as many as there are candidates.
      cutoff: nearer negatives are drawn as if they were there.
      farthest: from there on none is drawn; the reference code's.

    Raises:
      InputError: from the loss, as ``sampling.distance_weighted``.
    """
    ranked = rank(model, loss)

    def loss_fn(params, graph, batch: Batch, key: Key):
        key_encode, key_draw = jax.random.split(key)
        reps = model.encode(params, graph, key=key_encode)
        fixed = jax.lax.stop_gradient(reps)
        cosines = cosine()(fixed, batch.query, batch.item)
        distance = jnp.sqrt(jnp.maximum(2 - 2 * cosines, 0))
        negative = batch.mask & (batch.label == 0) & (distance < farthest)
        dim = reps.item.shape[1]
        column, valid = distance_weighted(key_draw, distance, dim, n, cutoff, negative)
        row = jnp.arange(len(column))[:, None]
        drawn = jnp.zeros(batch.mask.shape, bool).at[row, column].max(valid)
        where = (batch.mask & (batch.label > 0)) | drawn
        value = ranked(params, reps, batch._replace(mask=where))
        return value, {"loss": value}

    return loss_fn
