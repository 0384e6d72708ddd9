"""Session graphs: what stands in a session is joined to what follows it, built on the device.

Wu et al., Session-based recommendation with graph neural networks, AAAI 2019,
https://arxiv.org/abs/1811.00855, section 3.2.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jraph
from jaxtyping import Array, Float, Int

from jaxrec.graph import SessionQuery
from jaxrec.graph.prefixes import LEAST_WIDTH


class EdgeWeights(NamedTuple):
    """Rows of the two connection matrices: 1 by the number of distinct edges at an end.

    An edge that occurs again, or that is padding, has 0.

    Attributes:
      incoming: divided by the edges that come to the receiver, ``1[u -> v] / indegree(v)``.
      outgoing: divided by the edges that leave the sender, ``1[u -> v] / outdegree(u)``.
    """

    incoming: Float[Array, "E"]
    outgoing: Float[Array, "E"]


class SessionGraphs(NamedTuple):
    """One graph a session.

    Attributes:
      graph: B graphs of L nodes and L - 1 edges in one tuple; nodes are rows of items, edges
        ``EdgeWeights``. A node stands at the first position of its item, and other nodes at
        positions of repeats and padding have no edges.
      node: the node of every position.
    """

    graph: jraph.GraphsTuple
    node: Int[Array, "B L"]


def session_graphs(queries: SessionQuery) -> SessionGraphs:
    """The graphs of B sessions: an item is one node, and an edge leads to what came next. O(B L^2).

    >>> query = SessionQuery(jnp.array([[7, 5, 7, 5, 0]]), jnp.array([[True] * 4 + [False]]))
    >>> graphs = session_graphs(query)
    >>> graphs.node.tolist(), graphs.graph.edges.incoming.tolist()
    ([[0, 1, 0, 1, 4]], [1.0, 1.0, 0.0, 0.0])
    """
    item, mask = map(jnp.asarray, queries)
    n_sessions, length = item.shape
    position = jnp.arange(length)
    first = jnp.argmax(item[:, :, None] == item[:, None, :], axis=2)
    node = jnp.where(mask, first, position[None]) + length * jnp.arange(n_sessions)[:, None]
    sender, receiver = node[:, :-1], node[:, 1:]
    same = (sender[:, :, None] == sender[:, None, :]) & (receiver[:, :, None] == receiver[:, None])
    earlier = (position[:-1, None] > position[None, :-1])[None]
    distinct = mask[:, 1:] & ~jnp.any(same & earlier, axis=2)
    one, senders, receivers = distinct.ravel().astype(jnp.float32), sender.ravel(), receiver.ravel()
    degree = lambda ends: jax.ops.segment_sum(one, ends, item.size)[ends]
    graph = jraph.GraphsTuple(
        nodes=item.ravel(),
        edges=EdgeWeights(
            one / jnp.maximum(degree(receivers), 1), one / jnp.maximum(degree(senders), 1)
        ),
        senders=senders,
        receivers=receivers,
        globals=None,
        n_node=jnp.full(n_sessions, length),
        n_edge=jnp.full(n_sessions, length - 1),
    )
    return SessionGraphs(graph, node)


def latest(queries: SessionQuery, n: int) -> SessionQuery:
    """The last ``n`` items of every session, in their order.

    >>> item = jnp.array([[7, 5, 6], [4, 0, 0]])
    >>> queries = latest(SessionQuery(item, item > 0), 2)
    >>> queries.item.tolist(), queries.mask.tolist()
    ([[5, 6], [4, 0]], [[True, True], [True, False]])
    """
    item, mask = map(jnp.asarray, queries)
    if item.shape[1] <= n:
        return SessionQuery(item, mask)
    skipped = jnp.maximum(jnp.sum(mask, axis=1, keepdims=True) - n, 0)
    place = skipped + jnp.arange(n)[None, :]
    return SessionQuery(*(jnp.take_along_axis(column, place, axis=1) for column in (item, mask)))


def last_positions(queries: SessionQuery) -> Int[Array, "B"]:
    """The position of the last item of every session; 0 of an empty one.

    >>> mask = jnp.array([[True, True, False], [False, False, False]])
    >>> last_positions(SessionQuery(jnp.zeros((2, 3), int), mask)).tolist()
    [1, 0]
    """
    return jnp.maximum(jnp.sum(queries.mask, axis=1) - 1, 0)


def by_width(of_sessions: Callable[[Any, SessionQuery], Array], reps: Any, queries: SessionQuery):
    """``of_sessions(reps, queries)`` on no more columns than the longest session of a batch needs.

    One trace holds a branch for each width 8, 32, 128, ..., so that batches of short sessions do
    not pay for the longest. What a branch computes is computed again for its gradient: JAX would
    keep the intermediate arrays of all branches.
    """
    length, widths = queries.item.shape[1], []
    while not widths or widths[-1] < length:
        widths.append(min(LEAST_WIDTH << 2 * len(widths), length))
    if len(widths) == 1:
        return of_sessions(reps, queries)
    narrowed = lambda width: (
        lambda reps, queries: of_sessions(
            reps, SessionQuery(queries.item[:, :width], queries.mask[:, :width])
        )
    )
    longest = jnp.max(jnp.sum(queries.mask, axis=1))
    branch = jnp.searchsorted(jnp.array(widths), longest)
    return jax.lax.switch(branch, [jax.checkpoint(narrowed(w)) for w in widths], reps, queries)
