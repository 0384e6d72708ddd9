"""Attention: the product, both gradients and second derivatives against dense formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given

from jaxrec.base import InputError
from jaxrec.ops import edge_list, propagate, weighted_spmm
from jaxrec.ops.propagate import attention
from tests.ops.propagate.graphs import (
    SEEDS,
    assert_close,
    dense,
    directed,
    graphs,
    make,
    sample,
    tables,
)

GRAPH = sample(directed)
WEIGHT = jnp.asarray(GRAPH.edges)
A = dense(GRAPH)
X, COTANGENT = (table[0] for table in tables(len(A), seed=1))


def gradients_by_formula(graph, x, cotangent):
    """With respect to features and weights; parallel edges have weights, and gradients, apart."""
    x, cotangent = np.asarray(x, np.float64), np.asarray(cotangent, np.float64)
    to_weight = np.sum(cotangent[graph.receivers] * x[graph.senders], axis=1)
    return dense(graph).T @ cotangent, to_weight


@jax.jit
def value_and_gradients(x, weight, prepared, cotangent):
    y, pull = jax.vjp(lambda x, weight: weighted_spmm(x, weight, prepared), x, weight)
    return y, pull(cotangent.astype(y.dtype))


@jax.jit
def by_message_passing(x, weight, graph, cotangent):
    y, pull = jax.vjp(lambda x, weight: propagate(x, graph._replace(edges=weight)), x, weight)
    return y, pull(cotangent)


@given(graphs(directed), SEEDS)
def test_equals_the_dense_formulas_and_message_passing(graph, seed):
    (x, *_), (cotangent, *_) = tables(int(np.sum(graph.n_node)), seed)
    weight = jnp.asarray(graph.edges)
    with jax.numpy_dtype_promotion("strict"):
        value, gradients = value_and_gradients(x, weight, edge_list(graph), cotangent)
    assert_close(value, dense(graph) @ x)
    jax.tree.map(assert_close, gradients, gradients_by_formula(graph, x, cotangent))
    unweighted = graph._replace(edges=None)
    passed = by_message_passing(x, weight, unweighted, cotangent)
    jax.tree.map(assert_close, (value, gradients), passed)


def test_narrow_types_are_summed_in_float32_and_have_gradients_of_their_own():
    # One by one, bfloat16 does not count past 256.
    there, back = np.r_[np.zeros(600, int), 1:601], np.r_[1:601, np.zeros(600, int)]
    star = edge_list(make(there, back, None, 601))
    x, weight = jnp.ones((601, 1), jnp.bfloat16), jnp.ones(1200, jnp.bfloat16)
    value, (to_x, to_weight) = value_and_gradients(x, weight, star, x)
    assert (value.dtype, to_x.dtype, to_weight.dtype) == (jnp.float32, x.dtype, x.dtype)
    assert (value[0, 0], to_x[0, 0].astype(float)) == (600, 600)
    np.testing.assert_array_equal(to_weight.astype(float), np.ones(1200))


@pytest.mark.parametrize("n_nodes, dim", [(0, 2), (4, 0)], ids=["no nodes", "no columns"])
def test_tables_without_entries_have_products_without_entries(n_nodes, dim):
    graph = make([0, 1][:n_nodes], [1, 2][:n_nodes], None, n_nodes)
    x, weight = jnp.ones((n_nodes, dim)), jnp.ones(len(graph.senders))
    value, (to_x, to_weight) = value_and_gradients(x, weight, edge_list(graph), x)
    assert (value.shape, to_x.shape) == (x.shape, x.shape)
    np.testing.assert_array_equal(to_weight, np.zeros_like(weight))


@pytest.mark.parametrize("n_nodes, n_edges", [(7, 11), (8, 10)], ids=["rows", "weights"])
def test_a_wrong_number_of_rows_or_weights_is_refused(n_nodes, n_edges):
    expected = f"{n_edges} weights and {n_nodes} rows given; the graph has 11 edges and 8 nodes"
    with pytest.raises(InputError, match=expected):
        weighted_spmm(jnp.ones((n_nodes, 2)), jnp.ones(n_edges), edge_list(GRAPH))


def test_off_cpu_edges_go_in_chunks(monkeypatch):
    # The branch for other platforms, on this one: 11 edges are chunks of 4, 4 and 3.
    monkeypatch.setattr(attention, "CHUNK", 4)
    monkeypatch.setattr(jax.lax, "platform_dependent", lambda *args, cpu, default: default(*args))
    traced_anew = jax.jit(lambda *args: value_and_gradients.__wrapped__(*args))
    value, gradients = traced_anew(X, WEIGHT, edge_list(GRAPH), COTANGENT)
    assert_close(value, A @ X)
    jax.tree.map(assert_close, gradients, gradients_by_formula(GRAPH, X, COTANGENT))


def test_heads_are_mapped_over_the_last_axes():
    n_heads, prepared = 2, edge_list(GRAPH)
    rng = np.random.default_rng(2)
    x = jnp.asarray(rng.normal(size=(*X.shape, n_heads)), jnp.float32)
    cotangent = jnp.asarray(rng.normal(size=x.shape), jnp.float32)
    weight = jnp.asarray(rng.normal(size=(len(WEIGHT), n_heads)), jnp.float32)
    heads = jax.vmap(weighted_spmm, in_axes=(-1, -1, None), out_axes=-1)
    y, pull = jax.vjp(jax.jit(lambda x, weight: heads(x, weight, prepared)), x, weight)
    to_x, to_weight = pull(cotangent)
    for head in range(n_heads):
        graph = GRAPH._replace(edges=np.asarray(weight[:, head]))
        assert_close(y[..., head], dense(graph) @ x[..., head])
        expected = gradients_by_formula(graph, x[..., head], cotangent[..., head])
        jax.tree.map(assert_close, (to_x[..., head], to_weight[:, head]), expected)


@pytest.mark.parametrize("in_axes", [(0, None, None), (None, 0, None)], ids=["tables", "weights"])
def test_one_operand_alone_is_mapped_over(in_axes):
    several = lambda a, axis: a if axis is None else jnp.stack([a, -2 * a])
    mapped = jax.vmap(weighted_spmm, in_axes)
    y = mapped(several(X, in_axes[0]), several(WEIGHT, in_axes[1]), edge_list(GRAPH))
    assert_close(y, np.stack([A @ X, -2 * A @ X]))


def test_second_derivatives_of_half_the_square_are_their_formulas():
    # y = A x has one column; d^2 (y.y / 2) with respect to x and x, x and w, w and w.
    x, prepared = X[:, 0], edge_list(GRAPH)
    half_square = lambda x, weight: jnp.sum(weighted_spmm(x[:, None], weight, prepared) ** 2) / 2
    hessian = jax.jit(jax.jacrev(jax.grad(half_square, (0, 1)), (0, 1)))(x, WEIGHT)
    x, r, s = np.asarray(x), GRAPH.receivers, GRAPH.senders
    mixed = A.T[:, r] * x[s] + np.eye(len(A))[:, s] * (A @ x)[r]  # [N, E]
    of_weights = (r[:, None] == r) * np.outer(x[s], x[s])
    jax.tree.map(assert_close, hessian, ((A.T @ A, mixed), (mixed.T, of_weights)))


def test_memory_does_not_grow_with_edges_times_width():
    n_nodes, n_edges, dim = 512, 1 << 18, 64
    ends = np.random.default_rng(0).integers(0, n_nodes, (2, n_edges))
    prepared = edge_list(make(*ends, None, n_nodes))
    half_square = lambda x, weight, prepared: jnp.sum(weighted_spmm(x, weight, prepared) ** 2) / 2
    both = jax.jit(jax.value_and_grad(half_square, (0, 1)))
    compiled = both.lower(jnp.ones((n_nodes, dim)), jnp.ones(n_edges), prepared).compile()
    messages = 4 * n_edges * dim  # Bytes of one [E, d] array; a chunk is a sixteenth.
    assert compiled.memory_analysis().temp_size_in_bytes < messages / 8
