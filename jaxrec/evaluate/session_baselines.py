"""What every next-item model must beat: popular items, and items of the session itself.

All have the form of ``Model.score`` for queries that are ``graph.SessionQuery``, and for ``reps``
read the number of training interactions of every item, ``[I]``. Rank them with popular items first
among equals. ``models.markov`` and ``models.markov_with_repeats`` are to be beaten, too.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.graph import SessionQuery
from jaxrec.models.session_items import of_candidates, recency

Items = Int[Array, "C"] | Int[Array, "B C"]


def overall_popularity(
    reps: Float[Array, "I"], queries: SessionQuery, items: Items
) -> Float[Array, "B C"]:
    """Scores items by ``reps``, for all sessions alike: POP in the tables of papers."""
    return jnp.broadcast_to(reps[items], (len(queries.mask), items.shape[-1]))


def session_popularity(
    reps: Float[Array, "I"], queries: SessionQuery, items: Items
) -> Float[Array, "B C"]:
    """Scores items by how often they occur in the session: S-POP in the tables of papers."""
    row = jnp.arange(len(queries.mask))[:, None]
    counts = jnp.zeros((len(queries.mask), len(reps)))
    return of_candidates(counts.at[row, queries.item].add(queries.mask), items)


def session_recency(
    reps: Float[Array, "I"], queries: SessionQuery, items: Items
) -> Float[Array, "B C"]:
    """Scores items of the session by how late they were in it, and others 0."""
    return of_candidates(recency(queries, len(reps)), items)
