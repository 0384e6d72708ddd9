"""Views of the structure around nodes, and the vectors that an encoder makes of them.

How PCRec (``transfer.pcrec``) describes the nodes of a target graph; views are GCC's (Qiu et al.,
KDD 2020, https://arxiv.org/abs/2006.09963).
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Key, Params
from jaxrec.graph import Transitions
from jaxrec.ops import l2_normalize
from jaxrec.transfer.gin import Encoder, Moments, gin
from jaxrec.transfer.subgraphs import Subgraphs, as_graph, positions, subgraphs


class Views(NamedTuple):
    """How the structure around a node is seen; GCC's numbers but for ``n_nodes``, which is ours.

    Attributes:
      n_nodes: nodes of a subgraph, at most.
      length: nodes of a walk, repeated ones included.
      restart: chance of every step to lead back to the seed.
      n_dims: eigenvectors, at most.
    """

    n_nodes: int = 64
    length: int = 256
    restart: float = 0.8
    n_dims: int = 32

    def draw(
        self, key: Key, graph: Transitions, seed: Int[Array, "B"], n_parts: int = 1
    ) -> list[tuple[jraph.GraphsTuple, Int[Array, ""]]]:
        """``as_graph`` of a subgraph around each seed, the seeds cut in ``n_parts`` of one size.

        Several parts are views to contrast: the signs of their eigenvectors are drawn.
        """
        key_walk, key_sign = jax.random.split(key)
        found = subgraphs(key_walk, graph, seed, self.n_nodes, self.length, self.restart)
        # All at once: two eigendecompositions side by side may wait for each other's threads.
        position = positions(found.adjacency, self.n_dims, key_sign if n_parts > 1 else None)
        parts = zip(*(jnp.split(x, n_parts) for x in (*found, position)), strict=True)
        return [as_graph(Subgraphs(node, linked), place) for node, linked, place in parts]

    def encoder(self, dim: int = 64, n_layers: int = 4, dropout: float = 0.5) -> Encoder:
        """``gin`` of these views."""
        return gin(self.n_dims, max(self.n_nodes - 1, 1), dim, n_layers, dropout)


def structure(
    encoder: Encoder,
    views: Views,
    params: Params,
    moments: Moments,
    key: Key,
    graph: Transitions,
    n_views: int = 2,
    batch_size: int = 256,
) -> Float[np.ndarray, "N d"]:
    """A vector of length one for every node of a graph, by the structure around it alone.

    The mean of the vectors of ``n_views`` subgraphs, scaled to length one. Node ``v`` has walks of
    its own in every view, so a longer graph does not change them. Cost: ``N n_views`` walks and
    eigendecompositions.

    Args:
      graph: such as ``one_graph`` of the target; it need not share a node with the source.
    """
    n_nodes = len(graph.lists.indptr) - 1
    graph = jax.tree.map(jnp.asarray, graph)
    found = []
    for start in range(0, n_nodes, batch_size):
        seed = jnp.minimum(start + jnp.arange(batch_size), n_nodes - 1)
        batch = _vectors(
            params, moments, jax.random.fold_in(key, start), graph, seed, encoder, views, n_views
        )
        found.append(np.asarray(batch)[: n_nodes - start])
    return np.concatenate(found)


@partial(jax.jit, static_argnames=("encoder", "views", "n_views"))
def _vectors(params, moments, key, graph, seed, encoder: Encoder, views: Views, n_views: int):
    def one(key: Key) -> Array:
        return encoder.encode(params, views.draw(key, graph, seed)[0][0], moments)[0]

    return l2_normalize(jnp.sum(jax.lax.map(one, jax.random.split(key, n_views)), axis=0))
