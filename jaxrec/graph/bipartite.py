"""The user-item graph: both directions of every interaction, sorted by receiver."""

import jraph
import numpy as np
import scipy.sparse
from jaxtyping import Float

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph.homogeneous import normalized, summed


def bipartite(
    interactions: Interactions,
    r: float = 0.5,
    self_loops: bool = False,
    weight: Float[np.ndarray, "n"] | None = None,
) -> jraph.GraphsTuple:
    """Builds the normalized user-item graph.

    Users are rows ``[0, U)``, items ``[U, U + I)``. Edges carry ``w / (deg_r^r deg_s^(1 - r))``,
    come sorted by receiver and within a receiver by sender. The degree of a node is the sum of its
    edges' weights w. A node without interactions has no edge but its self loop. Arrays stay on the
    host. Cost O(n).

    He et al., LightGCN, SIGIR 2020, https://arxiv.org/abs/2002.02126, equation 3; the exponent is
    of Zhao et al., r-AdjNorm, SIGIR 2022, who count it from the sender: their r is ``1 - r`` here.

    Args:
      r: exponent of the receiver's degree. 0.5 is symmetric, as LightGCN has it; 1 is the mean over
        neighbors. A larger r makes popular receivers weaker.
      self_loops: every node is its own neighbor, too, and its degree counts that.
      weight: weights w of interactions, such as their ratings; those of repeated pairs are added.
        None weighs each pair one, and repeated pairs count once.

    Raises:
      InputError: no interactions, more nodes or directed edges than 32-bit ids can name, ``r``
        out of range, or a weight that is not a number above 0.

    >>> graph = bipartite(Interactions(np.int32([0, 1]), np.int32([0, 0]), n_users=2, n_items=1))
    >>> graph.senders.tolist(), graph.receivers.tolist()
    ([2, 2, 0, 1], [0, 1, 2, 2])
    """
    n_nodes, n_edges = interactions.n_users + interactions.n_items, 2 * len(interactions)
    if len(interactions) == 0:
        raise InputError("the graph has no edges: 0 interactions given, at least 1 needed")
    if max(n_nodes, n_edges) > (most := np.iinfo(np.int32).max):
        what = f"{n_nodes:,} nodes" if n_nodes > n_edges else f"{n_edges:,} directed edges"
        raise InputError(
            f"{what} do not fit 32-bit ids, {most:,} at most; "
            "drop users and items of few interactions (data.k_core)"
        )
    likes = summed(interactions.user, interactions.item, interactions.sizes, weight)
    blocks = [[None, likes], [likes.T.tocsr(), None]]
    adjacency = scipy.sparse.csr_array(scipy.sparse.block_array(blocks, format="csr"))
    return normalized(adjacency, r, self_loops)
