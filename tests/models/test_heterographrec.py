"""HeteroGraphRec against its formulas in NumPy, row by row."""

import dataclasses
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch, InputError
from jaxrec.graph import rated, similar_items
from jaxrec.losses import squared_error
from jaxrec.models import heterographrec, heterographrec_attention
from jaxrec.models.opinions import opinion_graph, without_ratings
from jaxrec.train import objective, rank
from tests.models.small import wide
from tests.models.social import (
    FRIENDS,
    FRIENDS_OF,
    ITEM,
    ITEMS_OF,
    RATING,
    TRAIN,
    USER,
    USERS_OF,
    I,
    U,
    all_scores,
    assert_one_trace_and_finite_gradients,
    assert_same_when_renumbered,
    filled,
)

DIM = 6
GRAPH = opinion_graph(TRAIN, FRIENDS)
MODEL = heterographrec(GRAPH, U, I, DIM)
LEVEL = {pair[:2]: [0.5, 3, 4, 5].index(pair[2]) for pair in zip(USER, ITEM, RATING, strict=True)}
ALIKE_OF = {0: [2], 1: [], 2: [0], 3: []}  # Two users have items 0 and 2, one any other pair.


@pytest.fixture
def params(key):
    return filled(MODEL, key)


def relu(x):
    return np.maximum(x, 0)


def dense(layer, x):
    return x @ wide(layer["kernel"]) + wide(layer["bias"])


def mlp(layers, x):
    for layer in layers[:-1]:
        x = relu(dense(layer, x))
    return dense(layers[-1], x)


def pooled(weights, center, messages):
    if not messages:
        return np.zeros(DIM)
    hidden = [relu(dense(weights, np.concatenate([m, center]))) for m in messages]
    mass = np.exp([h @ wide(weights["logit"]) for h in hidden])
    return (mass / mass.sum()) @ np.array(messages)


def weights_by_hand(weights, center, messages):
    hidden = [relu(dense(weights, np.concatenate([m, center]))) for m in messages]
    mass = np.exp([h @ wide(weights["logit"]) for h in hidden])
    return mass / mass.sum()


def by_hand(params, alike_reads="raw", alike=True):
    known = (np.arange(U) < 3)[:, None], (np.arange(I) < 3)[:, None]
    p, q = wide(params["user"])[:, :DIM] * known[0], wide(params["item"])[:, :DIM] * known[1]
    r, message, pool = wide(params["level"]), params["message"], params["pool"]
    x = lambda u, i: mlp(message["items"], np.concatenate([q[i], r[LEVEL[u, i]]]))
    y = lambda u, i: mlp(message["users"], np.concatenate([p[u], r[LEVEL[u, i]]]))

    def gathered(name, center, messages):
        rows = [
            np.concatenate([pooled(pool[name], own, of), own])
            for own, of in zip(center, messages, strict=True)
        ]
        return relu(dense(params["layer"][name], np.array(rows)))

    h_items = gathered("items", p, [[x(u, i) for i in ITEMS_OF[u]] for u in range(U)])
    h_friends = gathered("friends", p, [[h_items[f] for f in FRIENDS_OF[u]] for u in range(U)])
    g_users = gathered("users", q, [[y(u, i) for u in USERS_OF[i]] for i in range(I)])
    rows = q if alike_reads == "raw" else g_users
    near = [[rows[j] for j in ALIKE_OF[i]] if alike else [] for i in range(I)]
    g_alike = gathered("alike", q, near)
    h = mlp(params["user_layers"], np.concatenate([h_items, h_friends], 1))
    g = mlp(params["item_layers"], np.concatenate([g_users, g_alike], 1))
    score = lambda u, i: mlp(params["head"], np.concatenate([h[u], g[i]]))[0]
    learned = np.array([[score(u, i) for i in range(I)] for u in range(U)])
    learned[4], learned[:, 3] = 0, 0  # Nothing is known of them.
    return RATING.mean() + wide(params["user"])[:, -1:] + wide(params["item"])[:, -1] + learned


@pytest.mark.parametrize("alike_reads", ["raw", "rated"])
def test_ratings_are_those_of_the_formulas(params, alike_reads):
    model = heterographrec(GRAPH, U, I, DIM, alike_reads=alike_reads)
    expected = by_hand(params, alike_reads)
    np.testing.assert_allclose(all_scores(model, params, GRAPH), expected, rtol=1e-4, atol=1e-5)
    listed = model.score(
        model.encode(params, GRAPH), jnp.array([3, 0]), jnp.array([[1, 2], [0, 3]])
    )
    np.testing.assert_allclose(listed, [expected[3, [1, 2]], expected[0, [0, 3]]], rtol=1e-4)


def test_weights_of_items_and_friends_are_the_attention_of_the_formulas(params):
    found = jax.jit(heterographrec_attention)(params, GRAPH)
    p = wide(params["user"])[:, :DIM] * (np.arange(U) < 3)[:, None]
    q = wide(params["item"])[:, :DIM] * (np.arange(I) < 3)[:, None]
    r, pool = wide(params["level"]), params["pool"]
    x = lambda u, i: mlp(params["message"]["items"], np.concatenate([q[i], r[LEVEL[u, i]]]))
    rated_by = [[x(u, i) for i in ITEMS_OF[u]] for u in range(U)]
    read = [np.concatenate([pooled(pool["items"], p[u], rated_by[u]), p[u]]) for u in range(U)]
    h_items = relu(dense(params["layer"]["items"], np.array(read)))
    for edges, weights, name, near, message in (
        (found.items, found.of_items, "items", ITEMS_OF, x),
        (found.friends, found.of_friends, "friends", FRIENDS_OF, lambda u, f: h_items[f]),
    ):
        for u in range(U):
            place = np.asarray(edges.receivers) == u
            order = np.asarray(edges.senders)[place].tolist()
            assert sorted(order) == sorted(near[u])
            if order:
                of_edges = np.asarray(weights)[place]
                expected = weights_by_hand(pool[name], p[u], [message(u, s) for s in order])
                np.testing.assert_allclose(of_edges, expected, rtol=1e-4)
                np.testing.assert_allclose(of_edges.sum(), 1, rtol=1e-5)


def test_without_similar_items_that_branch_is_of_the_item_alone(params):
    graph = opinion_graph(TRAIN, FRIENDS, alike="none")
    expected = by_hand(params, alike=False)
    np.testing.assert_allclose(all_scores(MODEL, params, graph), expected, rtol=1e-4, atol=1e-5)


def test_numbers_of_rows_and_the_order_of_links_change_nothing(params):
    assert_same_when_renumbered(MODEL, params, opinion_graph)


def test_it_begins_as_the_biases_it_is_given(key):
    user, item = np.linspace(-1, 1, U), np.linspace(0, 1, I)
    graph = opinion_graph(TRAIN, FRIENDS, known=rated(TRAIN, user, item))
    model = heterographrec(graph, U, I, DIM)
    expected = RATING.mean() + user[:, None] + item
    np.testing.assert_allclose(all_scores(model, model.init(key), graph), expected, rtol=1e-5)


def test_without_biases_the_mean_and_the_layers_are_left(params):
    bare = params | {name: params[name][:, :-1] for name in ("user", "item")}
    biases = wide(params["user"])[:, -1:] + wide(params["item"])[:, -1]
    model = heterographrec(GRAPH, U, I, DIM, biases=False)
    found = all_scores(model, bare, GRAPH)
    np.testing.assert_allclose(found, by_hand(params) - biases, rtol=1e-4, atol=1e-4)


def test_a_graph_without_a_batchs_ratings_is_that_of_the_others(params):
    batch = Batch(USER[:2], ITEM[:2, None], RATING[:2, None], jnp.ones((2, 1), bool))
    fewer = jax.jit(without_ratings)(GRAPH, jax.tree.map(jnp.asarray, batch))
    edges = lambda graph, keep: (np.asarray(graph.senders)[keep], np.asarray(graph.receivers)[keep])
    others = opinion_graph(TRAIN.take(np.arange(2, len(USER))), FRIENDS)
    for found, expected, nobody in (
        (fewer.to_users, others.to_users, U),
        (fewer.to_items, others.to_items, I),
    ):
        kept = np.asarray(found.receivers) < nobody
        np.testing.assert_array_equal(edges(found, kept), edges(expected, slice(None)))
    expected = others._replace(rated=GRAPH.rated, alike=GRAPH.alike, levels=GRAPH.levels)
    level = lambda graph: graph._replace(
        edges=np.searchsorted(GRAPH.levels, others.levels[graph.edges])
    )
    expected = expected._replace(to_users=level(others.to_users), to_items=level(others.to_items))
    np.testing.assert_allclose(
        all_scores(MODEL, params, fewer), all_scores(MODEL, params, expected), rtol=1e-5
    )


def test_training_traces_once_and_reaches_every_table(params):
    batch = Batch(USER, ITEM[:, None], RATING[:, None], jnp.ones((len(USER), 1), bool))
    batch = jax.tree.map(jnp.asarray, batch)
    loss = objective(MODEL, rank=(1.0, rank(MODEL, squared_error)))
    graph = opinion_graph(TRAIN, FRIENDS, min_common=1)  # One neighbor alone has no softmax.
    assert_one_trace_and_finite_gradients(
        MODEL, params, graph, lambda p, g, key: loss(p, g, batch, key)[0]
    )


def test_similar_items_are_the_nearest_by_the_jaccard_index_of_their_users(monkeypatch):
    rng = np.random.default_rng(0)
    there = rng.random((30, 12)) < 0.4
    user, item = (rows.astype(np.int32) for rows in np.nonzero(there))
    train = dataclasses.replace(TRAIN, user=user, item=item, n_users=30, n_items=12, rating=None)
    monkeypatch.setattr(sys.modules["jaxrec.graph.similar_items"], "BLOCK", 5)
    graph = similar_items(train, top_k=3, min_common=4)
    found = {i: set() for i in range(12)}
    for sender, receiver, index in zip(graph.senders, graph.receivers, graph.edges, strict=True):
        found[receiver].add((sender, round(float(index), 5)))
    for i in range(12):
        both = [(np.sum(there[:, i] & there[:, j]), j) for j in range(12) if j != i]
        index = [(-n / np.sum(there[:, i] | there[:, j]), j) for n, j in both if n >= 4]
        assert found[i] == {(j, round(float(-value), 5)) for value, j in sorted(index)[:3]}


def test_ratings_that_are_no_levels_are_refused():
    many = dataclasses.replace(
        TRAIN,
        user=np.zeros(101, np.int32),
        item=np.zeros(101, np.int32),
        rating=np.arange(101, dtype=np.float32),
    )
    with pytest.raises(InputError, match="there are 101 different ratings"):
        opinion_graph(many, FRIENDS)
