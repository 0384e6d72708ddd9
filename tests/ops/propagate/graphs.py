"""Awkward graphs for the tests of propagation, and their dense matrices in float64."""

import itertools
from collections.abc import Callable
from typing import NamedTuple, get_args

import jax.numpy as jnp
import jraph
import numpy as np
from hypothesis import strategies as st

from jaxrec.ops import Backend
from jaxrec.ops.propagate.prepare import FORMS

FORMULATIONS = tuple(name for name in get_args(Backend) if name != "auto")
LAYOUTS = tuple(FORMS)
UNEVEN = ("buckets", "pallas")
"""Layouts whose shape follows the degrees, not their sum alone."""
SEEDS = st.integers(0, 2**32 - 1)


def directed(senders, receivers, n_nodes, rng):
    """Weights of either sign."""
    return rng.normal(size=len(senders))


def unweighted(senders, receivers, n_nodes, rng):
    """None, which counts one."""
    return None


def attention(senders, receivers, n_nodes, rng):
    """Softmax of random logits over what each node receives."""
    exponential = np.exp(rng.normal(size=len(senders)))
    return exponential / np.bincount(receivers, exponential, n_nodes)[receivers]


def symmetric(senders, receivers, n_nodes, rng):
    """Weights of either sign, equal both ways."""
    half = rng.normal(size=(n_nodes, n_nodes))
    return (half + half.T)[receivers, senders]


def r_normalized(senders, receivers, n_nodes, rng, r=0.8):
    """``D^(r-1) A D^-r``: edges both ways, their weights not equal."""
    degree = np.bincount(receivers, minlength=n_nodes).astype(float)
    return degree[receivers] ** (r - 1) * degree[senders] ** -r


BOTH_WAYS = {"symmetric": symmetric, "r-normalized": r_normalized}
WEIGHTS = {**BOTH_WAYS, "attention": attention, "unweighted": unweighted}


class Shape(NamedTuple):
    """Counts that fix the shape of a graph, so that compiled programs are reused.

    Attributes:
      fewest: nodes that the edges need.
      most: nodes in all. Padded graphs have any number up to it, and then 13.
      n_pairs: ordered pairs of nodes, an even number, for half of them may be the reverse.
      n_doubled: edges that come twice, even too.
    """

    fewest: int
    most: int
    n_pairs: int
    n_loops: int
    n_doubled: int
    padded: bool = False


_MANY = Shape(fewest=9, most=12, n_pairs=10, n_loops=2, n_doubled=4)
MANY_EDGES = (_MANY, _MANY._replace(padded=True))
FEW_EDGES = (
    Shape(fewest=0, most=1, n_pairs=0, n_loops=0, n_doubled=0),
    Shape(fewest=1, most=1, n_pairs=0, n_loops=1, n_doubled=1),
    Shape(fewest=0, most=2, n_pairs=0, n_loops=0, n_doubled=0),
    Shape(fewest=3, most=12, n_pairs=2, n_loops=0, n_doubled=2, padded=True),
)


def make(senders, receivers, weight, n_nodes) -> jraph.GraphsTuple:
    return jraph.GraphsTuple(
        nodes=None,
        edges=None if weight is None else np.asarray(weight, np.float32),
        senders=np.asarray(senders, np.int32),
        receivers=np.asarray(receivers, np.int32),
        globals=None,
        n_node=np.array([n_nodes], np.int32),
        n_edge=np.array([len(senders)], np.int32),
    )


@st.composite
def graphs(draw, weights: Callable, shapes=FEW_EDGES + MANY_EDGES) -> jraph.GraphsTuple:
    """Edges in any order: pairs of nodes, loops and second copies; often half meet in one node.

    Nodes beyond those drawn are isolated. ``weights`` equal both ways get edges both ways.
    """
    shape = draw(st.sampled_from(shapes))
    n_nodes = draw(st.integers(max(1, shape.fewest), shape.most)) if shape.padded else shape.most
    n_used = draw(st.integers(shape.fewest, n_nodes))
    both_ways = weights in BOTH_WAYS.values()
    ends = _ends(draw, shape, n_used, both_ways)
    ends = np.array(draw(st.permutations(ends)), int).reshape(-1, 2)
    receivers, senders = np.array(draw(st.permutations(range(n_nodes))))[ends].T
    rng = np.random.default_rng(draw(SEEDS))
    graph = make(senders, receivers, weights(senders, receivers, n_nodes, rng), n_nodes)
    if shape.padded:
        graph = jraph.pad_with_graphs(graph, n_node=13, n_edge=len(ends) + 3)
    return graph


def _ends(draw, shape: Shape, n_used: int, both_ways: bool) -> list[tuple[int, int]]:
    """Receivers and senders among ``n_used`` nodes; node 0 is the hub, if there is one."""
    ways = 2 if both_ways else 1
    n_pairs, n_doubled = shape.n_pairs // ways, shape.n_doubled // ways
    half = (shape.n_pairs + shape.n_loops + shape.n_doubled) // 2 // ways
    at_hub = min(half, n_pairs) * draw(st.booleans())
    inward = draw(st.booleans())
    hub = [(0, other) if inward else (other, 0) for other in range(1, n_used)]
    pairs_of = itertools.combinations if both_ways else itertools.permutations
    others = list(pairs_of(range(at_hub > 0, n_used), 2))
    pairs = draw(st.permutations(hub))[:at_hub]
    pairs += draw(st.permutations(others))[: n_pairs - at_hub]
    loops = draw(st.permutations([(node, node) for node in range(n_used)]))[: shape.n_loops]
    if both_ways:
        pairs += draw(st.permutations(pairs))[:n_doubled]
        return pairs + [pair[::-1] for pair in pairs] + loops
    ends = pairs + loops
    return ends + draw(st.permutations(ends))[:n_doubled]


def dense(graph: jraph.GraphsTuple) -> np.ndarray:
    """``A[receiver, sender]`` in float64."""
    n_nodes = int(np.sum(graph.n_node))
    matrix = np.zeros((n_nodes, n_nodes))
    np.add.at(matrix, (graph.receivers, graph.senders), 1 if graph.edges is None else graph.edges)
    return matrix


def tables(n_nodes: int, seed: int, dim: int = 3, many: int = 3, dtype="float32"):
    """Features and cotangents: ``[2, many, N, d]``."""
    values = np.random.default_rng(seed).normal(size=(2, many, n_nodes, dim))
    return jnp.asarray(values, dtype)


def sample(weights: Callable, seed: int = 0) -> jraph.GraphsTuple:
    """One graph of 8 nodes: a hub, a loop, an edge that comes twice, two isolated nodes."""
    rng = np.random.default_rng(seed)
    ends = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 3), (2, 1), (3, 2), (4, 4), (5, 1), (4, 3)]
    ends += [pair[::-1] for pair in ends if weights in BOTH_WAYS.values()]
    receivers, senders = rng.permutation(ends).T
    return make(senders, receivers, weights(senders, receivers, 8, rng), 8)


RTOL = {"bfloat16": 2**-8, "float32": 1e-5, "float64": 1e-12}
"""Of one rounding in bfloat16, which has 8 bits; of sums in the others."""
ATOL = {"bfloat16": 1e-5, "float32": 1e-5, "float64": 1e-13}
"""Terms of up to forty cancel, and each is off by 40 * 2^-24 = 2e-6 in float32."""


def assert_close(value, expected):
    """Equal but for rounding in the type of ``value``, whose sums are in float32 at least."""
    dtype = str(value.dtype)
    value = np.asarray(value, np.float64)
    np.testing.assert_allclose(value, expected, rtol=RTOL[dtype], atol=ATOL[dtype])
