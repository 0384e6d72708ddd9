"""The item-item form of LightGCN against its dense formula, and folding a user in."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.graph import Csr, bipartite, item_transitions
from jaxrec.models import lightgcn, lightgcn_item
from jaxrec.models.lightgcn_item import ItemGraph
from jaxrec.ops import prepare
from tests.models.small import dense
from tests.models.twins import D_I, D_U, TRAIN, M, R, U, history, power

DIM = 4


def graph(r):
    return ItemGraph(history(r).graph, jnp.asarray(D_I, jnp.float32), jnp.float32(r))


@pytest.mark.parametrize("r", [0.0, 0.3, 0.5, 1.0])
def test_representations_are_the_formula(r, key):
    model = lightgcn_item(U, M, DIM, n_layers=2, alpha=(0.5, 0.3, 0.2))
    params = model.init(key)
    reps = model.encode(params, graph(r))
    q = np.asarray(params["item"], np.float64)
    m = power(D_I, -r) @ R.T @ power(D_U, -1) @ R @ power(D_I, r - 1)
    item = 0.5 * q + 0.3 * m @ q + 0.2 * m @ m @ q
    user = power(D_U, -r) @ R @ power(D_I, r - 1) @ item
    np.testing.assert_allclose(reps.item, item, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(reps.query, user, rtol=1e-5, atol=1e-6)


def test_it_is_lightgcn_whose_users_start_from_zero(key):
    item_form, whole = (
        lightgcn_item(U, M, DIM, 1, (0.4, 0.6)),
        lightgcn(U, M, DIM, 2, (0.4, 0.0, 0.6)),
    )
    params = item_form.init(key)
    both = whole.encode({"user": jnp.zeros((U, DIM)), **params}, history().graph)
    np.testing.assert_allclose(item_form.encode(params, graph(0.5)).item, both.item, rtol=1e-5)


@pytest.mark.parametrize("r", [0.3, 0.5, 1.0])
def test_a_user_folded_in_is_the_user_of_the_graph(r, key):
    model = lightgcn_item(U, M, DIM, n_layers=1)
    reps = model.encode(model.init(key), graph(r))
    rows = [np.flatnonzero(R[row]) for row in (8, 3, 0)]  # User 3 has nothing.
    indptr = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    likes = Csr(indptr, np.concatenate(rows).astype(np.int32), np.int32([0, 2]))
    folded = model.fold_in(reps, likes)
    np.testing.assert_allclose(folded.query, reps.query[np.array([8, 3, 0])], rtol=1e-5, atol=1e-7)


def test_users_sum_their_items_by_weights_of_their_own(key):
    model, weight = lightgcn_item(U, M, DIM, n_layers=1), 1 + np.arange(R.size).reshape(R.shape)
    params, plain = model.init(key), bipartite(TRAIN)
    edges = np.array(plain.edges)
    n_edges = len(edges) // 2
    user, item = np.asarray(plain.receivers)[:n_edges], np.asarray(plain.senders)[:n_edges] - U
    edges[:n_edges] *= weight[user, item]
    sums = prepare(plain._replace(edges=edges), "bcsr", n_users=U)
    reps = model.encode(params, graph(0.5)._replace(sums=sums))
    users = power(D_U, -0.5) @ (R * weight) @ power(D_I, -0.5) @ np.asarray(reps.item, np.float64)
    np.testing.assert_allclose(reps.query, users, rtol=1e-5)
    np.testing.assert_array_equal(reps.item, model.encode(params, graph(0.5)).item)


def test_over_a_graph_of_items_layers_walk_there_and_users_sum_their_items(key):
    model = lightgcn_item(U, M, DIM, n_layers=2, alpha=(0.5, 0.3, 0.2))
    params, items = model.init(key), item_transitions(TRAIN)
    reps = model.encode(params, graph(0.5)._replace(items=prepare(items, "bcsr")))
    m, q = dense(items), np.asarray(params["item"], np.float64)
    item = 0.5 * q + 0.3 * m @ q + 0.2 * m @ m @ q
    np.testing.assert_allclose(reps.item, item, rtol=1e-5, atol=1e-6)
    user = power(D_U, -0.5) @ R @ power(D_I, -0.5) @ item
    np.testing.assert_allclose(reps.query, user, rtol=1e-5, atol=1e-6)


def test_yesterdays_items_encode_todays_graph_and_its_new_users(key):
    model = lightgcn_item(U, M, DIM, n_layers=1)
    params = model.init(key)  # As if trained: a row an item, and none a user.
    new = np.int32([U, U, U + 1]), np.int32([1, 4, 2])
    today = Interactions(np.append(TRAIN.user, new[0]), np.append(TRAIN.item, new[1]), U + 2, M)
    degree = jnp.asarray(np.bincount(today.item, minlength=M), jnp.float32)
    grown = ItemGraph(prepare(bipartite(today), "bcsr", n_users=U + 2), degree, jnp.float32(0.5))
    reps = lightgcn_item(U + 2, M, DIM, n_layers=1).encode(params, grown)
    likes = np.zeros((U + 2, M))
    likes[today.user, today.item] = 1
    d_u, d_i = (np.maximum(likes.sum(axis), 1) for axis in (1, 0))
    half = likes / np.sqrt(d_u)[:, None] / np.sqrt(d_i)
    q = np.asarray(params["item"], np.float64)
    item = (q + half.T @ half @ q) / 2
    np.testing.assert_allclose(reps.item, item, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(reps.query, half @ item, rtol=1e-5, atol=1e-6)


def test_gradients_are_those_of_message_passing(key):
    model = lightgcn_item(U, M, DIM, n_layers=2)
    params = model.init(key)
    target = jax.random.normal(key, (U, M))

    def loss(params, graph):
        reps = model.encode(params, graph)
        return jnp.sum((reps.query @ reps.item.T - target) ** 2)

    grad = jax.jit(jax.grad(loss))
    for r in (0.5, 0.8):
        slow = graph(r)._replace(graph=history(r, "segment_sum").graph)
        fast, by_sum = grad(params, graph(r)), grad(params, slow)
        np.testing.assert_allclose(fast["item"], by_sum["item"], rtol=1e-4, atol=1e-6)


def test_alpha_needs_a_weight_for_every_scale():
    with pytest.raises(InputError, match="alpha has 1 weights for 2 layers; give 3"):
        lightgcn_item(U, M, n_layers=2, alpha=[1.0])
