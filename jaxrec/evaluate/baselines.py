"""What every model must beat: the popular items, and the items a user already took."""

import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Int

from jaxrec.data import Interactions
from jaxrec.evaluate.full_ranking import TopLists


def popularity(
    reps: Float[Array, "I"], queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    """Scores items by how often they were taken; ``reps`` are those counts, the same for all.

    Has the form of ``Model.score``, so it is ranked and measured like any model.
    """
    scores = reps[items]
    return jnp.broadcast_to(scores, (queries.shape[0], items.shape[-1]))


def repeat_lists(train: Interactions, users: Int[np.ndarray, "Q"], k: int) -> TopLists:
    """The user's own items, most often taken first, then the popular ones.

    The baseline to beat on data where people return to what they took; repeats must be allowed.
    """
    ones = np.ones(len(train))
    shape = (train.n_users, train.n_items)
    counts = scipy.sparse.csr_array((ones, (train.user, train.item)), shape=shape)
    counts.sum_duplicates()
    popular = np.bincount(train.item, minlength=train.n_items)
    most_popular = np.lexsort((np.arange(train.n_items), -popular))[:k]
    item = np.full((len(users), k), -1, np.int32)
    score = np.full((len(users), k), -np.inf, np.float32)
    for row, user in enumerate(users):
        own = slice(counts.indptr[user], counts.indptr[user + 1])
        taken, times = counts.indices[own], counts.data[own]
        by_times = taken[np.lexsort((np.negative(popular[taken]), np.negative(times)))]
        rest = most_popular[~np.isin(most_popular, taken)]
        best = np.concatenate([by_times, rest])[:k]
        item[row, : len(best)] = best
        score[row, : len(best)] = np.arange(
            len(best), 0, -1
        )  # Rank, since counts and popularity mix.
    return TopLists(item, score)
