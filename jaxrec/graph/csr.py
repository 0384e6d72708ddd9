"""Compressed neighbor lists: which items each user has, sorted, in two flat arrays."""

from typing import NamedTuple

import numpy as np
import scipy.sparse
from jaxtyping import Array, Int

from jaxrec.data import Interactions


class Csr(NamedTuple):
    """Sorted, unique columns of every row.

    Attributes:
      indptr: row ``r`` owns ``indices[indptr[r]:indptr[r + 1]]``.
      indices: columns, ascending within a row.
      nonempty: rows that own at least one column, ascending.
    """

    indptr: Int[Array, "R+1"] | Int[np.ndarray, "R+1"]
    indices: Int[Array, "E"] | Int[np.ndarray, "E"]
    nonempty: Int[Array, "R*"] | Int[np.ndarray, "R*"]


def matrix(interactions: Interactions) -> scipy.sparse.csr_array:
    """The binary user-item matrix in ``[U, I]``, columns sorted; repeated pairs count once."""
    ones = np.ones(len(interactions), np.float32)
    shape = (interactions.n_users, interactions.n_items)
    pairs = scipy.sparse.csr_array((ones, (interactions.user, interactions.item)), shape=shape)
    pairs.sum_duplicates()
    pairs.data[:] = 1
    return pairs


def user_items(interactions: Interactions) -> Csr:
    """Every user's own items, sorted and unique. Cost O(n)."""
    pairs = matrix(interactions)
    return Csr(
        pairs.indptr.astype(np.int32),
        pairs.indices.astype(np.int32),
        np.flatnonzero(np.diff(pairs.indptr)).astype(np.int32),
    )
