"""What models of nodes read and minimize, against formulas of NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax

from jaxrec.graph import Neighbors
from jaxrec.ops import Sparse, propagate, sparse_matmul
from jaxrec.runs.fit.assemble import build_graph
from jaxrec.runs.fit.training import build_training
from jaxrec.runs.model_options import options_of
from tests.cli.wired import NODES

N, F, C = 5, 7, 2
A = np.zeros((N, N))
A[NODES.graph.receivers, NODES.graph.senders] = 1
X = NODES.graph.feature.toarray().astype(np.float64)


def scaled(a, r):
    degree = np.maximum(a.sum(1), 1)
    return a / (degree[:, None] ** r * degree[None] ** (1 - r))


def matrix_of(graph):
    return np.asarray(propagate(jnp.eye(N), graph))


@pytest.mark.parametrize(
    ("model", "own", "expected"),
    [
        ("gcn_nodes", {}, scaled(A + np.eye(N), 0.5)),
        ("gcn_nodes", {"self_weight": True}, scaled(A, 1.0)),
        ("sgc_nodes", {}, scaled(A + np.eye(N), 0.5)),
        ("graphsage_nodes", {}, scaled(A, 1.0)),
        ("graphsage_nodes", {"aggregator": "gcn"}, scaled(A + np.eye(N), 1.0)),
        ("graphsage_nodes", {"aggregator": "mean_with_self"}, scaled(A + np.eye(N), 1.0)),
        ("graphsage_nodes", {"aggregator": "sum"}, A),
    ],
)
def test_edges_are_weighed_as_each_model_reads_them(model, own, expected):
    found = build_graph(options_of(model, propagation="segment_sum", **own), NODES)
    np.testing.assert_allclose(matrix_of(found.graph), expected, rtol=1e-6)
    assert found.feature.shape == (N, F)


def test_gat_reads_every_edge_and_every_node_itself():
    found = build_graph(options_of("gat_nodes"), NODES)
    edge = np.zeros((N, N))
    edge[found.graph.receivers, found.graph.senders] = 1
    np.testing.assert_array_equal(edge, A + np.eye(N))


def test_few_entries_are_a_sparse_matrix_and_pooling_reads_a_dense_one():
    wide = options_of("graphsage_nodes", aggregator="pool", width=3)
    found = build_graph(wide, NODES)
    assert isinstance(found.graph, Neighbors)
    np.testing.assert_array_equal(found.feature, X)
    eye = NODES.graph.__class__(NODES.graph.senders, NODES.graph.receivers, 20, None)
    alone = NODES.__class__(NODES.node, NODES.label, eye, C)
    found = build_graph(options_of("gcn_nodes", propagation="segment_sum"), alone)
    assert isinstance(found.feature, Sparse)  # Without features one entry in twenty is 1.
    np.testing.assert_array_equal(sparse_matmul(found.feature, jnp.eye(20)), np.eye(20))


def logits(model, params):
    table = lambda layer: np.asarray(params[layer]["kernel"], np.float64)
    s = scaled(A + np.eye(N), 0.5)
    if model == "gcn_nodes":
        return s @ np.maximum(s @ X @ table("layer_0"), 0) @ table("layer_1")
    return s @ s @ X @ np.asarray(params["kernel"], np.float64)


@pytest.mark.parametrize(
    ("model", "own"), [("gcn_nodes", {"dims": (4,), "dropout": 0.0}), ("sgc_nodes", {})]
)
def test_a_step_minimizes_the_mean_loss_of_labeled_nodes_and_l2(model, own):
    options = options_of(model, l2=0.3, propagation="segment_sum", **own)
    training = build_training(options, NODES)
    params = jax.tree.map(lambda leaf: 3 * leaf, training.model.init(jax.random.key(7)))
    dealt = training.batches.sample(jax.random.key(0), training.tables, training.n_steps)
    batch = training.batches.batch(jax.tree.map(lambda each: each[0], dealt), training.tables)
    state = training.step.init(params, jax.random.key(1))
    _, metrics = jax.jit(training.step.update)(state, training.graph, batch)
    own = log_softmax(logits(model, params), axis=1)[NODES.node, NODES.label]
    first = params["layer_0"]["kernel"] if model == "gcn_nodes" else params["kernel"]
    l2 = np.sum(np.asarray(first, np.float64) ** 2) / 2
    assert training.n_steps == 1
    assert metrics["rank"] == pytest.approx(-np.mean(own), rel=1e-4)
    assert metrics["l2"] == pytest.approx(l2, rel=1e-4)
    assert metrics["loss"] == pytest.approx(-np.mean(own) + 0.3 * l2, rel=1e-4)


@pytest.mark.parametrize(
    ("model", "own"), [("gat_nodes", {"dims": (2,), "n_heads": 2}), ("graphsage_nodes", {})]
)
def test_all_parameters_of_the_others_are_regularized(model, own):
    training = build_training(options_of(model, **own), NODES)
    params = training.model.init(jax.random.key(0))
    dealt = training.batches.sample(jax.random.key(0), training.tables, training.n_steps)
    batch = training.batches.batch(jax.tree.map(lambda each: each[0], dealt), training.tables)
    state = training.step.init(params, jax.random.key(1))
    _, metrics = jax.jit(training.step.update)(state, training.graph, batch)
    leaves = (np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(params))
    assert metrics["l2"] == pytest.approx(sum(np.sum(leaf**2) for leaf in leaves) / 2, rel=1e-4)


def test_batches_hold_every_labeled_node_once_and_mark_what_fills_them_up():
    training = build_training(options_of("sgc_nodes", batch_size=1), NODES)
    assert training.n_steps == 2
    place, real = training.batches.sample(jax.random.key(3), training.tables, training.n_steps)
    assert sorted(np.ravel(place)) == [0, 1] and np.all(real)
