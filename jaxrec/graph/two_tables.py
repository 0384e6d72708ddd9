"""Graphs between the rows of two tables, such as from items to the users who rated them."""

from typing import Any

import jraph
import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import InputError


def between(
    senders: Int[np.ndarray, "E"],
    receivers: Int[np.ndarray, "E"],
    n_senders: int,
    n_receivers: int,
    edges: Int[np.ndarray, "E"] | Float[np.ndarray, "E"] | None = None,
) -> jraph.GraphsTuple:
    """Edges from rows of one table to rows of another, sorted by receiver, sender and value.

    ``n_node`` counts receivers: messages are summed over them. Repeated edges stay, and the graph
    may have none. Arrays stay on the host. Cost O(E log E).

    Args:
      edges: a value of every edge, such as the level of a rating.

    Raises:
      InputError: an edge that ends outside of its table.

    >>> graph = between(np.array([2, 0]), np.array([1, 0]), 3, 2, edges=np.array([4, 5]))
    >>> graph.senders.tolist(), graph.receivers.tolist(), graph.edges.tolist()
    ([0, 2], [0, 1], [5, 4])
    """
    for name, ends, n in (("senders", senders, n_senders), ("receivers", receivers, n_receivers)):
        outside = ends[(ends < 0) | (ends >= n)]
        if len(outside):
            raise InputError(f"{name} hold {outside[0]}; give 0 to {n - 1}, the rows")
    keys = (senders, receivers) if edges is None else (edges, senders, receivers)
    order = np.lexsort(keys)
    arrays: dict[str, Any] = {  # Typed as device arrays by jraph; host arrays serve as well.
        "nodes": None,
        "edges": None if edges is None else edges[order],
        "senders": senders[order].astype(np.int32),
        "receivers": receivers[order].astype(np.int32),
        "globals": None,
        "n_node": np.array([n_receivers], np.int32),
        "n_edge": np.array([len(senders)], np.int32),
    }
    return jraph.GraphsTuple(**arrays)
