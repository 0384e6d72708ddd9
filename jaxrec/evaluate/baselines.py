"""What every model must beat: popular items, and items that a user interacted with before.

Both have the form of ``Model.score``, so they are ranked and measured like any model, equal scores
included.
"""

from functools import cache
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Int

from jaxrec.data import Interactions
from jaxrec.graph import Csr
from jaxrec.ops import TableScore, histories, history_matrix


def item_counts(train: Interactions) -> Float[np.ndarray, "I"]:
    """Interactions of every item, ``[I]`` in float32: what ``popularity`` scores by."""
    return np.bincount(train.item, minlength=train.n_items).astype(np.float32)


def popularity(
    reps: Float[Array, "I"] | Float[np.ndarray, "I"],
    queries: Int[Array, "B"],
    items: Int[Array, "C"] | Int[Array, "B C"],
) -> Float[Array, "B C"]:
    """Scores items by their number of interactions, ``reps``, for all queries alike."""
    return jnp.broadcast_to(reps[items], (queries.shape[0], items.shape[-1]))


class Repetition(NamedTuple):
    """How often each user interacted with each of their items: ``times`` of ``items.indices``."""

    items: Csr
    times: Float[np.ndarray, "E"]


def count_repetition(train: Interactions) -> Repetition:
    """What ``repetition`` scores by."""
    shape = (train.n_users, train.n_items)
    ones = np.ones(len(train), np.float32)
    counts = scipy.sparse.csr_array((ones, (train.user, train.item)), shape=shape)
    counts.sum_duplicates()
    nonempty = np.flatnonzero(np.diff(counts.indptr)).astype(np.int32)
    items = Csr(counts.indptr.astype(np.int32), counts.indices.astype(np.int32), nonempty)
    return Repetition(items, counts.data)


@cache
def repetition(n_items: int) -> TableScore:
    """Builds the scorer of items by how often that user interacted with them.

    ``(reps, queries, items) -> [B, C]``, ``reps`` a ``Repetition``. The baseline to beat where
    people return to the same items; rank it with the popular items first among equals.
    """

    def score(
        reps: Repetition, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        scores = histories(reps.items, queries, n_items, jnp.asarray(reps.times)).T  # [B, I]
        return scores[:, items] if items.ndim == 1 else jnp.take_along_axis(scores, items, axis=1)

    def factors(reps: Repetition) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
        one, each = np.ones(n_items, np.float32), np.arange(n_items + 1)
        itself = scipy.sparse.csr_array((one, each[:-1], each), shape=(n_items, n_items))
        return history_matrix(reps.items, n_items, jnp.asarray(reps.times)), itself

    return TableScore(score, factors)
