"""GAT against equations 1 to 6, edge by edge."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.graph import Featured, bipartite, homogeneous
from jaxrec.models import gat, gat_nodes
from jaxrec.ops import edge_list
from tests.models.small import (
    DIM,
    N_ITEMS,
    N_NODES,
    N_USERS,
    RING,
    TRAIN,
    assert_close,
    shuffled,
    stacked,
    wide,
)

GRAPH = bipartite(TRAIN, self_loops=True)
LISTS = [GRAPH.senders[GRAPH.receivers == node] for node in range(N_NODES)]


def by_equations_1_to_6(x, lists, params, n_layers):
    for k in range(n_layers):
        weights = params[f"layer_{k}"]
        heads = []
        for head in range(weights["ends"].shape[0]):
            wh = x @ wide(weights["kernel"][:, head])
            a = wide(weights["ends"][head]).reshape(-1)
            rows = []
            for node, near in enumerate(lists):
                logit = np.array([a @ np.concatenate([wh[node], wh[other]]) for other in near])
                exponential = np.exp(np.where(logit > 0, logit, 0.2 * logit))
                rows.append(exponential / exponential.sum() @ wh[near])
            heads.append(np.array(rows))
        x = np.concatenate(heads, axis=1) if k < n_layers - 1 else np.mean(heads, axis=0)
        x = np.where(x > 0, x, np.expm1(x)) if k < n_layers - 1 else x
    return x


@pytest.mark.parametrize("n_layers, n_heads", [(1, 2), (2, 1), (3, 2)])
def test_equals_the_equations_edge_by_edge(key, n_layers, n_heads):
    model = gat(N_USERS, N_ITEMS, DIM, n_layers, n_heads, init_scale=1.0)
    params = model.init(key)
    expected = by_equations_1_to_6(stacked(params), LISTS, params, n_layers)
    assert_close(np.concatenate(jax.jit(model.encode)(params, edge_list(GRAPH))), expected)


def test_nodes_get_logits_averaged_over_the_output_heads(key):
    model = gat_nodes(3, n_classes=2, dims=(4,), n_heads=3, n_output_heads=2)
    params = model.init(key)
    ring = homogeneous(*RING, n_nodes=6, self_loops=True)
    feature = jax.random.normal(jax.random.key(1), (6, 3))
    lists = [np.sort([(n - 1) % 6, n, (n + 1) % 6]) for n in range(6)]
    logits = jax.jit(model.encode)(params, Featured(feature, edge_list(ring)))
    assert_close(logits, by_equations_1_to_6(wide(feature), lists, params, 2))


def test_the_order_of_edges_changes_nothing(key):
    model = gat(N_USERS, N_ITEMS, DIM, init_scale=1.0)
    params = model.init(key)
    encode = jax.jit(model.encode)
    there, moved = (encode(params, edge_list(graph)) for graph in (GRAPH, shuffled(GRAPH)))
    assert_close(np.concatenate(moved), np.concatenate(there))


def test_the_gradient_is_that_of_dense_softmax(key):
    model = gat(N_USERS, N_ITEMS, DIM, n_layers=1, n_heads=1, init_scale=1.0)
    params = model.init(key)
    near = np.zeros((N_NODES, N_NODES), bool)
    near[GRAPH.receivers, GRAPH.senders] = True

    def densely(params):
        layer = params["layer_0"]
        wh = jnp.concatenate([params["user"], params["item"]]) @ layer["kernel"][:, 0]
        to, of = wh @ layer["ends"][0, 0], wh @ layer["ends"][0, 1]
        logit = jax.nn.leaky_relu(to[:, None] + of[None, :], 0.2)
        return jnp.sum(jnp.sin(jax.nn.softmax(logit, axis=1, where=near) @ wh))

    by_edges = lambda params: jnp.sum(
        jnp.sin(jnp.concatenate(model.encode(params, edge_list(GRAPH))))
    )
    gradients = (jax.jit(jax.grad(total))(params) for total in (by_edges, densely))
    jax.tree.map(assert_close, *gradients)


def test_logits_too_large_for_the_exponential_are_finite(key):
    model = gat(N_USERS, N_ITEMS, DIM, n_layers=1, init_scale=1e3)
    total = lambda params: sum(jnp.sum(rows) for rows in model.encode(params, edge_list(GRAPH)))
    for array in jax.tree.leaves(jax.jit(jax.value_and_grad(total))(model.init(key))):
        assert jnp.isfinite(array).all()


def test_a_node_without_any_edge_gets_zeros(key):
    model = gat(N_USERS, N_ITEMS, DIM, n_layers=1)
    reps = jax.jit(model.encode)(model.init(key), edge_list(bipartite(TRAIN)))
    np.testing.assert_array_equal(reps.query[3], np.zeros(DIM))
    np.testing.assert_array_equal(reps.item[4], np.zeros(DIM))


@pytest.mark.parametrize("rates", [(0.4, 0.0), (0.0, 0.4)], ids=["features", "attention"])
def test_dropout_keeps_the_mean_where_the_layer_is_linear(key, rates):
    n = 4_000
    model = gat(N_USERS, N_ITEMS, DIM, 1, 2, *rates)
    params = model.init(key)
    weights = params["layer_0"]
    if rates[0]:  # Logits of zero, for the softmax is not linear in the features.
        params["layer_0"] = weights | {"ends": jnp.zeros_like(weights["ends"])}
    encode = jax.vmap(lambda key: jnp.concatenate(model.encode(params, edge_list(GRAPH), key=key)))
    drawn = wide(jax.jit(encode)(jax.random.split(key, n)))  # [n, N, DIM]
    error = np.abs(drawn.mean(0) - np.concatenate(jax.jit(model.encode)(params, edge_list(GRAPH))))
    assert (drawn.std(0) > 0).all()
    assert (error < 5 * drawn.std(0) / np.sqrt(n)).all()


def test_options_out_of_range_are_refused():
    with pytest.raises(InputError, match="n_layers is -1; give 0"):
        gat(N_USERS, N_ITEMS, n_layers=-1)
    with pytest.raises(InputError, match="dim is 6 for 4 heads"):
        gat(N_USERS, N_ITEMS, dim=6)
    with pytest.raises(InputError, match="attention_dropout is 1.5; give 0"):
        gat_nodes(3, 2, attention_dropout=1.5)
