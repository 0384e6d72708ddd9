"""Items that the same users interacted with, by the Jaccard index of their users."""

import jraph
import numpy as np
import scipy.sparse

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph.csr import matrix
from jaxrec.graph.two_tables import between

BLOCK = 4096
"""Items whose common users are counted at a time."""


def similar_items(train: Interactions, top_k: int = 20, min_common: int = 2) -> jraph.GraphsTuple:
    """From its ``top_k`` most similar items to every item; of equal ones the lower row.

    ``|U_i and U_j| / |U_i or U_j|`` over the users of both, of pairs with ``min_common`` users in
    common or more. An item may have none. On the host; cost: for each user the square of their
    items.

    Raises:
      InputError: ``top_k`` or ``min_common`` below 1.

    >>> user, item = np.int32([0, 0, 1, 1, 2]), np.int32([0, 1, 0, 1, 2])
    >>> graph = similar_items(Interactions(user, item, n_users=3, n_items=3))
    >>> graph.senders.tolist(), graph.receivers.tolist(), graph.edges.tolist()
    ([1, 0], [0, 1], [1.0, 1.0])
    """
    if top_k < 1 or min_common < 1:
        raise InputError(f"top_k is {top_k} and min_common {min_common}; give 1 or more of each")
    users = scipy.sparse.csr_array(matrix(train).T)  # [I, U]
    degree, parts = np.diff(users.indptr), []
    for start in range(0, train.n_items, BLOCK):
        common = scipy.sparse.coo_array(users[start : start + BLOCK] @ users.T)
        receiver, sender = common.row + start, common.col
        kept = (common.data >= min_common) & (receiver != sender)
        receiver, sender, count = receiver[kept], sender[kept], common.data[kept]
        index = count / (degree[receiver] + degree[sender] - count)
        order = np.lexsort((sender, -index, receiver))
        receiver, sender, index = receiver[order], sender[order], index[order]
        place = np.arange(len(receiver)) - np.searchsorted(receiver, receiver)
        parts.append(np.stack([sender, receiver, index])[:, place < top_k])
    sender, receiver, index = np.concatenate(parts, axis=1)
    ends = sender.astype(np.int32), receiver.astype(np.int32)
    return between(*ends, train.n_items, train.n_items, index.astype(np.float32))
