"""What every model must beat: popular items, and items that a user interacted with before.

Both have the form of ``Model.score``, so they are ranked and measured like any model, equal scores
included.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Int

from jaxrec.data import Interactions
from jaxrec.graph import Csr
from jaxrec.ops import histories

EXACT = 2**24
"""Whole numbers up to this are exact in float32."""


def popularity(
    reps: Float[Array, "I"] | Float[np.ndarray, "I"],
    queries: Int[Array, "B"],
    items: Int[Array, "C"] | Int[Array, "B C"],
) -> Float[Array, "B C"]:
    """Scores items by their number of interactions, ``reps``, for all queries alike."""
    return jnp.broadcast_to(reps[items], (queries.shape[0], items.shape[-1]))


class Repetition(NamedTuple):
    """What ``repetition`` scores by.

    Attributes:
      items: the items of every user.
      bonus: what each of them scores above all items without an interaction of that user.
      popular: ``[I]``, less than any bonus.
    """

    items: Csr
    bonus: Float[np.ndarray, "E"]
    popular: Float[np.ndarray, "I"]


def count_repetition(train: Interactions) -> Repetition:
    """How often each user interacted with each of their items, and how popular items are.

    Numbers are replaced by their place among the distinct ones, so that both fit one float32.
    """
    shape = (train.n_users, train.n_items)
    ones = np.ones(len(train), np.int64)
    counts = scipy.sparse.csr_array((ones, (train.user, train.item)), shape=shape)
    counts.sum_duplicates()
    levels, often = np.unique(counts.data, return_inverse=True)
    taken = np.bincount(train.item, minlength=train.n_items)
    _, popular = np.unique(taken, return_inverse=True)
    most = EXACT // (len(levels) + 1)
    step = min(int(popular.max(initial=0)) + 1, most)
    popular = np.minimum(popular, step - 1)  # Beyond 16 million pairs of levels the top ones merge.
    nonempty = np.flatnonzero(np.diff(counts.indptr)).astype(np.int32)
    items = Csr(counts.indptr.astype(np.int32), counts.indices.astype(np.int32), nonempty)
    return Repetition(items, ((often + 1) * step).astype(np.float32), popular.astype(np.float32))


def repetition(
    reps: Repetition, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    """Scores a user's own items by how often they interacted with them, and then by popularity.

    Items that the user has not come behind, by popularity. The baseline to beat where people return
    to the same items.
    """
    n_items = reps.popular.shape[0]
    own = histories(reps.items, queries, n_items, jnp.asarray(reps.bonus)).T  # [B, I]
    scores = own + jnp.asarray(reps.popular)[None, :]
    return scores[:, items] if items.ndim == 1 else jnp.take_along_axis(scores, items, axis=1)
