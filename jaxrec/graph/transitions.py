"""Where walks may go: the neighbors of every node, and by what law one is drawn."""

from typing import NamedTuple

import numpy as np
import scipy.sparse
from jaxtyping import Float, Int

from jaxrec.base import InputError
from jaxrec.graph.alias import Alias, alias_rows
from jaxrec.graph.csr import Csr
from jaxrec.graph.homogeneous import check_ends


class Transitions(NamedTuple):
    """Steps that a walk may take.

    Attributes:
      lists: row ``v`` has the nodes that ``v`` has an edge to.
      law: chances of these; None is uniform.
    """

    lists: Csr
    law: Alias | None


def transitions(
    senders: Int[np.ndarray, "E"],
    receivers: Int[np.ndarray, "E"],
    n_nodes: int,
    weight: Float[np.ndarray, "E"] | None = None,
) -> Transitions:
    """Lays out steps ``senders -> receivers``; give both directions of an undirected edge.

    Repeated edges count once, or, where they have weights, by the sum of these. Cost O(E log E).

    Args:
      weight: a step's chance is proportional to it; None is uniform over neighbors.

    Raises:
      InputError: no edges, more than 32-bit places, an edge that ends nowhere, or weights that are
        negative, not finite or all 0 at a node.

    >>> steps = transitions(np.array([0, 1, 1]), np.array([1, 0, 2]), n_nodes=3)
    >>> steps.lists.indptr.tolist(), steps.lists.indices.tolist()  # Node 2 is a dead end.
    ([0, 1, 3, 3], [1, 0, 2])
    """
    if not 0 < len(senders) <= np.iinfo(np.int32).max:
        raise InputError(f"{len(senders)} edges given; walks need 1 to {np.iinfo(np.int32).max}")
    check_ends(senders, receivers, n_nodes)
    value = np.ones(len(senders)) if weight is None else np.asarray(weight, np.float64)
    steps = scipy.sparse.csr_array((value, (senders, receivers)), shape=(n_nodes, n_nodes))
    steps.sum_duplicates()
    lists = Csr(
        steps.indptr.astype(np.int32),
        steps.indices.astype(np.int32),
        np.flatnonzero(np.diff(steps.indptr)).astype(np.int32),
    )
    return Transitions(lists, None if weight is None else alias_rows(steps.data, steps.indptr))
