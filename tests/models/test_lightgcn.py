"""LightGCN against dense powers of the adjacency."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph import bipartite
from jaxrec.models import lightgcn, mf
from jaxrec.ops import prepare
from tests.models.small import DIM, ITEM, N_ITEMS, N_USERS, TRAIN, USER, dense, joined, stacked

GRAPH = bipartite(TRAIN)
FORMULATIONS = ["segment_sum", "bcsr", "halves", "bcoo", "bcoo_autodiff", "buckets"]


def prepared(formulation):
    if formulation == "halves":
        return prepare(GRAPH, "bcsr", n_users=N_USERS)
    return prepare(GRAPH, formulation)


@pytest.mark.parametrize("alpha", [None, (0.5, 0.0, -0.25, 2.0)], ids=["uniform", "given"])
@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_is_the_weighted_sum_of_powers_of_the_adjacency(key, formulation, alpha):
    model = lightgcn(N_USERS, N_ITEMS, DIM, n_layers=3, alpha=alpha)
    params = model.init(key)
    reps = jax.jit(model.encode)(params, prepared(formulation))
    a, x = dense(GRAPH), stacked(params)
    weights = alpha or [1 / 4] * 4
    expected = sum(w * np.linalg.matrix_power(a, k) @ x for k, w in enumerate(weights))
    np.testing.assert_allclose(joined(reps), expected, rtol=1e-5, atol=1e-7)


def test_no_layers_is_matrix_factorization(key):
    model = lightgcn(N_USERS, N_ITEMS, DIM, n_layers=0)
    params = mf(N_USERS, N_ITEMS, DIM).init(key)
    jax.tree.map(np.testing.assert_array_equal, model.init(key), params)
    expected = mf(N_USERS, N_ITEMS, DIM).encode(params, None)
    jax.tree.map(np.testing.assert_array_equal, model.encode(params, GRAPH), expected)


def test_relabeling_nodes_permutes_rows(key):
    rng = np.random.default_rng(0)
    to_user, to_item = rng.permutation(N_USERS), rng.permutation(N_ITEMS)
    relabeled = Interactions(
        to_user[USER].astype(np.int32), to_item[ITEM].astype(np.int32), N_USERS, N_ITEMS
    )
    model = lightgcn(N_USERS, N_ITEMS, DIM, n_layers=2)
    params = model.init(key)
    moved = {
        "user": np.asarray(params["user"])[np.argsort(to_user)],
        "item": np.asarray(params["item"])[np.argsort(to_item)],
    }
    encode = jax.jit(model.encode)
    reps = encode(params, GRAPH)
    query, item = map(np.asarray, encode(moved, bipartite(relabeled)))
    np.testing.assert_allclose(query[to_user], reps.query, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(item[to_item], reps.item, rtol=1e-5, atol=1e-7)


def test_formulations_agree_in_the_gradient_of_the_tables(key):
    model = lightgcn(N_USERS, N_ITEMS, DIM, n_layers=2)
    everyone, everything = (jnp.asarray(np.arange(n)) for n in (N_USERS, N_ITEMS))

    def total(params, graph):
        return jnp.sum(jnp.sin(model.score(model.encode(params, graph), everyone, everything)))

    params = model.init(key)
    grad = jax.jit(jax.grad(total))
    by_sum, *others = (grad(params, prepared(f)) for f in FORMULATIONS)
    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    for other in others:
        jax.tree.map(close, by_sum, other)


def test_a_node_without_edges_keeps_a_share_of_its_own_row(key):
    model = lightgcn(N_USERS, N_ITEMS, DIM, n_layers=3)
    params = model.init(key)
    query, item = map(np.asarray, jax.jit(model.encode)(params, GRAPH))
    np.testing.assert_allclose(query[3], np.asarray(params["user"])[3] / 4, rtol=1e-6)
    np.testing.assert_allclose(item[4], np.asarray(params["item"])[4] / 4, rtol=1e-6)


def test_alpha_needs_a_weight_for_every_scale():
    with pytest.raises(InputError, match="alpha has 2 weights for 2 layers; give 3"):
        lightgcn(N_USERS, N_ITEMS, n_layers=2, alpha=[0.5, 0.5])


def test_negative_layers_are_refused():
    with pytest.raises(InputError, match="n_layers is -1; give 0"):
        lightgcn(N_USERS, N_ITEMS, n_layers=-1)


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_layers_kept_in_bfloat16_cost_its_eight_bits_and_leave_tables_as_they_are(key, formulation):
    graph = prepared(formulation)
    model = lightgcn(N_USERS, N_ITEMS, DIM, n_layers=3)
    narrow = lightgcn(N_USERS, N_ITEMS, DIM, n_layers=3, storage="bfloat16")
    params = model.init(key)
    reps, rounded = (jax.jit(each.encode)(params, graph) for each in (model, narrow))
    largest = max(np.abs(table).max() for table in params.values())
    for wide, table in zip(reps, rounded, strict=True):
        assert table.dtype == jnp.float32
        # Three layers, each rounded by at most 2^-8 of numbers no larger than the tables'.
        assert 0 < np.abs(np.subtract(wide, table)).max() < 3 * 2**-8 * largest
    total = lambda params: sum(jnp.sum(table) for table in narrow.encode(params, graph))
    gradient = jax.jit(jax.grad(total))(params)
    assert {table.dtype for table in gradient.values()} == {jnp.dtype("float32")}
