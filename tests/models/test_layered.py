"""What every model with layers must hold, over users and items and over nodes with features."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
import pytest

from jaxrec.base import Model
from jaxrec.data import Interactions
from jaxrec.graph import bipartite, neighbors
from jaxrec.models import gat, gcn, graphsage, mf, ngcf
from jaxrec.ops import edge_list, prepare
from tests.models.small import (
    DIM,
    ITEM,
    N_ITEMS,
    N_USERS,
    TRAIN,
    USER,
    assert_close,
    larger,
    shuffled,
)


class Case(NamedTuple):
    """A model and its graph.

    Attributes:
      build: ``(n_users, n_items, DIM) -> Model`` with dropout.
      weigh: interactions to edges.
      form: edges to what the encoder reads.
    """

    name: str
    build: Callable[..., Model]
    weigh: Callable[..., jraph.GraphsTuple]
    form: Callable[[jraph.GraphsTuple], Any]


def sage(aggregator):
    return partial(graphsage, aggregator=aggregator, dropout=0.2)


table = partial(neighbors, width=4)
loops = partial(bipartite, self_loops=True)
bcsr = partial(prepare, formulation="bcsr")
CASES = [
    Case("ngcf", partial(ngcf, dropout=0.2), bipartite, bcsr),
    Case("gcn", partial(gcn, dropout=0.2), loops, bcsr),
    Case("graphsage-mean", sage("mean"), partial(bipartite, r=1.0), bcsr),
    Case("graphsage-gcn", sage("gcn"), partial(loops, r=1.0), bcsr),
    Case("graphsage-pool", sage("pool"), bipartite, table),
    Case("graphsage-lstm", sage("lstm"), bipartite, table),
    Case("gat", partial(gat, attention_dropout=0.2), loops, edge_list),
]
cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
unordered = pytest.mark.parametrize(
    "case", [case for case in CASES if "lstm" not in case.name], ids=lambda case: case.name
)


@cache
def encoder(case, n_users=N_USERS, n_items=N_ITEMS):
    return jax.jit(case.build(n_users, n_items, DIM).encode)


def encoded(case, params, train=TRAIN, change=lambda graph: graph):
    graph = case.form(change(case.weigh(train)))
    return encoder(case, train.n_users, train.n_items)(params, graph)


@cases
def test_tables_keep_their_names_and_layers_are_plain_arrays(case, key):
    params = case.build(N_USERS, N_ITEMS, DIM).init(key)
    assert set(params) == {"user", "item", *(f"layer_{k}" for k in range(len(params) - 2))}
    assert params["user"].shape == (N_USERS, DIM) and params["item"].shape == (N_ITEMS, DIM)
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        assert all(isinstance(part, jax.tree_util.DictKey) for part in path)
        assert leaf.dtype == jnp.float32


@cases
def test_no_layers_is_matrix_factorization(case, key):
    model = case.build(N_USERS, N_ITEMS, DIM, n_layers=0)
    params = model.init(key)
    expected = mf(N_USERS, N_ITEMS, DIM).encode(params, None)
    found = model.encode(params, case.form(case.weigh(TRAIN)))
    jax.tree.map(np.testing.assert_array_equal, found, expected)


@unordered
def test_relabeling_nodes_permutes_rows(case, key):
    rng = np.random.default_rng(0)
    to_user, to_item = rng.permutation(N_USERS), rng.permutation(N_ITEMS)
    ends = to_user[USER].astype(np.int32), to_item[ITEM].astype(np.int32)
    params = case.build(N_USERS, N_ITEMS, DIM).init(key)
    moved = params | {
        "user": jnp.zeros_like(params["user"]).at[to_user].set(params["user"]),
        "item": jnp.zeros_like(params["item"]).at[to_item].set(params["item"]),
    }
    reps = encoded(case, params)
    moved_reps = encoded(case, moved, Interactions(*ends, N_USERS, N_ITEMS))
    assert_close(moved_reps.query[to_user], reps.query)
    assert_close(moved_reps.item[to_item], reps.item)


@cases
def test_the_order_of_edges_changes_nothing(case, key):
    params = case.build(N_USERS, N_ITEMS, DIM).init(key)
    jax.tree.map(assert_close, encoded(case, params, change=shuffled), encoded(case, params))


@cases
def test_rows_added_for_padding_change_nothing_and_stay_finite(case, key):
    params = case.build(N_USERS, N_ITEMS, DIM).init(key)
    pad = lambda rows, n: jnp.concatenate([rows, jnp.zeros((n, DIM))])
    padded = params | {"user": pad(params["user"], 2), "item": pad(params["item"], 3)}
    reps, (query, item) = encoded(case, params), encoded(case, padded, larger(TRAIN, 2, 3))
    assert_close(query[:N_USERS], reps.query)
    assert_close(item[:N_ITEMS], reps.item)
    assert jnp.isfinite(query).all() and jnp.isfinite(item).all()


@cases
def test_nodes_without_edges_and_rows_of_zeros_have_finite_gradients(case, key):
    params = case.build(N_USERS, N_ITEMS, DIM).init(key)
    zeroed = params | {"user": params["user"].at[3].set(0), "item": params["item"].at[0].set(0)}
    total = lambda params: sum(jnp.sum(jnp.sin(rows)) for rows in encoded(case, params))
    for gradient in jax.tree.leaves(jax.grad(total)(zeroed)):
        assert jnp.isfinite(gradient).all()


@cases
def test_a_key_decides_what_is_dropped_and_no_key_drops_nothing(case, key):
    params, graph = case.build(N_USERS, N_ITEMS, DIM).init(key), case.form(case.weigh(TRAIN))
    key_a, key_b = jax.random.split(key)
    keys = None, None, key_a, key_a, key_b
    fixed, again, a, same, b = (encoder(case)(params, graph, key=key) for key in keys)
    jax.tree.map(np.testing.assert_array_equal, (fixed, a), (again, same))
    for one, other in ((fixed, a), (a, b)):
        assert not np.allclose(one.query, other.query)
