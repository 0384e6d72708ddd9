"""PageRank: of a whole graph, and personalized, of many sources, by power iteration or by walks.

``pi = a e_s + (1 - a) P^T pi``: where a walk from s is found that goes back to s with the chance a
at every step: ``a = 1 - d``, d the damping factor. A dead end leads back, too. A third way, for one
source and without touching the whole graph, is ``graph.forward_push``; it runs on the host.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key
from jaxrec.graph import Transitions, check_restart
from jaxrec.ops.propagate import Graph, propagate, to_items, to_users
from jaxrec.ops.walk import walks


def global_pagerank(
    graph: Graph, n_nodes: int, damping: float = 0.85, n_iterations: int = 50
) -> Float[Array, "N"]:
    """PageRank of all nodes by power iteration: ``pi = (1 - d) / N + d P^T pi``, which sums to one.

    The surfer follows an edge with the probability d, the damping factor, and otherwise, as at a
    dead end, jumps to a node at random: the restart of ``pagerank`` is ``1 - d``, and leads to one
    source alone. k iterations leave ``sum_v |error_v|`` at most ``2 d^(k + 1)``, and what float32
    leaves. Cost: ``n_iterations`` propagations of one column. Brin and Page, The anatomy of a
    large-scale hypertextual Web search engine, 1998, whose sum is N.

    Args:
      graph: whose edges carry the chance of their step: ``prepare(walk_graph(...))``.
      n_nodes: N.
      damping: d; 1 less the restart.
      n_iterations: steps from the uniform distribution.

    Raises:
      InputError: ``damping`` out of range.

    >>> import numpy as np
    >>> from jaxrec.graph import walk_graph
    >>> star = walk_graph(np.array([1, 2, 0, 0]), np.array([0, 0, 1, 2]), n_nodes=3)
    >>> [round(float(share), 3) for share in global_pagerank(star, n_nodes=3)]
    [0.486, 0.257, 0.257]
    """
    if not 0 < damping < 1:
        raise InputError(f"damping is {damping}; give a chance between 0 and 1, 1 less the restart")

    def step(mass: Float[Array, "N 1"], _):
        mass = damping * propagate(mass, graph)
        return mass + (1 - jnp.sum(mass)) / n_nodes, None  # Dead ends jump, too.

    start = jnp.full((n_nodes, 1), 1 / n_nodes)
    return jax.lax.scan(step, start, None, length=n_iterations)[0][:, 0]


def pagerank(
    graph: Graph,
    source: Int[Array, "B"],
    n_nodes: int,
    restart: float = 0.15,
    n_iterations: int = 30,
) -> Float[Array, "N B"]:
    """PageRank by power iteration, a column a source. Cost: ``n_iterations`` propagations of B.

    k iterations leave ``sum_v |error_v|`` at most ``2 (1 - restart) ** (k + 1)``, and what float32
    leaves.

    Args:
      graph: whose edges carry the chance of their step: ``prepare(walk_graph(...))`` of edges one
        way or both, or ``prepare(bipartite(train, r=0.0))``.
      restart: chance of every step to lead back to the source; 0.15 is a damping factor of 0.85.

    Raises:
      InputError: ``restart`` out of range.
    """
    check_restart(restart)
    column = jnp.arange(source.shape[0])

    def step(mass: Float[Array, "N B"], _):
        mass = (1 - restart) * propagate(mass, graph)
        # Whatever is missing from 1 restarted, at a dead end or by chance.
        return mass.at[source, column].add(1 - jnp.sum(mass, axis=0)), None

    start = jnp.zeros((n_nodes, source.shape[0])).at[source, column].set(1)
    return jax.lax.scan(step, start, None, length=n_iterations)[0]


def walked_pagerank(
    key: Key,
    graph: Transitions,
    source: Int[Array, "B"],
    n_nodes: int,
    n_walks: int,
    length: int,
    restart: float = 0.15,
) -> Float[Array, "B N"]:
    """PageRank by the share of visits of ``n_walks`` walks with restart, a row a source.

    A walk of L nodes has the expectation of its share at most ``2 / (restart * L)`` from the
    PageRank, in sum over nodes: after t steps the law is ``2 (1 - restart) ** t`` away at most.
    Around that, a share ``s_v`` deviates by ``sqrt(s_v (1 - s_v) / n_walks)`` at most.

    Args:
      restart: chance of every step to lead back to the source; 0.15 is a damping factor of 0.85.

    Raises:
      InputError: ``restart`` out of range, or what ``walks`` refuses.
    """
    check_restart(restart)
    visit = walks(key, graph, jnp.repeat(source, n_walks), length, restart)
    visit = visit.reshape(source.shape[0], n_walks * length)
    row = jnp.arange(source.shape[0])[:, None]
    return jnp.zeros((source.shape[0], n_nodes)).at[row, visit].add(1) / visit.shape[1]


def items_of_users(
    graph: Graph, user: Int[Array, "B"], n_users: int, n_items: int, restart: float, n_rounds: int
) -> Float[Array, "I B"]:
    """The items' part of every user's PageRank, from the first ``2 n_rounds`` steps.

    ``a sum_t (1 - a)^(2 t + 1)`` times the mass after ``2 t + 1`` steps, which is all on items:
    half of the work of ``pagerank``. At most ``(1 - a) ** (2 n_rounds + 1)`` of it is left out.

    Args:
      graph: ``prepare(bipartite(train, r=0.0), n_users=n_users)``.
      restart: a, the chance of every step to lead back to the user; 1 less the damping factor.
    """
    check_restart(restart)
    start = jnp.zeros((n_users, user.shape[0])).at[user, jnp.arange(user.shape[0])].set(1)
    first = (1 - restart) * to_items(start, graph, n_items)
    return _by_rounds(first, graph, n_users, restart, n_rounds)


def items_of_items(
    graph: Graph, item: Int[Array, "B"], n_users: int, n_items: int, restart: float, n_rounds: int
) -> Float[Array, "I B"]:
    """The items' part of every item's PageRank; arguments as of ``items_of_users``."""
    check_restart(restart)
    start = jnp.zeros((n_items, item.shape[0])).at[item, jnp.arange(item.shape[0])].set(1)
    return _by_rounds(start, graph, n_users, restart, n_rounds)


def _by_rounds(
    first: Float[Array, "I B"], graph: Graph, n_users: int, restart: float, n_rounds: int
) -> Float[Array, "I B"]:
    if n_rounds < 1:
        raise InputError(f"n_rounds is {n_rounds}; give 1 or more")

    def again(state, _):
        mass, total = state
        back = to_users(mass, graph, n_users)
        mass = (1 - restart) ** 2 * to_items(back, graph, mass.shape[0])
        return (mass, total + mass), None

    _, total = jax.lax.scan(again, (first, first), None, length=n_rounds - 1)[0]
    return restart * total
