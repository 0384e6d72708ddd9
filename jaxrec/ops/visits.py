"""What walks visit: the important neighbors of a node.

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.1: the neighbors of a
node are the T nodes that short walks from it visit most, weighted by how often.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import InputError, Key
from jaxrec.graph import Transitions
from jaxrec.ops.walk import walks


class ImportanceNeighbors(NamedTuple):
    """Neighbors by importance, in columns as of ``graph.Neighbors``.

    Attributes:
      sender: rows of nodes, most visited first; 0 where there are fewer than T.
      weight: share of their visits, in sum 1; 0 marks padding, all of a row where nothing else was
        visited.
    """

    sender: Int[Array, "B T"]
    weight: Float[Array, "B T"]

    @property
    def mask(self) -> Bool[Array, "B T"]:
        """False marks padding."""
        return self.weight > 0


def importance_neighbors(
    key: Key,
    graph: Transitions,
    node: Int[Array, "B"],
    width: int,
    n_walks: int,
    length: int,
    restart: float = 0.5,
    counted: Bool[Array, "N"] | Bool[np.ndarray, "N"] | None = None,
) -> ImportanceNeighbors:
    """The ``width`` nodes that ``n_walks`` walks from each node visit most, itself left out.

    Nodes that are visited equally often come in the order of their rows. Memory and time: a sort of
    ``[B, n_walks * length]`` visits.

    Args:
      width: T; 50 in the paper.
      length: nodes of a walk, its start among them.
      restart: chance of every step to lead back to the node. As PageRank's 1 less
        the damping factor. The paper does not give it; 0.5 is DGL's.
      counted: which nodes can be neighbors: in a user-item graph, items alone.

    Raises:
      InputError: ``width`` out of range, or what ``walks`` refuses.
    """
    most = n_walks * (length - 1)
    if not 1 <= width <= most:
        raise InputError(
            f"{width} neighbors of {n_walks} walks of {length} nodes, which visit {most} beside "
            "their starts; give 1 to so many, or more or longer walks"
        )
    found = walks(key, graph, jnp.repeat(node, n_walks), length, restart)
    visit = found[:, 1:].reshape(node.shape[0], most)
    valid = (visit >= 0) & (visit != node[:, None])
    if counted is not None:
        valid &= jnp.asarray(counted)[visit]
    return _most_visited(visit, valid, width)


def _most_visited(
    visit: Int[Array, "B V"], valid: Bool[Array, "B V"], width: int
) -> ImportanceNeighbors:
    """Counts runs of the sorted visits."""
    n_visits = visit.shape[1]
    nothing = jnp.iinfo(visit.dtype).max
    visit = jnp.sort(jnp.where(valid, visit, nothing), axis=1)
    first = jnp.diff(visit, axis=1, prepend=-1) != 0
    place = jnp.arange(n_visits)[None]
    start = jnp.where(first, place, n_visits)
    after = jnp.flip(jax.lax.cummin(jnp.flip(start, 1), axis=1), 1)  # First start from here on.
    after = jnp.pad(after[:, 1:], ((0, 0), (0, 1)), constant_values=n_visits)
    count = jnp.where(first & (visit != nothing), after - place, 0)
    count, column = jax.lax.top_k(count, width)  # Of equal counts, the lower row first.
    sender = jnp.where(count > 0, jnp.take_along_axis(visit, column, axis=1), 0)
    total = jnp.maximum(jnp.sum(count, axis=1, keepdims=True), 1)
    return ImportanceNeighbors(sender, count / total)
