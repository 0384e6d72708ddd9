"""Attention by inner product against dense formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given

from jaxrec.base import InputError
from jaxrec.ops import affinity_mean, edge_list, weighted_edges
from jaxrec.ops.propagate.affinity import affinity
from tests.ops.propagate.graphs import SEEDS, assert_close, directed, graphs, make, tables

SENDERS, RECEIVERS = np.array([3, 1, 1, 2, 0, 3]), np.array([0, 0, 2, 3, 3, 3])
ONES = np.ones(len(SENDERS), np.float32)
X = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)  # Node 4 has no edge.


def graph(senders=SENDERS, receivers=RECEIVERS, weight=ONES):
    return make(senders, receivers, weight, len(X))


def by_formula(x, *pairs):
    """Softmax by node over the listed (senders, receivers) of all graphs."""
    x, result = np.asarray(x, np.float64), np.zeros(x.shape)
    for node in range(len(x)):
        near = np.concatenate([senders[receivers == node] for senders, receivers in pairs])
        weight = np.exp(x[near] @ x[node])
        if len(near):
            result[node] = weight @ x[near] / weight.sum()
    return result


@jax.jit
def value_and_gradient(x, prepared, cotangent):
    value, pull = jax.vjp(lambda x: affinity(x, prepared), x)
    return value, pull(cotangent)[0]


@given(graphs(directed), SEEDS)
def test_affinity_and_its_gradient_are_those_of_inner_products(graph, seed):
    (x, *_), _ = tables(int(np.sum(graph.n_node)), seed)
    cotangent = np.asarray(graph.edges)
    value, gradient = value_and_gradient(x, edge_list(graph), cotangent)
    x, g = np.float64(x), np.float64(cotangent)[:, None]
    expected = np.zeros(x.shape)
    np.add.at(expected, graph.receivers, g * x[graph.senders])
    np.add.at(expected, graph.senders, g * x[graph.receivers])
    assert_close(value, np.sum(x[graph.receivers] * x[graph.senders], axis=1))
    assert_close(gradient, expected)


def test_the_mean_is_the_softmax_over_all_graphs_together():
    other = np.array([0, 2, 3]), np.array([0, 0, 2])
    both = weighted_edges(graph()), weighted_edges(graph(*other, np.ones(3, np.float32)))
    expected = by_formula(X, (SENDERS, RECEIVERS), other)
    np.testing.assert_allclose(jax.jit(affinity_mean)(X, *both), expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(expected[4], np.zeros(3))


def test_its_gradient_is_that_of_the_formula():
    def dense(x):
        total = jnp.zeros(())
        for node in set(RECEIVERS.tolist()):
            near = SENDERS[RECEIVERS == node]
            total += jnp.sum(jnp.sin(jax.nn.softmax(x[near] @ x[node]) @ x[near]))
        return total

    prepared = weighted_edges(graph())
    gradient = jax.jit(jax.grad(lambda x: jnp.sum(jnp.sin(affinity_mean(x, prepared)))))(X)
    np.testing.assert_allclose(gradient, jax.jit(jax.grad(dense))(X), rtol=1e-5, atol=1e-6)


def test_padding_changes_nothing():
    padded, plain = weighted_edges(graph(), n_edges=11), weighted_edges(graph())
    assert padded.weight.shape == padded.edges.senders.shape == (11,)
    expected = jax.jit(affinity_mean)(X, plain)
    np.testing.assert_allclose(jax.jit(affinity_mean)(X, padded), expected, rtol=1e-6)


def test_large_inner_products_stay_finite():
    prepared = weighted_edges(graph())
    total = jax.value_and_grad(lambda x: jnp.sum(affinity_mean(x, prepared)))
    value, gradient = jax.jit(total)(100 * X)
    assert np.isfinite(value) and np.isfinite(gradient).all()


def test_edges_out_of_order_are_refused():
    with pytest.raises(InputError, match="receiver 2 follows 3; sort the edges by receiver"):
        weighted_edges(graph(receivers=np.array([0, 0, 3, 2, 3, 3])))


def test_fewer_edges_than_the_graph_has_are_refused():
    with pytest.raises(InputError, match="n_edges is 5; give 6, the graph's edges, or more"):
        weighted_edges(graph(), n_edges=5)
