"""A bipartite graph kept in two halves propagates as the joint one does."""

import jax
import jax.numpy as jnp
import jraph
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.ops import diffuse, prepare, propagate

N_USERS, N_ITEMS, DIM = 6, 9, 4
N_NODES = N_USERS + N_ITEMS
ALPHA = (0.5, -0.25, 0.0, 2.0)


def bipartite_graph(symmetric: bool) -> jraph.GraphsTuple:
    """Random edges both ways; user 5 and item 8 have none."""
    rng = np.random.default_rng(0)
    user, item = np.nonzero(rng.random((N_USERS - 1, N_ITEMS - 1)) < 0.4)
    item = item + N_USERS
    weight = rng.random(len(user)).astype(np.float32)
    back = weight if symmetric else rng.random(len(user)).astype(np.float32)
    arrays = {
        "nodes": None,
        "edges": np.append(weight, back),
        "senders": np.append(item, user).astype(np.int32),
        "receivers": np.append(user, item).astype(np.int32),
        "globals": None,
        "n_node": np.array([N_NODES]),
        "n_edge": np.array([2 * len(user)]),
    }
    return jraph.GraphsTuple(**arrays)


def dense_polynomial(graph, x, transpose=False):
    a = np.zeros((N_NODES, N_NODES))
    a[graph.receivers, graph.senders] = graph.edges
    a = a.T if transpose else a
    return sum(w * np.linalg.matrix_power(a, k) @ x for k, w in enumerate(ALPHA))


def tables(seed):
    x = np.random.default_rng(seed).standard_normal((N_NODES, DIM)).astype(np.float32)
    return x, (jnp.asarray(x[:N_USERS]), jnp.asarray(x[N_USERS:]))


@pytest.mark.parametrize("symmetric", [True, False], ids=["symmetric", "not symmetric"])
@pytest.mark.parametrize("n_users", [None, N_USERS], ids=["joint", "halves"])
def test_two_tables_diffuse_as_one_does_in_value_and_gradient(symmetric, n_users):
    graph = bipartite_graph(symmetric)
    prepared = prepare(graph, "bcsr", n_users=n_users)
    (x, pair), (g, cotangent) = tables(1), tables(2)
    value, pull = jax.vjp(jax.jit(lambda pair: diffuse(pair, prepared, ALPHA)), pair)
    expected = dense_polynomial(graph, x)
    np.testing.assert_allclose(np.concatenate(value), expected, rtol=1e-5, atol=1e-6)
    (gradient,) = pull(cotangent)
    expected = dense_polynomial(graph, g, transpose=True)
    np.testing.assert_allclose(np.concatenate(gradient), expected, rtol=1e-5, atol=1e-6)


def test_halves_take_a_joint_table_too():
    graph = bipartite_graph(symmetric=False)
    x = jnp.asarray(tables(3)[0])
    halves, joint = prepare(graph, "bcsr", n_users=N_USERS), prepare(graph, "segment_sum")
    np.testing.assert_allclose(propagate(x, halves), propagate(x, joint), rtol=1e-5, atol=1e-6)


def test_only_one_table_needing_a_gradient_is_enough():
    prepared = prepare(bipartite_graph(symmetric=True), "bcsr", n_users=N_USERS)
    _, (user, item) = tables(4)
    half = lambda user: jnp.sum(diffuse((user, item), prepared, ALPHA)[0] ** 2)
    whole = lambda pair: jnp.sum(diffuse(pair, prepared, ALPHA)[0] ** 2)
    expected = jax.grad(whole)((user, item))[0]
    np.testing.assert_allclose(jax.grad(half)(user), expected, rtol=1e-6)


def test_weights_of_halves_are_constants():
    prepared = prepare(bipartite_graph(symmetric=True), "bcsr", n_users=N_USERS)
    _, pair = tables(5)

    def total(weight):
        user = prepared.rows.user._replace(weight=weight)
        graph = prepared._replace(rows=prepared.rows._replace(user=user))
        return jnp.sum(diffuse(pair, graph, ALPHA)[0])

    with pytest.raises(InputError, match="constants"):
        jax.grad(total)(prepared.rows.user.weight)


@pytest.mark.parametrize("n_users", [N_USERS - 2, N_USERS + 3])
def test_a_cut_through_edges_is_refused(n_users):
    with pytest.raises(InputError, match="join two users or two items"):
        prepare(bipartite_graph(symmetric=True), "bcsr", n_users=n_users)
