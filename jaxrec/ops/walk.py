"""Random walks: all of a batch side by side, in arrays of fixed shape.

A walk is a row ``[L]``, its start first. A dead end, a node that has no neighbor to go to, leads
back to the start where walks restart; elsewhere the walk ends there, and the rest of its row is -1.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int, UInt32

from jaxrec.base import InputError, Key
from jaxrec.graph import Transitions
from jaxrec.ops.member import contains

MOST = 100
"""How many times as likely as another a step may be made by p and q."""


def walks(
    key: Key, graph: Transitions, start: Int[Array, "B"], length: int, restart: float = 0.0
) -> Int[Array, "B L"]:
    """Walks of ``length`` nodes. Cost of a step: one draw by ``graph.law``, O(1).

    Args:
      restart: chance of every step to lead back to the start, 1 less PageRank's damping factor; 0
        never restarts.

    Raises:
      InputError: ``length`` below 1, or ``restart`` out of range.
    """
    _check_length(length)
    if not 0 <= restart < 1:
        raise InputError(f"restart is {restart}; give 0 (never) or a chance below 1")
    graph = jax.tree.map(jnp.asarray, graph)
    n_draws = 1 + (graph.law is not None) + (restart > 0)

    def step(node: Int[Array, "B"], key: Key):
        bits = jax.random.bits(key, (n_draws, *start.shape))
        after = _neighbor(bits, graph, node)
        if restart:
            after = jnp.where((after < 0) | (_unit(bits[-1]) < restart), start, after)
        return after, after

    _, rest = jax.lax.scan(step, start, jax.random.split(key, length - 1))
    return jnp.concatenate([start[None], rest]).T


def second_order(
    key: Key,
    graph: Transitions,
    start: Int[Array, "B"],
    length: int,
    p: float = 1.0,
    q: float = 1.0,
) -> Int[Array, "B L"]:
    """Walks of ``length`` nodes that remember one node, as node2vec's.

    From v, come from t, the chance of x is proportional to ``w_vx`` times ``1 / p`` if x is t, 1 if
    x is a neighbor of t and ``1 / q`` otherwise. Grover and Leskovec, node2vec, KDD 2016,
    https://arxiv.org/abs/1607.00653, section 3.2.

    The law is exact, by rejection: x is proposed by weight and passes with ``alpha / M``, M the
    largest of 1, 1/p and 1/q. Walks do not wait for each other: in a round, each that is not
    through makes one proposal, and goes on if it passes. The loop ends when all are through. A
    proposal passes with a chance of at least ``a = min(1, 1/p, 1/q) / M``, so a walk takes
    ``(length - 1) / a`` rounds at most on average; p and q that make ``1 / a`` larger than ``MOST``
    are refused. A round costs a draw and, unless q is 1, a look-up O(log E). Memory O(E), where
    tables for every pair of edges, as in the paper, would take ``sum_v deg_v^2``.

    Raises:
      InputError: ``length`` below 1, or p or q out of range.
    """
    _check_length(length)
    if not (p > 0 and q > 0 and max(1, p, q) <= MOST * min(1, p, q)):
        raise InputError(
            f"p is {p} and q {q}; give numbers above 0, 1 and both within a factor of {MOST}"
        )
    if p == q == 1:
        return walks(key, graph, start, length)
    graph = jax.tree.map(jnp.asarray, graph)
    most, n_draws = max(1, 1 / p, 1 / q), 2 + (graph.law is not None)
    row, last = jnp.arange(start.shape[0]), length - 1

    def going(state) -> Bool[Array, ""]:
        return jnp.any(state[-1] < last)

    def round_of_proposals(state):
        n, before, node, found, place = state
        bits = jax.random.bits(jax.random.fold_in(key, n), (n_draws, *start.shape))
        x = _neighbor(bits, graph, node)
        alpha = jnp.where(x == before, 1 / p, _near(graph, before, x, q))
        first_or_only = (before < 0) | (_degree(graph, node) <= 1)  # Nothing to choose by p and q.
        passes = (place < last) & (first_or_only | (_unit(bits[-1]) * most < alpha))
        place = place + passes
        found = found.at[row, jnp.where(passes, place, length)].set(x, mode="drop")
        before, node = jnp.where(passes, node, before), jnp.where(passes, x, node)
        return n + 1, before, node, found, jnp.where(node < 0, last, place)

    nowhere = jnp.full_like(start, -1)
    found = jnp.full((start.shape[0], length), -1, start.dtype).at[:, 0].set(start)
    state = 0, nowhere, start, found, jnp.zeros_like(start)
    return jax.lax.while_loop(going, round_of_proposals, state)[3]


def _near(graph: Transitions, before: Int[Array, "B"], x: Int[Array, "B"], q: float):
    """1 for neighbors of the node before, 1/q for others."""
    if q == 1:
        return 1.0
    return jnp.where(contains(graph.lists, jnp.maximum(before, 0), x), 1.0, 1 / q)


def _neighbor(
    bits: UInt32[Array, "n B"], graph: Transitions, node: Int[Array, "B"]
) -> Int[Array, "B"]:
    """A neighbor of each node by the graph's law; -1 where there is none, or no node."""
    degree = _degree(graph, node)
    place = graph.lists.indptr[jnp.maximum(node, 0)] + below(bits[0], degree)
    if graph.law is not None:
        kept = _unit(bits[1]) < graph.law.keep[place]
        place = jnp.where(kept, place, graph.law.alias[place])
    return jnp.where(degree > 0, graph.lists.indices[place], -1)


def _degree(graph: Transitions, node: Int[Array, "B"]) -> Int[Array, "B"]:
    row = jnp.maximum(node, 0)
    degree = graph.lists.indptr[row + 1] - graph.lists.indptr[row]
    return jnp.where(node < 0, 0, degree)


def below(bits: UInt32[Array, "*n"], limit: Int[Array, "*n"]) -> Int[Array, "*n"]:
    """``floor(bits * limit / 2**32)``: uniform in ``[0, limit)`` but for less than ``2**-32``.

    One draw of 32 bits and a product of 64 in halves, for ``jax.random.randint`` draws twice and
    divides twice.

    >>> below(jnp.array([0, 2**31, 2**32 - 1], jnp.uint32), jnp.array([7, 7, 7])).tolist()
    [0, 3, 6]
    """
    n = limit.astype(jnp.uint32)
    high, low, n_high, n_low = bits >> 16, bits & 0xFFFF, n >> 16, n & 0xFFFF
    middle = high * n_low + (low * n_low >> 16)
    carried = low * n_high + (middle & 0xFFFF)
    product = high * n_high + (middle >> 16) + (carried >> 16)
    return product.astype(limit.dtype)


def _unit(bits: UInt32[Array, "*n"]) -> Array:
    """Uniform in ``[0, 1)``, in steps of ``2**-24``."""
    return (bits >> 8).astype(jnp.float32) * 2**-24


def _check_length(length: int) -> None:
    if length < 1:
        raise InputError(f"the length of a walk is {length} nodes; give 1 or more")
