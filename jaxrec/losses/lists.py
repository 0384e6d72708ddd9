"""Losses on part of a list, or on a list in another order: from a loss, a loss."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxrec.base import InputError, Loss


def keep_hardest_negatives(loss: Loss, n: int) -> Loss:
    """Asks ``loss`` about the positive, column 0, and the ``n`` highest-scored valid negatives.

    Dynamic negative sampling: of many uniform candidates, train on those the model now ranks
    highest. Gradients reach the candidates that are kept and no others.

    Zhang et al., Optimizing top-N collaborative filtering via dynamic negative item sampling,
    SIGIR 2013. Rank among the candidates decides for sure here, not by chance.

    Raises:
      InputError: ``n`` below 1.
    """
    if n < 1:
        raise InputError(f"{n} hardest negatives are to be kept; give 1 or more")

    def kept(
        scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
    ) -> Float[Array, ""]:
        reached = jax.lax.stop_gradient(jnp.where(where, scores, -jnp.inf)[:, 1:])
        _, column = jax.lax.top_k(reached, min(n, reached.shape[1]))
        column = jnp.pad(column + 1, ((0, 0), (1, 0)))  # Column 0 stays first.
        take = lambda array: jnp.take_along_axis(array, column, axis=1)
        return loss(take(scores), take(labels), take(where))

    return kept


def positive_first(loss: Loss) -> Loss:
    """Asks a pairwise ``loss`` about lists whose positive may stand anywhere.

    The first valid candidate with a label above 0 goes to column 0, and valid ones with label 0
    are its negatives: candidates that a batch shares serve ``bpr`` and ``max_margin`` this way.
    Lists without a positive do not count.
    """

    def moved(
        scores: Float[Array, "B C"], labels: Float[Array, "B C"], where: Bool[Array, "B C"]
    ) -> Float[Array, ""]:
        positive = where & (labels > 0)
        column = jnp.argmax(positive, axis=1, keepdims=True)
        first = lambda array: jnp.take_along_axis(array, column, axis=1)
        ahead = lambda array, rest: jnp.concatenate([first(array), rest], axis=1)  # [B, 1 + C]
        negative = where & (labels == 0)
        return loss(ahead(scores, scores), ahead(labels, labels), ahead(positive, negative))

    return moved
