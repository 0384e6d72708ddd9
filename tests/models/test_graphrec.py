"""GraphRec against its equations in NumPy, row by row."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch, InputError
from jaxrec.losses import squared_error
from jaxrec.models import graphrec, graphrec_attention
from jaxrec.models.opinions import opinion_graph
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
GRAPH = opinion_graph(TRAIN, FRIENDS, alike="none")
LEVEL = {pair[:2]: [0.5, 3, 4, 5].index(pair[2]) for pair in zip(USER, ITEM, RATING, strict=True)}


def built(**own):
    return graphrec(GRAPH, U, I, DIM, **own)


def relu(x):
    return np.maximum(x, 0)


def dense(layer, x):
    return x @ wide(layer["kernel"]) + wide(layer["bias"])


def mlp(layers, x):
    for layer in layers[:-1]:
        x = relu(dense(layer, x))
    return dense(layers[-1], x)


def attention(weights, center, messages):
    if not messages:
        return np.zeros(DIM)
    logits = [
        relu(dense(weights, np.concatenate([m, center]))) @ wide(weights["logit"]) for m in messages
    ]
    return np.exp(logits) @ np.array(messages) / np.exp(logits).sum()


def by_hand(params, friends_read, own_vector):
    p, q = wide(params["user"])[:, :DIM].copy(), wide(params["item"])[:, :DIM].copy()
    p[3:], q[3:] = 0, 0  # Without ratings.
    r, message = wide(params["level"]), params["message"]
    opinion = lambda name, row, u, i: mlp(message[name], np.concatenate([row, r[LEVEL[u, i]]]))

    def gathered(name, center, messages):
        pooled = np.array(
            [attention(params["pool"][name], *pair) for pair in zip(center, messages, strict=True)]
        )
        read = np.concatenate([pooled, center], 1) if own_vector else pooled
        return relu(dense(params["layer"][name], read))

    users, items = range(U), range(I)
    x = [[opinion("items", q[i], u, i) for i in ITEMS_OF[u]] for u in users]
    f = [[opinion("users", p[u], u, i) for u in USERS_OF[i]] for i in items]
    h_items = gathered("items", p, x)
    friend = h_items if friends_read == "rated" else p
    h_friends = gathered("friends", p, [[friend[o] for o in FRIENDS_OF[u]] for u in users])
    h = mlp(params["user_layers"], np.concatenate([h_items, h_friends], 1))
    z = gathered("users", q, f)
    learned = np.array(
        [[mlp(params["head"], np.concatenate([h[u], z[i]]))[0] for i in items] for u in users]
    )
    learned[4], learned[:, 3] = 0, 0  # Nothing is known of them.
    return RATING.mean() + wide(params["user"])[:, -1:] + wide(params["item"])[:, -1] + learned


@pytest.mark.parametrize(("friends_read", "own_vector"), [("rated", False), ("raw", True)])
def test_ratings_are_those_of_the_equations(key, friends_read, own_vector):
    model = built(friends_read=friends_read, own_vector=own_vector)
    params = filled(model, key)
    expected = by_hand(params, friends_read, own_vector)
    np.testing.assert_allclose(all_scores(model, params, GRAPH), expected, rtol=1e-4, atol=1e-5)


def test_numbers_of_rows_and_the_order_of_links_change_nothing(key):
    assert_same_when_renumbered(built(), filled(built(), key), opinion_graph)


def test_without_biases_the_mean_and_the_layers_are_left(key):
    params = filled(built(), key)
    biases = wide(params["user"])[:, -1:] + wide(params["item"])[:, -1]
    bare = params | {name: params[name][:, :-1] for name in ("user", "item")}
    found = all_scores(built(biases=False), bare, GRAPH)
    expected = by_hand(params, "rated", False) - biases
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_it_begins_at_mean_and_biases(key):
    found = all_scores(built(), built().init(key), GRAPH)
    np.testing.assert_allclose(found, np.full((U, I), RATING.mean()), rtol=1e-6)


def test_training_traces_once_and_reaches_every_table(key):
    batch = Batch(USER, ITEM[:, None], RATING[:, None], np.ones((len(USER), 1), bool))
    batch, model = jax.tree.map(jnp.asarray, batch), built()
    loss = objective(model, rank=(1.0, rank(model, squared_error)))
    assert_one_trace_and_finite_gradients(
        model, filled(model, key), GRAPH, lambda p, g, key: loss(p, g, batch, key)[0]
    )


def test_a_chance_of_dropout_out_of_range_is_refused():
    with pytest.raises(InputError, match="dropout is 1"):
        built(dropout=1.0)


@pytest.mark.parametrize(("friends_read", "own_vector"), [("rated", False), ("raw", True)])
def test_weights_of_items_and_friends_are_the_attention_of_the_equations(
    key, friends_read, own_vector
):
    how = {"friends_read": friends_read, "own_vector": own_vector}
    params = filled(built(**how), key)
    found = jax.jit(lambda *read: graphrec_attention(*read, **how))(params, GRAPH)
    p, q = wide(params["user"])[:, :DIM].copy(), wide(params["item"])[:, :DIM].copy()
    p[3:], q[3:] = 0, 0  # Without ratings.
    r, pool = wide(params["level"]), params["pool"]
    x = lambda u, i: mlp(params["message"]["items"], np.concatenate([q[i], r[LEVEL[u, i]]]))
    rated_by = [[x(u, i) for i in ITEMS_OF[u]] for u in range(U)]
    pooled = np.array([attention(pool["items"], p[u], rated_by[u]) for u in range(U)])
    read = np.concatenate([pooled, p], 1) if own_vector else pooled
    friend = relu(dense(params["layer"]["items"], read)) if friends_read == "rated" else p
    for edges, weights, name, near, message in (
        (found.items, found.of_items, "items", ITEMS_OF, x),
        (found.friends, found.of_friends, "friends", FRIENDS_OF, lambda u, f: friend[f]),
    ):
        for u in range(U):
            place = np.asarray(edges.receivers) == u
            order, of_edges = np.asarray(edges.senders)[place].tolist(), np.asarray(weights)[place]
            assert sorted(order) == sorted(near[u])
            layer = pool[name]
            logits = [
                relu(dense(layer, np.concatenate([message(u, s), p[u]]))) @ wide(layer["logit"])
                for s in order
            ]
            np.testing.assert_allclose(of_edges, np.exp(logits) / np.exp(logits).sum(), rtol=1e-4)
