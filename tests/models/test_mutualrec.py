"""MutualRec against its formulas in NumPy, row by row."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch, InputError
from jaxrec.losses import bpr
from jaxrec.models import mutualrec
from jaxrec.models.mutualrec import friend_graph, friends_ranked
from jaxrec.train import objective, rank
from tests.models.small import wide
from tests.models.social import (
    FRIENDS,
    FRIENDS_OF,
    ITEMS_OF,
    TRAIN,
    USERS_OF,
    I,
    U,
    all_scores,
    assert_one_trace_and_finite_gradients,
    assert_same_when_renumbered,
    filled,
)

DIM = 3
GRAPH = friend_graph(TRAIN, FRIENDS)
MODEL = mutualrec(U, I, DIM)
BATCH = Batch(
    query=jnp.array([1, 0]),
    item=jnp.array([[0, 3], [2, 1]]),
    label=jnp.array([[1.0, 0.0]] * 2),
    mask=jnp.ones((2, 2), bool),
)


@pytest.fixture
def params(key):
    return filled(MODEL, key)


def leaky(x, slope=0.01):
    return np.where(x > 0, x, slope * x)


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def attended(weights, receiver, sender, neighbors):
    """GATv2 one receiver at a time; zeros where there is no neighbor."""
    own, message = receiver @ wide(weights["receiver"]), sender @ wide(weights["sender"])
    out = np.zeros((len(receiver), DIM))
    for row, near in neighbors.items():
        if near:
            logits = [leaky(own[row] + message[s], 0.2) @ wide(weights["logit"]) for s in near]
            out[row] = softmax(np.array(logits)) @ message[near]
    return out


def by_hand(params, mutual="product"):
    """Queries for items and for friends."""
    user, item, att = wide(params["user"]), wide(params["item"]), params["attention"]
    layer = lambda name, *x: leaky(
        np.concatenate(x, 1) @ wide(params["dense"][name]["kernel"])
        + wide(params["dense"][name]["bias"])
    )
    z_item = attended(att["item_from_users"], item, user, USERS_OF)
    z_user = attended(att["user_from_items"], user, item, ITEMS_OF)
    p_item = attended(att["liked"], user, z_item, ITEMS_OF)
    p_social = attended(att["friends"], user, z_user, FRIENDS_OF)
    adjacency = np.zeros((U, U))
    for one, others in FRIENDS_OF.items():
        adjacency[one, others] = 1
    degree = np.maximum(adjacency.sum(1), 1)
    laplacian = np.eye(U) - adjacency / np.sqrt(np.outer(degree, degree))
    scaled = laplacian - np.eye(U)  # 2 L / 2 - I.
    x = user
    for _ in range(2):
        terms = [x, scaled @ x]
        terms.append(2 * scaled @ terms[1] - terms[0])
        kernel = wide(params["chebyshev"]["kernel"]).reshape(3, DIM, DIM)
        x = sum(t @ w for t, w in zip(terms, kernel, strict=True)) + wide(
            params["chebyshev"]["bias"]
        )
    known = {one: [one, *others] for one, others in FRIENDS_OF.items()}
    spectral = attended(att["known"], x, x, known)
    like = layer("like", layer("preference", p_item, p_social), user)
    know = layer("know", spectral, user)
    h = like * know + (like + know if mutual == "sum" else 0)
    m = [h * DIM * np.array([softmax(row) for row in own]) for own in (like, know)]
    return layer("query", m[0], like), layer("friend_query", m[1], know)


@pytest.mark.parametrize("mutual", ["product", "sum"])
def test_queries_are_those_of_the_formulas(params, mutual):
    reps = mutualrec(U, I, DIM, mutual=mutual).encode(params, GRAPH)
    query, friend_query = by_hand(params, mutual)
    np.testing.assert_allclose(reps.query, query, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(reps.friend_query, friend_query, rtol=1e-4, atol=1e-5)
    added = mutualrec(U, I, DIM, mutual=mutual, residual=True).encode(params, GRAPH)
    for found, own in ((added.query, query), (added.friend_query, friend_query)):
        np.testing.assert_allclose(found, wide(params["user"]) + own, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(reps.item, params["item"])
    np.testing.assert_array_equal(reps.friend, params["user"])
    scores = all_scores(MODEL, params, GRAPH)
    np.testing.assert_allclose(scores, by_hand(params)[0] @ wide(params["item"]).T, rtol=1e-3)


def test_numbers_of_rows_and_the_order_of_links_change_nothing(params):
    assert_same_when_renumbered(MODEL, params, friend_graph)


def test_links_count_both_ways_whichever_way_they_are_listed(params):
    both = FRIENDS.both_directions()
    directed = friend_graph(TRAIN, both)
    np.testing.assert_array_equal(
        all_scores(MODEL, params, directed), all_scores(MODEL, params, GRAPH)
    )


def test_drawn_links_are_of_friends_and_of_who_is_none():
    model = mutualrec(U, I, DIM, n_links=200)
    links = model.encode(model.init(jax.random.key(1)), GRAPH, key=jax.random.key(0)).links
    assert links.valid.all()
    drawn = set(zip(links.user.tolist(), *links.other.T.tolist(), strict=True))
    assert {(u, f) for u, f, _ in drawn} == {(u, f) for u, fs in FRIENDS_OF.items() for f in fs}
    strangers = {(u, s) for u, _, s in drawn}
    assert strangers == {(u, s) for u in (0, 1, 3) for s in (2, 4)}


def test_friends_are_ranked_by_bpr_of_drawn_links(params):
    reps = MODEL.encode(params, GRAPH, key=jax.random.key(0))
    user, (friend, stranger) = reps.links.user, reps.links.other.T
    query, friends = by_hand(params)[1], wide(params["user"])
    apart = np.sum(query[user] * (friends[friend] - friends[stranger]), axis=1)
    expected = np.mean(np.log1p(np.exp(-apart)))
    np.testing.assert_allclose(friends_ranked(params, reps, BATCH), expected, rtol=1e-4)
    with pytest.raises(InputError, match="encode with a key"):
        friends_ranked(params, MODEL.encode(params, GRAPH), BATCH)


def test_who_is_everyones_friend_is_left_out_of_the_loss(params):
    model = mutualrec(2, 1, DIM)
    pair = dataclasses.replace(FRIENDS.take(np.array([0])), n_sources=2, n_targets=2)
    train = dataclasses.replace(TRAIN.take(TRAIN.item < 1), n_users=2, n_items=1)
    drawn = model.encode(
        model.init(jax.random.key(0)), friend_graph(train, pair), key=jax.random.key(0)
    )
    assert not drawn.links.valid.any()
    assert friends_ranked({}, drawn, BATCH) == 0


def test_training_traces_once_and_reaches_every_table(params):
    terms = {"rank": (1.0, rank(MODEL, bpr)), "friends": (1.0, friends_ranked)}
    loss = objective(MODEL, **terms)
    assert_one_trace_and_finite_gradients(
        MODEL, params, GRAPH, lambda p, g, key: loss(p, g, BATCH, key)[0]
    )


def test_bad_numbers_are_refused():
    with pytest.raises(InputError, match="chebyshev is 0"):
        mutualrec(U, I, chebyshev=0)
