"""SR-HGNN against its formulas in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch, InputError
from jaxrec.graph import homogeneous, rated
from jaxrec.losses import squared_error
from jaxrec.models import sr_hgnn
from jaxrec.models.graph_infomax import social_encoder
from jaxrec.models.sr_hgnn import level_graph, without_ratings
from jaxrec.models.sr_hgnn_terms import friends_ranked, levels_ranked
from jaxrec.train import objective, rank
from tests.models.small import dense as matrix_of, wide
from tests.models.social import (
    FRIENDS,
    FRIENDS_OF,
    ITEM,
    RATING,
    TRAIN,
    USER,
    I,
    U,
    all_scores,
    assert_one_trace_and_finite_gradients,
    assert_same_when_renumbered,
    filled,
)

DIM, SOCIAL = 4, 3
GRAPH = level_graph(TRAIN, FRIENDS)
LEVELS = [0.5, 3.0, 4.0, 5.0]
C = len(LEVELS)
BATCH = jax.tree.map(
    jnp.asarray, Batch(USER, ITEM[:, None], RATING[:, None], np.ones((len(USER), 1), bool))
)


def built(graph):
    return sr_hgnn(graph, U, I, DIM, social_dim=SOCIAL, social_epochs=3)


MODEL = built(GRAPH)


@pytest.fixture
def params(key):
    return filled(MODEL, key)


def mlp(layers, x):
    for layer in layers[:-1]:
        x = np.maximum(x @ wide(layer["kernel"]) + wide(layer["bias"]), 0)
    return x @ wide(layers[-1]["kernel"]) + wide(layers[-1].get("bias", 0))


def normalized(edges, n):
    a = np.eye(n)
    for one, other in edges:
        a[one, other] = a[other, one] = 1
    return a / np.sqrt(np.outer(a.sum(1), a.sum(1)))


NODES = [U + i * C + LEVELS.index(r) for i, r in zip(ITEM, RATING, strict=True)]
A = normalized(list(zip(USER, NODES, strict=True)), U + I * C)


def vectors(params):
    """Of users, and of the levels of items."""
    rated_user, rated_item = np.arange(U) < 3, np.arange(I) < 3
    user = wide(params["user"])[:, :-1] * rated_user[:, None]
    item = wide(params["item"])[:, :-1] * rated_item[:, None]
    of_friends = wide(params["social"]) @ wide(params["from_social"])
    layers = params["layers"]
    prelu = lambda x: np.where(x > 0, x, float(layers["slope"]) * x)
    first = np.concatenate([np.concatenate([user, of_friends], 1), item.reshape(I * C, DIM)])
    x0 = prelu(A @ first)
    second = [x0[:U] @ wide(layers["user"][0]), x0[U:] @ wide(layers["item"][0])]
    both = np.concatenate([x0, prelu(A @ np.concatenate(second))], 1)
    return both[:U], both[U:].reshape(I, C, 2 * DIM)


def by_hand(params):
    user, level = vectors(params)
    item = level.mean(1)
    score = lambda u, i: mlp(params["head"], np.concatenate([user[u], item[i]]))[0]
    learned = np.array([[score(u, i) for i in range(I)] for u in range(U)])
    learned[4], learned[:, 3] = 0, 0  # Nothing is known of them.
    return RATING.mean() + wide(params["user"])[:, -1:] + wide(params["item"])[:, -1] + learned


def test_graphs_join_users_to_levels_and_to_friends():
    np.testing.assert_allclose(matrix_of(GRAPH.ratings), A, rtol=1e-6)
    links = [(u, f) for u, friends in FRIENDS_OF.items() for f in friends]
    np.testing.assert_allclose(matrix_of(GRAPH.social), normalized(links, U), rtol=1e-6)
    assert GRAPH.levels.tolist() == LEVELS


def test_ratings_are_those_of_the_formulas(params):
    expected = by_hand(params)
    np.testing.assert_allclose(all_scores(MODEL, params, GRAPH), expected, rtol=1e-4, atol=1e-5)


def test_numbers_of_rows_and_the_order_of_links_change_nothing(params):
    tables = ("user", "item", "social")
    assert_same_when_renumbered(MODEL, params, level_graph, tables)


def test_it_begins_as_the_biases_it_is_given(key):
    user, item = np.linspace(-1, 1, U), np.linspace(0, 1, I)
    graph = level_graph(TRAIN, FRIENDS, rated(TRAIN, user, item))
    model = built(graph)
    expected = RATING.mean() + user[:, None] + item
    np.testing.assert_allclose(all_scores(model, model.init(key), graph), expected, rtol=1e-5)


def test_a_graph_without_a_batchs_ratings_has_their_edges_at_0():
    fewer = jax.jit(without_ratings)(GRAPH, jax.tree.map(lambda leaf: leaf[:2], BATCH))
    expected = A.copy()
    expected[USER[:2], NODES[:2]] = expected[NODES[:2], USER[:2]] = 0
    found = np.zeros_like(A)
    found[fewer.ratings.receivers, fewer.ratings.senders] = fewer.ratings.edges
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_training_traces_once_and_leaves_the_social_table_alone(params):
    terms = {"rank": (1.0, rank(MODEL, squared_error))}
    terms |= {"levels": (0.1, levels_ranked), "friends": (0.1, friends_ranked)}
    loss = objective(MODEL, **terms)
    slope = lambda p, g, key: loss(p, g, BATCH, key)[0]
    assert_one_trace_and_finite_gradients(MODEL, params, GRAPH, slope, frozen=("social",))


def expected_loss(scores):
    return np.log1p(np.exp(scores[1] - scores[0]))


def test_the_given_level_is_ranked_above_another(params):
    """Whichever other level is drawn: every draw is one of the three differences."""
    user, level = vectors(params)
    one = jax.tree.map(lambda leaf: leaf[:1], BATCH)
    given = LEVELS.index(RATING[0])
    pair = lambda c: mlp(params["terms"][0], np.concatenate([user[0], level[0, c]]))[0]
    possible = [expected_loss((pair(given), pair(c))) for c in range(C) if c != given]
    drawn = set()
    for seed in range(20):
        reps = MODEL.encode(params, GRAPH, key=jax.random.key(seed))
        value = float(levels_ranked(params, reps, one))
        near = int(np.argmin(np.abs(np.array(possible) - value)))
        np.testing.assert_allclose(value, possible[near], rtol=1e-4)
        drawn.add(near)
    assert drawn == {0, 1, 2}


def test_friends_are_ranked_above_others_and_who_has_none_is_left_out(params):
    user, _ = vectors(params)
    pair = lambda u, f: mlp(params["terms"][1], np.concatenate([user[u], user[f]]))[0]
    one = jax.tree.map(lambda leaf: leaf[:1], BATCH)
    possible = [expected_loss((pair(0, f), pair(0, s))) for f in (1, 3) for s in (2, 4)]
    drawn = set()
    for seed in range(30):
        reps = MODEL.encode(params, GRAPH, key=jax.random.key(seed))
        value = float(friends_ranked(params, reps, one))
        near = int(np.argmin(np.abs(np.array(possible) - value)))
        np.testing.assert_allclose(value, possible[near], rtol=1e-4)
        drawn.add(near)
        alone = one._replace(query=jnp.array([2]))
        assert friends_ranked(params, reps, alone) == 0
    assert drawn == {0, 1, 2, 3}
    with pytest.raises(InputError, match="encode with a key"):
        friends_ranked(params, MODEL.encode(params, GRAPH), one)


def test_the_social_encoder_tells_friends_from_permuted_rows(key):
    """Two circles of friends: more steps tell more, and friends become alike."""
    circles = [(n, (n + 1) % 5) for n in range(5)] + [(5 + n, 5 + (n + 1) % 5) for n in range(5)]
    ends = np.array(circles, np.int32).T
    graph = homogeneous(np.append(*ends), np.append(*ends[::-1]), 10, self_loops=True)
    found = np.asarray(jax.jit(lambda k: social_encoder(k, graph, 10, 16, 300))(key))
    assert np.isfinite(found).all()
    unit = found / np.linalg.norm(found, axis=1, keepdims=True)
    alike = unit @ unit.T
    near = np.mean([alike[one, other] for one, other in circles])
    assert near > alike[:5, 5:].mean()


@pytest.mark.parametrize(("words", "told"), [({"dim": 3}, "dim is 3"), ({"n_layers": 0}, "is 0")])
def test_bad_numbers_are_refused(words, told):
    with pytest.raises(InputError, match=told):
        sr_hgnn(GRAPH, U, I, **words)
