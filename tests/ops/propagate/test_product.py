"""Propagation, in every formulation, against a dense float64 product."""

import jax
import jax.numpy as jnp
import jraph
import numpy as np
import pytest
from hypothesis import given, strategies as st

from jaxrec.base import InputError
from jaxrec.data import checkerboard
from jaxrec.graph import bipartite
from jaxrec.ops import Adjacency, diffuse, prepare, propagate
from jaxrec.ops.propagate.adjacency import adjacency
from jaxrec.ops.propagate.rows import rows

N_NODES, DIM = 8, 3
FORMULATIONS = ["segment_sum", "chunked", "bcoo", "bcsr", "buckets", "dense"]
FORMULATIONS += ["bcoo_autodiff", "bcsr_autodiff"]
SEEDS = st.integers(0, 2**32 - 1)


def make(senders, receivers, weight):
    return jraph.GraphsTuple(
        nodes=None,
        edges=None if weight is None else np.asarray(weight, np.float32),
        senders=np.asarray(senders, np.int32),
        receivers=np.asarray(receivers, np.int32),
        globals=None,
        n_node=np.array([N_NODES], np.int32),
        n_edge=np.array([len(senders)], np.int32),
    )


def directed(seed):
    """Twelve edges in no order: node 0 receives half of them, one is doubled, one is a self loop.

    Nodes 6 and 7 are isolated. The number of distinct edges is fixed, so programs are reused.
    """
    rng = np.random.default_rng(seed)
    among_others = np.stack(np.triu_indices(5, 1), axis=1) + 1  # Nodes 1 to 5.
    chosen = rng.permuted(rng.permutation(among_others)[:5], axis=1)
    hub = [(sender, 0) for sender in (1, 2, 3, 4, 5, rng.integers(1, 6))]
    loop = rng.integers(1, 6)
    senders, receivers = rng.permutation([*hub, *chosen, (loop, loop)]).T
    return make(senders, receivers, rng.normal(size=12))


def symmetric(seed):
    """The same kind of graph with every edge in both directions, equally weighted."""
    one_way = directed(seed)
    ends = np.stack([one_way.senders, one_way.receivers])
    return make(*np.concatenate([ends, ends[::-1]], axis=1), np.tile(one_way.edges, 2))


def exponent(seed, r=0.8):
    """``D^(r-1) A D^-r``: a symmetric structure whose weights are not."""
    graph = symmetric(seed)
    degree = np.bincount(graph.receivers, minlength=N_NODES).astype(float)
    weight = degree[graph.receivers] ** (r - 1) * degree[graph.senders] ** -r
    return graph._replace(edges=weight.astype(np.float32))


GRAPHS = {"directed": directed, "symmetric": symmetric, "exponent": exponent}


def dense(graph):
    a = np.zeros((N_NODES, N_NODES))
    np.add.at(a, (graph.receivers, graph.senders), graph.edges.astype(np.float64))
    return a


def features(seed):
    return jnp.asarray(np.random.default_rng(seed).normal(size=(2, N_NODES, DIM)), jnp.float32)


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("build", GRAPHS.values(), ids=GRAPHS)
@given(seed=SEEDS)
def test_value_and_gradient_equal_the_dense_product(build, formulation, seed):
    graph, (x, cotangent) = build(seed), features(seed)
    a, prepared = dense(graph), prepare(graph, formulation)
    with jax.numpy_dtype_promotion("strict"):
        y, pull = jax.vjp(lambda x: propagate(x, prepared), x)
    # Absolute too: sums of up to eleven normal numbers may cancel.
    np.testing.assert_allclose(y, a @ x, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(pull(cotangent)[0], a.T @ cotangent, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "alpha", [(1 / 3, 1 / 3, 1 / 3), (0.0, -0.5, 0.0, 2.0), (0.7,), (0.0, 0.0)]
)
@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("build", GRAPHS.values(), ids=GRAPHS)
def test_diffusion_and_its_gradient_are_polynomials_of_the_adjacency(build, formulation, alpha):
    graph, (x, cotangent) = build(12), features(12)
    a, prepared = dense(graph), prepare(graph, formulation)
    polynomial = sum(scale * np.linalg.matrix_power(a, k) for k, scale in enumerate(alpha))
    y, pull = jax.vjp(lambda x: diffuse(x, prepared, alpha), x)
    # Absolute too: third powers of the adjacency reach tens, and their sums may cancel.
    np.testing.assert_allclose(y, polynomial @ x, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(pull(cotangent)[0], polynomial.T @ cotangent, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_layers_under_jit_and_scan_are_powers_of_the_adjacency(formulation):
    graph, (x, cotangent) = exponent(1), features(1)
    a = np.linalg.matrix_power(dense(graph), 3)

    @jax.jit
    def inner_product(x, prepared):
        layer = lambda x, _: (propagate(x, prepared), None)
        return jnp.vdot(cotangent, jax.lax.scan(layer, x, None, length=3)[0])

    value, gradient = jax.value_and_grad(inner_product)(x, prepare(graph, formulation))
    np.testing.assert_allclose(value, np.vdot(cotangent, a @ x), rtol=1e-5)
    np.testing.assert_allclose(gradient, a.T @ cotangent, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_the_second_derivative_of_a_quadratic_form_is_its_matrix(formulation):
    graph = exponent(2)
    a, prepared = dense(graph), prepare(graph, formulation)
    half_square = lambda x: jnp.sum(propagate(x[:, None], prepared) ** 2) / 2
    hessian = jax.jacrev(jax.grad(half_square))(jnp.ones(N_NODES))
    np.testing.assert_allclose(hessian, a.T @ a, rtol=1e-5, atol=1e-6)


def test_a_prepared_graph_refuses_forward_mode():
    prepared, (x, tangent) = prepare(directed(3), "bcsr"), features(3)
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jvp(lambda x: propagate(x, prepared), (x,), (tangent,))


@pytest.mark.parametrize("compile", [lambda f: f, jax.jit], ids=["eager", "jit"])
def test_weights_of_an_adjacency_are_refused_by_gradients(compile):
    prepared, (x, _) = prepare(directed(4), "bcsr"), features(4)

    def total(weight):
        rows = prepared.rows._replace(weight=weight)
        return jnp.sum(propagate(x, prepared._replace(rows=rows)))

    with pytest.raises(InputError, match="edge weights of an Adjacency are constants"):
        compile(jax.grad(total))(prepared.rows.weight)


def test_weights_of_a_graph_have_gradients():
    graph, (x, cotangent) = directed(5), features(5)
    total = lambda edges: jnp.vdot(cotangent, propagate(x, graph._replace(edges=edges)))
    expected = np.sum(cotangent[graph.receivers] * x[graph.senders], axis=1)
    np.testing.assert_allclose(
        jax.grad(total)(jnp.asarray(graph.edges)), expected, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_edges_without_weights_count_one(formulation):
    graph, (x, _) = directed(6), features(6)
    ones = graph._replace(edges=np.ones_like(graph.edges))
    y = propagate(x, prepare(graph._replace(edges=None), formulation))
    np.testing.assert_allclose(y, dense(ones) @ x, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_a_graph_without_edges_gives_zeros(formulation):
    graph, (x, _) = make([], [], []), features(7)
    np.testing.assert_array_equal(propagate(x, prepare(graph, formulation)), np.zeros_like(x))


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_the_gradient_has_the_type_of_the_features(formulation):
    prepared = prepare(symmetric(8), formulation)
    x = jnp.ones((N_NODES, DIM), jnp.bfloat16)
    gradient = jax.grad(lambda x: jnp.sum(propagate(x, prepared).astype(jnp.float32)))(x)
    assert gradient.dtype == jnp.bfloat16


def test_nothing_is_transposed_when_the_weights_are_symmetric():
    assert adjacency(bipartite(checkerboard(6).train), rows).transposed is None
    assert adjacency(exponent(9), rows).transposed is not None


def test_an_adjacency_needs_one_weight_an_edge():
    graph = make([0, 1], [1, 0], None)._replace(edges=np.ones((2, 1), np.float32))
    with pytest.raises(InputError, match=r"one weight an edge \[E\] is needed"):
        prepare(graph, "bcsr")


def test_prepare_gives_the_named_formulation_on_the_device():
    graph = symmetric(10)
    assert isinstance(prepare(graph, "bcsr"), Adjacency)
    assert isinstance(prepare(graph, "segment_sum"), jraph.GraphsTuple)
    for formulation in FORMULATIONS:
        leaves = jax.tree.leaves(prepare(graph, formulation))
        assert leaves and all(isinstance(leaf, jax.Array) for leaf in leaves)


@pytest.mark.parametrize(
    "backend, form", [("cpu", Adjacency), ("gpu", jraph.GraphsTuple), ("tpu", jraph.GraphsTuple)]
)
def test_auto_is_the_product_on_cpu_alone(monkeypatch, backend, form):
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    assert isinstance(prepare(symmetric(11)), form)
