"""GCN against equations 2 and 9 in dense matrices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import Featured, bipartite, homogeneous
from jaxrec.models import gcn, gcn_nodes
from jaxrec.ops import prepare
from tests.models.small import (
    DIM,
    N_ITEMS,
    N_NODES,
    N_USERS,
    RING,
    TRAIN,
    assert_close,
    dense,
    stacked,
    wide,
)

GRAPH = bipartite(TRAIN, self_loops=True)
FORMS = {name: prepare(GRAPH, name) for name in ("segment_sum", "bcsr", "buckets")}
READOUTS = {
    "last": lambda layers: layers[-1],
    "mean": lambda layers: np.mean(layers, axis=0),
    "concat": lambda layers: np.concatenate(layers, axis=1),
}


def by_equation_2(s, x, params, n_layers):
    layers = [x]
    for k in range(n_layers):
        weights = params[f"layer_{k}"]
        x = s @ x @ wide(weights["kernel"]) + (x @ wide(weights["own"]) if "own" in weights else 0)
        x = np.maximum(x, 0) if k < n_layers - 1 else x
        layers.append(x)
    return layers


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("form", FORMS)
def test_equals_the_dense_equation_from_the_tables(key, form, readout):
    model = gcn(N_USERS, N_ITEMS, DIM, n_layers=3, readout=readout, init_scale=1.0)
    params = model.init(key)
    likes = np.zeros((N_NODES, N_NODES))
    likes[TRAIN.user, N_USERS + TRAIN.item] = 1
    a = likes + likes.T + np.eye(N_NODES)
    root = np.diag(a.sum(1) ** -0.5)
    expected = READOUTS[readout](by_equation_2(root @ a @ root, stacked(params), params, 3))
    assert_close(np.concatenate(jax.jit(model.encode)(params, FORMS[form])), expected)


@pytest.mark.parametrize("n_features", [3, 7], ids=["widening", "narrowing"])
def test_nodes_get_the_logits_of_equation_9(key, n_features):
    model = gcn_nodes(n_features, n_classes=2, dims=(4, 5))
    params = model.init(key)
    graph = homogeneous(*RING, n_nodes=6, self_loops=True)
    feature = jax.random.normal(jax.random.key(1), (6, n_features))
    logits = jax.jit(model.encode)(params, Featured(feature, prepare(graph, "bcsr")))
    assert_close(logits, by_equation_2(dense(graph), wide(feature), params, 3)[-1])
    nodes, classes = jnp.array([5, 0]), jnp.array([1, 0])
    expected = np.asarray(logits)[np.ix_(nodes, classes)]
    np.testing.assert_array_equal(model.score(logits, nodes, classes), expected)
    listed = jnp.array([[1, 0], [1, 0]])
    np.testing.assert_array_equal(model.score(logits, nodes, listed), expected)


@pytest.mark.parametrize("n_features", [3, 7], ids=["widening", "narrowing"])
def test_a_node_has_weights_of_its_own_beside_the_mean_of_its_neighbors(key, n_features):
    model = gcn_nodes(n_features, n_classes=2, dims=(4,), self_weight=True)
    params = model.init(key)
    graph = homogeneous(*RING, n_nodes=6, r=1.0)
    feature = jax.random.normal(jax.random.key(1), (6, n_features))
    mean = np.zeros((6, 6))
    mean[RING[1], RING[0]] = 1 / 2
    logits = jax.jit(model.encode)(params, Featured(feature, prepare(graph, "bcsr")))
    assert_close(logits, by_equation_2(mean, wide(feature), params, 2)[-1])
    assert not np.allclose(params["layer_0"]["kernel"], params["layer_0"]["own"])


def test_users_and_items_have_weights_of_their_own_beside_the_mean(key):
    model = gcn(N_USERS, N_ITEMS, DIM, n_layers=2, readout="last", init_scale=1.0, self_weight=True)
    params, graph = model.init(key), bipartite(TRAIN, r=1.0)
    expected = by_equation_2(dense(graph), stacked(params), params, 2)[-1]
    found = jax.jit(model.encode)(params, prepare(graph, "bcsr", n_users=N_USERS))
    assert_close(np.concatenate(found), expected)


def test_dropout_keeps_the_mean_of_a_linear_layer(key):
    n, rate = 4_000, 0.4
    model = gcn(N_USERS, N_ITEMS, DIM, n_layers=1, dropout=rate, readout="last")
    params = model.init(key)
    encode = jax.vmap(lambda key: jnp.concatenate(model.encode(params, GRAPH, key=key)))
    drawn = wide(jax.jit(encode)(jax.random.split(key, n)))  # [n, N, DIM]
    error = np.abs(drawn.mean(0) - np.concatenate(model.encode(params, GRAPH)))
    assert (error < 5 * drawn.std(0) / np.sqrt(n)).all()


def test_options_out_of_range_are_refused():
    with pytest.raises(InputError, match="n_layers is -1; give 0"):
        gcn(N_USERS, N_ITEMS, n_layers=-1)
    with pytest.raises(InputError, match="dropout is -0.1; give 0"):
        gcn_nodes(3, 2, dropout=-0.1)
