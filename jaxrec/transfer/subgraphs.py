"""Subgraph instances: what a random walk with restart sees around a node, without any ids.

Qiu et al., GCC, KDD 2020, https://arxiv.org/abs/2006.09963, the base of Wang et al., PCRec, CogMI
2021, https://arxiv.org/abs/2111.08268. Positions are eigenvectors of the subgraph alone, so two
graphs that share no node are described in the same terms.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import InputError, Key
from jaxrec.data import Interactions
from jaxrec.graph import Transitions, transitions
from jaxrec.losses import first_of_each
from jaxrec.ops import contains, l2_normalize, walks

SMALL_GAP = 1e-3
"""Eigenvalues nearer to each other, or to 0, have no eigenvectors of their own in float32."""
EDGES_PER_NODE = 4
"""Room for directed edges, a node of a batch on average; trees have fewer than 2."""


class Subgraphs(NamedTuple):
    """Subgraphs of a batch, in a fixed shape.

    Attributes:
      node: rows of the whole graph, the seed first, then in the order of the walk; -1 is padding.
      adjacency: all edges of the whole graph among them, in both directions.
    """

    node: Int[Array, "B n"]
    adjacency: Bool[Array, "B n n"]


class Nodes(NamedTuple):
    """What an encoder reads of the nodes of a batch of subgraphs.

    Attributes:
      position: ``positions``, ``[N, k]``.
      degree: neighbors within the subgraph, ``[N]``.
      is_seed: the node that the subgraph is about, ``[N]``.
      is_real: False marks padding, ``[N]``.
    """

    position: Float[Array, "N k"]
    degree: Int[Array, "N"]
    is_seed: Bool[Array, "N"]
    is_real: Bool[Array, "N"]


def one_graph(train: Interactions) -> Transitions:
    """Steps between users, rows ``[0, U)``, and items, after them, both ways and uniform.

    Raises:
      InputError: no interactions.
    """
    item = train.n_users + train.item
    both = np.concatenate([train.user, item]), np.concatenate([item, train.user])
    return transitions(*both, train.n_users + train.n_items)


def subgraphs(
    key: Key,
    graph: Transitions,
    seed: Int[Array, "B"],
    n_nodes: int = 64,
    length: int = 256,
    restart: float = 0.8,
) -> Subgraphs:
    """The subgraph induced by the first ``n_nodes`` different nodes of a walk from each seed.

    A seed without neighbors is alone in its subgraph. Cost: ``length`` steps, and a look-up
    O(log E) for every pair of nodes.

    Args:
      graph: with both directions of every edge.
      length: nodes of a walk, repeated ones included.
      restart: chance of every step to lead back to the seed. GCC's is 0.8.

    Raises:
      InputError: ``n_nodes`` below 1 or above ``length``, or as ``ops.walks``.
    """
    if not 1 <= n_nodes <= length:
        raise InputError(f"n_nodes is {n_nodes} and length {length}; give 1 to {length} nodes")
    walk = walks(key, graph, seed, length, restart)
    new = jax.vmap(first_of_each)(walk) & (walk >= 0)
    order = jnp.argsort(~new, axis=1, stable=True)[:, :n_nodes]
    taken = jnp.take_along_axis(new, order, axis=1)
    node = jnp.where(taken, jnp.take_along_axis(walk, order, axis=1), -1)
    a, b = np.triu_indices(n_nodes, 1)
    head, tail = node[:, a], node[:, b]  # [B, n (n - 1) / 2]
    linked = contains(graph.lists, jnp.maximum(head, 0), tail) & (head >= 0) & (tail >= 0)
    upper = jnp.zeros((*node.shape, n_nodes), bool).at[:, a, b].set(linked)
    return Subgraphs(node, upper | jnp.swapaxes(upper, 1, 2))


def positions(
    adjacency: Bool[Array, "B n n"], n_dims: int = 32, key: Key | None = None
) -> Float[Array, "B n k"]:
    """Where nodes are in their subgraph: leading eigenvectors of ``D^-1/2 A D^-1/2``, by rows.

    Columns are in descending order of eigenvalues, rows are scaled to length one, and columns
    beyond the eigenvectors are zero. Unlike GCC's, columns are zero as well where an eigenvector
    is no property of the graph but of how its nodes are numbered: where its eigenvalue is within
    ``SMALL_GAP`` of another, and where it is not above 0. In a graph of users and items a negative
    eigenvalue mirrors a positive one, with signs of one side changed.

    Args:
      key: draws a sign for every eigenvector; None takes the sign whose sum of cubes is positive.
    """
    n = adjacency.shape[1]
    linked = adjacency.astype(jnp.float32)
    root = jax.lax.rsqrt(jnp.maximum(jnp.sum(linked, axis=2), 1))
    values, vectors = jnp.linalg.eigh(linked * root[:, :, None] * root[:, None, :])  # Ascending.
    apart = jnp.diff(values, axis=1) > SMALL_GAP
    end = jnp.ones((len(values), 1), bool)
    own = jnp.concatenate([end, apart], 1) & jnp.concatenate([apart, end], 1)
    own = own & (values > SMALL_GAP)
    if key is None:
        sign = jnp.where(jnp.sum(vectors**3, axis=1) < 0, -1.0, 1.0)
    else:
        sign = jax.random.rademacher(key, values.shape, jnp.float32)
    found = vectors * jnp.where(own, sign, 0)[:, None, :]
    found = found[:, :, ::-1][:, :, :n_dims]
    return l2_normalize(jnp.pad(found, ((0, 0), (0, 0), (0, max(n_dims - n, 0)))))


def as_graph(
    found: Subgraphs, position: Float[Array, "B n k"]
) -> tuple[jraph.GraphsTuple, Int[Array, ""]]:
    """A batch of subgraphs as one graph for message passing, and how many edges had no room.

    Returns:
      Graph ``b`` has the nodes ``[b n, (b + 1) n)``, padding among them; a last graph of one node
      takes the unused edges, as in jraph. ``edges`` are 1, and 0 where unused. Rows of ``nodes``
      are those of ``Nodes``. There is room for ``EDGES_PER_NODE`` edges a node in the batch.

    Args:
      position: ``positions`` of the adjacency.
    """
    n_graphs, n = found.node.shape
    n_all, room = n_graphs * n, EDGES_PER_NODE * n_graphs * n
    flat = found.adjacency.reshape(-1)
    place = jnp.nonzero(flat, size=room, fill_value=-1)[0]  # Sorted by receivers.
    used = place >= 0
    row = place // n  # Of all nodes.
    receivers = jnp.where(used, row, n_all)
    senders = jnp.where(used, row // n * n + place % n, n_all)
    of_graph = jnp.where(used, row // n, n_graphs)
    seed = jnp.zeros((n_graphs, n), bool).at[:, 0].set(True)
    nodes = (
        position,
        jnp.sum(found.adjacency, axis=2),
        seed,
        found.node >= 0,
    )
    sizes = jnp.append(jnp.full(n_graphs, n), 1)
    arrays: dict[str, Any] = {
        "nodes": Nodes(*map(_by_node, nodes)),
        "edges": used.astype(jnp.float32),
        "senders": senders,
        "receivers": receivers,
        "globals": None,
        "n_node": sizes,
        "n_edge": jax.ops.segment_sum(jnp.ones_like(of_graph), of_graph, n_graphs + 1),
    }
    return jraph.GraphsTuple(**arrays), jnp.maximum(jnp.sum(flat) - room, 0)


def _by_node(x: Array) -> Array:
    """``[B, n, ...]`` as ``[B n + 1, ...]``, the last node all zeros."""
    flat = x.reshape(-1, *x.shape[2:])
    return jnp.pad(flat, ((0, 1), *((0, 0),) * (flat.ndim - 1)))
