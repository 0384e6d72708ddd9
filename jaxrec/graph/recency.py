"""How long ago a user took each of their items, as weights."""

import math

import numpy as np
import scipy.sparse
from jaxtyping import Float32

from jaxrec.base import InputError
from jaxrec.data import Interactions


def recency_weights(interactions: Interactions, recency: float) -> Float32[np.ndarray, "E"]:
    """``1 / (1 + n / recency)`` for an item that its user took ``n`` items before their last.

    In the order of ``user_items(interactions).indices``; of a repeated pair the latest counts.
    Cost O(E log E).

    >>> user, item = np.array([0, 0, 0], np.int32), np.array([4, 2, 3], np.int32)
    >>> recency_weights(Interactions(user, item, 1, 5), recency=2.0).tolist()  # Items 2, 3, 4.
    [0.6666666865348816, 1.0, 0.5]

    Raises:
      InputError: a recency that is not a number above 0.
    """
    if not 0 < recency < math.inf:
        raise InputError(f"recency is {recency}; give a number of items above 0, such as 20")
    order = interactions.by_time()
    user, item = interactions.user[order], interactions.item[order]
    ends = np.bincount(user, minlength=interactions.n_users).cumsum()
    before = ends[user] - 1 - np.arange(len(user))  # Items taken since.
    shape = interactions.n_users, interactions.n_items
    weight = (1 / (1 + before / recency)).astype(np.float32)
    kept = np.unique((user.astype(np.int64) * shape[1] + item)[::-1], return_index=True)[1]
    last = len(user) - 1 - kept
    table = scipy.sparse.csr_array((weight[last], (user[last], item[last])), shape=shape)
    table.sort_indices()
    return table.data
