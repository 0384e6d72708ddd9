"""What every model of nodes with features must hold."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
import optax
import pytest
import scipy.sparse

from jaxrec.base import Batch, InputError, Model
from jaxrec.graph import Featured, homogeneous, neighbors
from jaxrec.losses import softmax
from jaxrec.models import gat_nodes, gcn_nodes, graphsage_nodes, sgc_nodes
from jaxrec.ops import edge_list, prepare, sparse
from jaxrec.train import l2_params, objective, rank, step
from tests.models.small import assert_close


class Case(NamedTuple):
    """A model and its graph.

    Attributes:
      weigh: ends of edges to a graph.
      form: that graph to what the encoder reads.
    """

    name: str
    model: Model
    weigh: Callable[..., jraph.GraphsTuple]
    form: Callable[[jraph.GraphsTuple], Any]


N, N_FEATURES = 12, 20
with_loops = partial(homogeneous, self_loops=True)
with_mean = partial(homogeneous, r=1.0)
table = partial(neighbors, width=N)
SAGE = partial(graphsage_nodes, N_FEATURES, 2, (8, 8), dropout=0.2)
CASES = [
    Case("sgc", sgc_nodes(N_FEATURES, 2), with_loops, prepare),
    Case("gcn-self", gcn_nodes(N_FEATURES, 2, dropout=0.2, self_weight=True), with_mean, prepare),
    Case("gcn", gcn_nodes(N_FEATURES, 2, dropout=0.2), with_loops, prepare),
    Case("graphsage-mean", SAGE(), with_mean, prepare),
    Case("graphsage-gcn", SAGE("gcn"), partial(with_mean, self_loops=True), prepare),
    Case("graphsage-pool", SAGE("pool"), homogeneous, table),
    Case("gat", gat_nodes(N_FEATURES, 2, (4,), 3, 2, 0.2, 0.2, 0.2), with_loops, edge_list),
]
cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
linear = pytest.mark.parametrize(
    "case", [case for case in CASES if "pool" not in case.name], ids=lambda case: case.name
)
CLIQUES = np.nonzero(np.kron(np.eye(2), 1 - np.eye(N // 2)))
WORDS = scipy.sparse.random_array((N, N_FEATURES), density=0.3, rng=np.random.default_rng(0))
DENSE = WORDS.toarray().astype(np.float32)


@cache
def encoder(case):
    return jax.jit(case.model.encode)


def graph_of(case, feature: Any = DENSE, ends=CLIQUES):
    return Featured(feature, case.form(case.weigh(*ends, n_nodes=N)))


@cases
def test_one_label_in_each_of_two_cliques_classifies_all_nodes(case, key):
    graph = graph_of(case)
    one_hot, real = np.eye(2, dtype=np.float32), np.ones((2, 2), bool)
    parts = np.array([0, N - 1]), np.arange(2), one_hot, real
    batch = Batch(*map(jnp.asarray, parts))
    loss = objective(case.model, rank=(1.0, rank(case.model, softmax)), l2=(1e-4, l2_params()))
    init, update = step(loss, optax.adam(0.02))

    @jax.jit
    def learned(key, graph):
        state = init(case.model.init(key), key)
        state = jax.lax.fori_loop(0, 100, lambda _, state: update(state, graph, batch)[0], state)
        return case.model.encode(state.params, graph)

    np.testing.assert_array_equal(np.argmax(learned(key, graph), 1), np.arange(N) // (N // 2))


@cases
def test_relabeling_nodes_permutes_logits(case, key):
    to = np.random.default_rng(1).permutation(N)
    params, encode = case.model.init(key), encoder(case)
    moved = graph_of(case, DENSE[np.argsort(to)], tuple(to[np.array(CLIQUES)]))
    assert_close(np.asarray(encode(params, moved))[to], encode(params, graph_of(case)))


@cases
def test_a_key_decides_what_is_dropped_and_no_key_drops_nothing(case, key):
    params, graph, encode = case.model.init(key), graph_of(case), encoder(case)
    key_a, key_b = jax.random.split(key)
    keys = None, None, key_a, key_a, key_b
    fixed, again, a, same, b = (encode(params, graph, key=key) for key in keys)
    np.testing.assert_array_equal(fixed, again)
    np.testing.assert_array_equal(a, same)
    drops = case.name != "sgc"
    assert (not np.allclose(fixed, a)) == (not np.allclose(a, b)) == drops


@linear
def test_sparse_features_are_the_dense_ones(case, key):
    total = lambda params, graph: jnp.sum(jnp.sin(case.model.encode(params, graph)))
    both = jax.jit(jax.value_and_grad(total))
    params = case.model.init(key)
    found, expected = (both(params, graph_of(case, x)) for x in (sparse(WORDS.tocsr()), DENSE))
    jax.tree.map(assert_close, found, expected)


def test_sparse_features_are_refused_where_no_product_serves(key):
    case = next(case for case in CASES if case.name == "graphsage-pool")
    with pytest.raises(InputError, match="features are sparse and the aggregator is no mean"):
        case.model.encode(case.model.init(key), graph_of(case, sparse(WORDS.tocsr())))


def test_values_are_dropped_after_they_made_the_weights(key):
    # One layer, one head: what is summed is then linear in what is dropped.
    n, rate = 4_000, 0.4
    model = gat_nodes(N_FEATURES, 2, (), 1, 1, 0.0, 0.0, rate)
    params, graph = model.init(key), Featured(DENSE, edge_list(with_loops(*CLIQUES, n_nodes=N)))
    drawn = jax.jit(jax.vmap(lambda key: model.encode(params, graph, key=key)))
    logits = np.asarray(drawn(jax.random.split(key, n)), np.float64)
    error = np.abs(logits.mean(0) - jax.jit(model.encode)(params, graph))
    assert (logits.std(0) > 0).all()
    assert (error < 5 * logits.std(0) / np.sqrt(n)).all()


def test_the_output_heads_biases_are_averaged(key):
    model = gat_nodes(N_FEATURES, 2, (4,), 3, 2)
    params, graph = model.init(key), Featured(DENSE, edge_list(with_loops(*CLIQUES, n_nodes=N)))
    bias = np.float32([[1.0, 0.0], [3.0, -1.0]])  # A row a head, a column a class.
    moved = params | {"layer_1": params["layer_1"] | {"bias": bias}}
    encode = jax.jit(model.encode)
    shift = np.subtract(encode(moved, graph), encode(params, graph))
    assert_close(shift, np.tile([2.0, -0.5], (N, 1)))
