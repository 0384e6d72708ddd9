"""Products on meshes of eight devices are those of one."""

import jax
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.ops import device_mesh, diffuse, prepare
from tests.ops.propagate.graphs import (
    FORMULATIONS,
    UNEVEN,
    assert_close,
    dense,
    directed,
    make,
    sample,
    tables,
)

MESHES = {"features": (1, 1, 8), "rows": (1, 8, 1), "both": (1, 2, 4)}
ALPHA = (0.5, -0.25, 1.0)
CASES = [
    (formulation, split)
    for formulation in FORMULATIONS
    for split in MESHES
    if split == "features" or formulation not in UNEVEN
]
N_USERS, N_NODES, DIM = 5, 13, 6  # Neither rows nor columns are multiples of the devices.


def bipartite():
    """A directed graph between users and items: a hub with a third, and nodes without edges."""
    rng = np.random.default_rng(0)
    user, item = np.divmod(rng.choice(4 * 7, 12, replace=False), 7)
    user[:4] = 0, 0, 0, 0
    item = item + N_USERS
    senders, receivers = np.r_[item, user[::-1]], np.r_[user, item[::-1]]
    return make(senders, receivers, rng.normal(size=24), N_NODES)


GRAPH = bipartite()
X, COTANGENT = tables(N_NODES, seed=1, dim=DIM)


@jax.jit
def products(x, cotangent, prepared):
    def value_and_gradient(x, cotangent):
        y, pull = jax.vjp(lambda x: diffuse(x, prepared, ALPHA), x)
        return y, *pull(cotangent)

    return value_and_gradient(x[0], cotangent[0]), jax.vmap(value_and_gradient)(x, cotangent)


def assert_equals_dense(prepared):
    one, many = products(X, COTANGENT, prepared)
    a = dense(GRAPH)
    polynomial = sum(scale * np.linalg.matrix_power(a, k) for k, scale in enumerate(ALPHA))
    expected = polynomial @ X, polynomial.T @ COTANGENT
    jax.tree.map(assert_close, many, expected)
    jax.tree.map(assert_close, one, tuple(table[0] for table in expected))


def test_there_are_eight_devices():
    assert len(jax.devices()) == 8


@pytest.mark.parametrize("formulation, split", CASES)
def test_equals_the_dense_polynomial_in_value_and_gradient_one_table_and_three(formulation, split):
    assert_equals_dense(prepare(GRAPH, formulation, mesh=device_mesh(*MESHES[split])))


@pytest.mark.parametrize("split", ["rows", "both"])
@pytest.mark.parametrize("formulation", UNEVEN)
def test_shares_of_different_shapes_are_refused(formulation, split):
    stars = make(range(2, 80), [0, 1] * 39, None, 80)  # All edges are in the first share.
    with pytest.raises(InputError, match="in shape; choose .*, or split features alone"):
        prepare(stars, formulation, mesh=device_mesh(*MESHES[split]))


@pytest.mark.parametrize("formulation", ["bcsr", "dense"])
def test_users_and_items_apart_equal_the_dense_polynomial(formulation):
    mesh = device_mesh(1, 2, 4)
    assert_equals_dense(prepare(GRAPH, formulation, n_users=N_USERS, mesh=mesh))


def test_receivers_that_are_split_are_stored_once():
    whole, split = prepare(GRAPH, "dense"), prepare(GRAPH, "dense", mesh=device_mesh(1, 8, 1))
    held = [shard.data.size for shard in split.rows.weight.addressable_shards]
    assert held == [2 * N_NODES] * 8  # Two rows each, of sixteen.
    assert whole.rows.weight.size == N_NODES**2


def test_a_mesh_may_be_of_some_devices():
    mesh = device_mesh(1, 1, 2, devices=jax.devices()[6:])
    prepared = prepare(GRAPH, "bcsr", mesh=mesh)
    assert prepared.rows.local.weight.sharding.device_set == set(jax.devices()[6:])
    assert_close(diffuse(X[0], prepared, (0.0, 1.0)), dense(GRAPH) @ X[0])


def test_more_receivers_shares_than_receivers_leave_some_empty():
    small = sample(directed)._replace(n_node=np.array([6], np.int32))  # Six nodes, eight shares.
    x = tables(6, seed=0)[0, 0]
    prepared = prepare(small, "bcsr", mesh=device_mesh(1, 8, 1))
    assert_close(diffuse(x, prepared, (0.0, 1.0)), dense(small) @ x)


def test_a_graph_without_edges_gives_zeros():
    empty = make([], [], [], N_NODES)
    prepared = [prepare(empty, name, mesh=device_mesh(1, 2, 4)) for name in FORMULATIONS]
    products = jax.jit(lambda x, graphs: [diffuse(x, graph, (0.0, 1.0)) for graph in graphs])
    for product in products(X[0], prepared):
        np.testing.assert_array_equal(product, np.zeros((N_NODES, DIM)))
