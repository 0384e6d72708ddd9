"""GraphSAGE against algorithm 1, node by node."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import power_law
from jaxrec.graph import Featured, Neighbors, bipartite, homogeneous, neighbors
from jaxrec.models import graphsage, graphsage_hops, graphsage_nodes
from jaxrec.nn import aggregators
from jaxrec.ops import ImportanceNeighbors, prepare
from jaxrec.sampling import hops
from jaxrec.sampling.hops import by_table
from tests.models.small import (
    DIM,
    N_ITEMS,
    N_NODES,
    N_USERS,
    RING,
    TRAIN,
    assert_close,
    stacked,
    unit,
    wide,
)

TABLE = neighbors(bipartite(TRAIN), width=3)
ONES = bipartite(TRAIN)._replace(edges=np.ones(2 * len(TRAIN), np.float32))
GRAPHS = {
    "mean": prepare(bipartite(TRAIN, r=1.0), "bcsr", n_users=N_USERS),
    "gcn": prepare(bipartite(TRAIN, r=1.0, self_loops=True), "bcsr"),
    "pool": TABLE,
    "lstm": TABLE,
    "mean_with_self": prepare(bipartite(TRAIN, r=1.0, self_loops=True), "bcsr"),
    "sum": prepare(ONES, "bcsr", n_users=N_USERS),
}
LISTS = [sorted(N_USERS + TRAIN.item[TRAIN.user == user]) for user in range(N_USERS)]
LISTS += [sorted(TRAIN.user[TRAIN.item == item]) for item in range(N_ITEMS)]


def mean_of(rows, own, weights):
    return rows.mean(0) if len(rows) else np.zeros_like(own)


def mean_with_own(rows, own, weights):
    return np.concatenate([rows, own[None]]).mean(0)


def largest(rows, own, weights):
    kernel, bias = wide(weights["pool"]["kernel"]), wide(weights["pool"]["bias"])
    return np.max(np.maximum(rows @ kernel + bias, 0), axis=0, initial=0)


def last_hidden(rows, own, weights):
    """Hochreiter's cell with a forget gate, gates i, f, g, o in flax's names."""
    sigmoid = lambda z: 1 / (1 + np.exp(-z))
    cell, hidden = np.zeros_like(own), np.zeros_like(own)
    for row in rows:
        gate = {
            name: row @ wide(weights["lstm"][f"i{name}"]["kernel"])
            + hidden @ wide(weights["lstm"][f"h{name}"]["kernel"])
            + wide(weights["lstm"][f"h{name}"]["bias"])
            for name in "ifgo"
        }
        cell = sigmoid(gate["f"]) * cell + sigmoid(gate["i"]) * np.tanh(gate["g"])
        hidden = sigmoid(gate["o"]) * np.tanh(cell)
    return hidden


def total_of(rows, own, weights):
    return rows.sum(0)


TWINS = {"mean": mean_of, "gcn": mean_with_own, "pool": largest, "lstm": last_hidden}
TWINS |= {"mean_with_self": mean_with_own, "sum": total_of}


def by_algorithm_1(x, lists, params, n_layers, aggregator):
    for k in range(n_layers):
        weights = params[f"layer_{k}"]
        near = [TWINS[aggregator](x[rows], x[n], weights) for n, rows in enumerate(lists)]
        beside = np.array(near) if aggregator == "gcn" else np.concatenate([x, near], axis=1)
        x = beside @ wide(weights["kernel"])
        x = unit(np.maximum(x, 0) if k < n_layers - 1 else x)
    return x


def random_biases(params, key):
    """The same with biases that are not zero."""

    def filled(path, leaf):
        return jax.random.normal(key, leaf.shape) if path[-1].key == "bias" else leaf

    return jax.tree_util.tree_map_with_path(filled, params)


@pytest.mark.parametrize("block", [4, 4096], ids=["blocks", "one block"])
@pytest.mark.parametrize("aggregator", TWINS)
def test_equals_the_algorithm_node_by_node(key, aggregator, block, monkeypatch):
    monkeypatch.setattr(aggregators, "BLOCK", block)
    model = graphsage(N_USERS, N_ITEMS, DIM, n_layers=2, aggregator=aggregator)
    params = random_biases(model.init(key), jax.random.key(1))
    reps = jax.jit(model.encode)(params, GRAPHS[aggregator])
    expected = by_algorithm_1(stacked(params), LISTS, params, 2, aggregator)
    assert_close(np.concatenate(reps), expected)
    assert_close(np.linalg.norm(np.concatenate(reps), axis=1), np.ones(N_NODES))


@pytest.mark.parametrize("aggregator", TWINS)
def test_nodes_get_logits_from_a_linear_layer(key, aggregator):
    model = graphsage_nodes(3, n_classes=2, dims=(4, 5), aggregator=aggregator)
    params = model.init(key)
    loops = aggregator in ("gcn", "mean_with_self")
    ring = homogeneous(*RING, n_nodes=6, r=1.0, self_loops=loops)
    ring = ring._replace(edges=np.ones_like(ring.edges)) if aggregator == "sum" else ring
    graph = neighbors(ring, width=4) if aggregator in ("pool", "lstm") else prepare(ring)
    feature = jax.random.normal(jax.random.key(1), (6, 3))
    lists = [sorted([(n - 1) % 6, (n + 1) % 6]) for n in range(6)]
    last = by_algorithm_1(wide(feature), lists, params, 2, aggregator)
    logits = jax.jit(model.encode)(params, Featured(feature, graph))
    assert_close(logits, last @ wide(params["head"]["kernel"]))


@pytest.mark.parametrize("aggregator", ["mean", "pool", "lstm"])
def test_items_of_a_block_equal_the_algorithm_on_all_neighbors(key, aggregator):
    model = graphsage_hops(3, dims=(4, 5), aggregator=aggregator)
    params = model.init(key)
    table = neighbors(homogeneous(*RING, n_nodes=6), width=4)
    both = ImportanceNeighbors(jnp.asarray(table.sender), jnp.asarray(table.mask / 2, jnp.float32))
    feature = jax.random.normal(jax.random.key(1), (6, 3))
    seed = jnp.array([4, 1, 4])
    block = hops(key, feature, [by_table(both)] * 2, seed)
    lists = [sorted([(n - 1) % 6, (n + 1) % 6]) for n in range(6)]
    last = by_algorithm_1(wide(feature), lists, params, 2, aggregator)
    reps = jax.jit(model.encode)(params, block)
    assert_close(reps.query, last[seed])
    assert_close(reps.item, last[seed])


@pytest.mark.parametrize("aggregator", ["pool", "lstm"])
def test_a_wider_table_of_neighbors_changes_nothing(key, aggregator):
    model = graphsage(N_USERS, N_ITEMS, DIM, aggregator=aggregator)
    params = model.init(key)
    wider = neighbors(bipartite(TRAIN), width=7)
    encode = jax.jit(model.encode)
    narrow = encode(params, TABLE)
    assert_close(np.concatenate(encode(params, wider)), np.concatenate(narrow))


def test_the_order_of_neighbors_changes_lstm_and_not_pool(key):
    turned = Neighbors(*(array[:, ::-1] for array in TABLE))  # Padding comes first.
    for aggregator, same in (("pool", True), ("lstm", False)):
        model = graphsage(N_USERS, N_ITEMS, DIM, aggregator=aggregator, init_scale=1.0)
        params = model.init(key)
        encode = jax.jit(model.encode)
        there, back = (np.concatenate(encode(params, table)) for table in (TABLE, turned))
        assert np.allclose(there, back, atol=1e-5) == same


def test_a_key_orders_the_neighbors_of_lstm_uniformly(key):
    n = 3_000
    shuffled = jax.vmap(lambda key: aggregators._shuffled(TABLE, key))(jax.random.split(key, n))
    user_0 = np.asarray(shuffled.sender[:, 0])  # Its three neighbors, in one of six orders.
    _, counts = np.unique(user_0, axis=0, return_counts=True)
    assert len(counts) == 6
    assert (abs(counts / n - 1 / 6) < 5 * np.sqrt(5 / 36 / n)).all()


def test_a_key_without_dropout_changes_lstm_alone(key):
    for aggregator in TWINS:
        model = graphsage(N_USERS, N_ITEMS, DIM, aggregator=aggregator, init_scale=1.0)
        params, graph = model.init(key), GRAPHS[aggregator]
        encode = jax.jit(model.encode)
        fixed, drawn = encode(params, graph), encode(params, graph, key=key)
        assert np.array_equal(fixed.query, drawn.query) == (aggregator != "lstm")


@pytest.mark.parametrize("aggregator, graph", [("mean", "pool"), ("pool", "mean")])
def test_the_graph_of_another_aggregator_is_refused(key, aggregator, graph):
    model = graphsage(N_USERS, N_ITEMS, DIM, aggregator=aggregator)
    with pytest.raises(InputError, match="aggregators .* read a"):
        model.encode(model.init(key), GRAPHS[graph])


@pytest.mark.parametrize("aggregator", ["pool", "lstm"])
def test_memory_does_not_grow_with_nodes_times_neighbors(key, aggregator, monkeypatch):
    monkeypatch.setattr(aggregators, "BLOCK", 1024)  # Of 32,768 nodes.
    dim, width = 32, 32
    train = power_law(n_users=16_384, n_items=16_384, n_edges=131_072)
    model = graphsage(16_384, 16_384, dim, n_layers=1, aggregator=aggregator)
    total = lambda params, graph: sum(jnp.sum(table) for table in model.encode(params, graph))
    shapes = jax.eval_shape(model.init, key)
    table = neighbors(bipartite(train), width)
    compiled = jax.jit(jax.value_and_grad(total)).lower(shapes, table).compile()
    rows = 4 * 32_768 * width * dim  # Bytes of [N, K, d]; a cell of LSTM keeps twelve such rows.
    assert compiled.memory_analysis().temp_size_in_bytes < rows


def test_options_out_of_range_are_refused():
    with pytest.raises(InputError, match="n_layers is -1; give 0"):
        graphsage(N_USERS, N_ITEMS, n_layers=-1)
    with pytest.raises(InputError, match="dropout is 1.0; give 0"):
        graphsage_nodes(3, 2, dropout=1.0)


@pytest.mark.parametrize(("dims", "aggregator"), [((), "mean"), ((4,), "gcn")])
def test_hops_without_layers_or_for_whole_graphs_are_refused(dims, aggregator):
    with pytest.raises(InputError, match="give a width or more, and mean, pool or lstm"):
        inspect.unwrap(graphsage_hops)(3, dims, aggregator)
