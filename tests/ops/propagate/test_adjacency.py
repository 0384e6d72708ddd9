"""A bipartite graph kept in two halves propagates as the joint one does."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.ops import diffuse, prepare
from tests.ops.propagate.graphs import LAYOUTS, assert_close, dense, make, tables

N_USERS, N_ITEMS = 6, 9
N_NODES = N_USERS + N_ITEMS
ALPHA = (0.5, -0.25, 2.0)
CASES = [(formulation, N_USERS, False) for formulation in LAYOUTS]
CASES += [("bcsr", N_USERS, True), ("bcsr", None, True), ("bcsr", None, False)]
X, COTANGENT = tables(N_NODES, seed=1)


def bipartite(symmetric: bool):
    """Random edges both ways; user 0 has half of them, user 5 and item 8 none."""
    rng = np.random.default_rng(0)
    user = np.r_[np.zeros(N_ITEMS - 1, int), rng.permuted(np.tile(np.arange(1, 5), 2))]
    item = np.r_[np.arange(N_ITEMS - 1), np.arange(N_ITEMS - 1)] + N_USERS
    there, back = rng.random((2, len(user)))
    weight = np.r_[there, there if symmetric else back]
    return make(np.r_[item, user], np.r_[user, item], weight, N_NODES)


def pair_of(table):
    return table[..., :N_USERS, :], table[..., N_USERS:, :]


@jax.jit
def products(x, cotangent, graph):
    """Value and gradient: of the first table, joint, and of all as pairs, side by side."""

    def value_and_gradient(x, cotangent):
        y, pull = jax.vjp(lambda x: diffuse(x, graph, ALPHA), x)
        return y, *pull(cotangent)

    pairs = jax.vmap(value_and_gradient)(pair_of(x), pair_of(cotangent))
    return value_and_gradient(x[0], cotangent[0]), pairs


@pytest.mark.parametrize("formulation, n_users, symmetric", CASES)
def test_pairs_of_tables_diffuse_as_joint_tables_do(formulation, n_users, symmetric):
    graph = bipartite(symmetric)
    prepared = prepare(graph, formulation, n_users=n_users)
    assert (prepared.transposed is None) == symmetric
    joint, pairs = products(X, COTANGENT, prepared)
    a = dense(graph)
    polynomial = sum(scale * np.linalg.matrix_power(a, k) for k, scale in enumerate(ALPHA))
    expected = polynomial @ np.asarray(X), polynomial.T @ np.asarray(COTANGENT)
    jax.tree.map(assert_close, joint, (expected[0][0], expected[1][0]))
    jax.tree.map(assert_close, pairs, jax.tree.map(pair_of, expected))


@pytest.mark.parametrize("n_users", [0, 4, N_NODES])
@pytest.mark.parametrize("formulation", LAYOUTS)
def test_a_side_may_have_no_rows_and_no_edges(formulation, n_users):
    nothing = make([], [], [], N_NODES)
    x = np.asarray(X[0])
    prepared = prepare(nothing, formulation, n_users=n_users)
    pair = x[:n_users], x[n_users:]
    user, item = jax.jit(diffuse, static_argnums=2)(pair, prepared, (0.0, 1.0))
    np.testing.assert_array_equal(user, np.zeros((n_users, 3)))
    np.testing.assert_array_equal(item, np.zeros((N_NODES - n_users, 3)))


def test_only_one_table_needing_a_gradient_is_enough():
    prepared = prepare(bipartite(symmetric=True), "bcsr", n_users=N_USERS)
    user, item = map(jnp.asarray, pair_of(np.asarray(X[0])))
    half = lambda user: jnp.sum(diffuse((user, item), prepared, ALPHA)[0] ** 2)
    whole = lambda pair: jnp.sum(diffuse(pair, prepared, ALPHA)[0] ** 2)
    expected = jax.jit(jax.grad(whole))((user, item))[0]
    np.testing.assert_allclose(jax.jit(jax.grad(half))(user), expected, rtol=1e-6)


def test_weights_of_halves_are_constants():
    prepared = prepare(bipartite(symmetric=True), "bcsr", n_users=N_USERS)

    def total(weight):
        user = prepared.rows.user._replace(weight=weight)
        graph = prepared._replace(rows=prepared.rows._replace(user=user))
        return jnp.sum(diffuse(pair_of(X[0]), graph, ALPHA)[0])

    with pytest.raises(InputError, match="constants"):
        jax.grad(total)(prepared.rows.user.weight)


@pytest.mark.parametrize("n_users", [N_USERS - 2, N_USERS + 3])
def test_a_cut_through_edges_is_refused(n_users):
    with pytest.raises(InputError, match="join two users or two items"):
        prepare(bipartite(symmetric=True), "bcsr", n_users=n_users)
