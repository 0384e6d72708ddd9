"""FeSoG against its formulas in NumPy, one user at a time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch, InputError
from jaxrec.data import Interactions, Relation
from jaxrec.graph import rated
from jaxrec.losses import squared_error
from jaxrec.models import fesog
from jaxrec.models.fesog import ego_graph
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
    I,
    U,
    all_scores,
    assert_one_trace_and_finite_gradients,
    assert_same_when_renumbered,
    filled,
)

DIM = 3
GRAPH = ego_graph(TRAIN, FRIENDS)
MODEL = fesog(GRAPH, U, I, DIM)


@pytest.fixture
def params(key):
    return filled(MODEL, key)


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / e.sum()


def attended(weights, own, others):
    """``sum_j alpha_j e_j W'``."""
    w, a, message = (wide(weights[name]) for name in ("kernel", "logit", "message"))
    logit = np.array([np.concatenate([own @ w, other @ w]) @ a for other in others])
    return softmax(np.where(logit > 0, logit, 0.1 * logit)) @ (np.array(others) @ message)


def by_hand(params, items_of=ITEMS_OF, friends_of=FRIENDS_OF, biases=True):
    """All ratings; a user reads their own row and those of their items and friends."""
    user, item = wide(params["user"]), wide(params["item"])
    vectors, rows = user[:, :DIM], item[:, :DIM]
    relation, c = wide(params["relation"]), wide(params["combine"])
    found = np.zeros((len(user), len(item)))
    for u, own in enumerate(vectors):
        parts = [(own, relation[2])]
        if items_of[u]:
            parts.append((attended(params["items"], own, rows[items_of[u]]), relation[1]))
        if friends_of[u]:
            parts.append((attended(params["friends"], own, vectors[friends_of[u]]), relation[0]))
        beta = softmax(np.array([c @ np.concatenate(part) for part in parts]))
        found[u] = rows @ sum(b * h for b, (h, _) in zip(beta, parts, strict=True))
    if biases:
        found += wide(params["intercept"]) + user[:, DIM:] + item[:, DIM]
    return found


def test_ratings_are_the_formula_also_of_users_without_friends_or_items(params):
    """User 2 has one rating and no friend, user 3 friends alone, user 4 nothing."""
    found = all_scores(MODEL, params, GRAPH)
    np.testing.assert_allclose(found, by_hand(params), rtol=1e-5, atol=1e-5)
    user, item = wide(params["user"]), wide(params["item"])
    plain = item[:, :DIM] @ user[4, :DIM] + wide(params["intercept"]) + user[4, DIM] + item[:, DIM]
    np.testing.assert_allclose(found[4], plain, rtol=1e-5, atol=1e-5)  # A user alone is e_u.


def test_without_biases_ratings_are_inner_products_as_in_the_paper(params):
    bare = {name: leaf for name, leaf in params.items() if name != "intercept"}
    bare |= {name: params[name][:, :DIM] for name in ("user", "item")}
    model = fesog(GRAPH, U, I, DIM, biases=False)
    assert jax.tree.structure(jax.eval_shape(model.init, jax.random.key(0))) == (
        jax.tree.structure(bare)
    )
    found = all_scores(model, bare, GRAPH)
    np.testing.assert_allclose(found, by_hand(bare, biases=False), rtol=1e-5, atol=1e-5)


def test_the_intercept_begins_in_the_middle_of_the_scale(key):
    params = fesog(GRAPH, U, I, DIM, init_scale=1e-6).init(key)
    np.testing.assert_allclose(all_scores(MODEL, params, GRAPH), (0.5 + 5) / 2, atol=1e-3)


def test_centered_ratings_begin_at_the_mean_and_the_given_biases(params, key):
    """And are the formula with them, for terms that read ``known`` to weigh."""
    user_bias, item_bias = np.linspace(-1, 1, U), np.linspace(0.5, -2, I)
    known = rated(TRAIN, user_bias.astype(np.float32), item_bias.astype(np.float32))
    graph = ego_graph(TRAIN, FRIENDS, known)
    model = fesog(graph, U, I, DIM)
    small = fesog(graph, U, I, DIM, init_scale=1e-6).init(key)
    expected = RATING.mean() + user_bias[:, None] + item_bias
    np.testing.assert_allclose(all_scores(model, small, graph), expected, atol=1e-3)
    begun = params | {name: small[name] for name in ("user", "item", "intercept")}
    np.testing.assert_allclose(all_scores(model, begun, graph), by_hand(begun), rtol=1e-5)
    np.testing.assert_allclose(all_scores(model, params, graph), by_hand(params), rtol=1e-5)
    assert model.encode(params, graph).rated is known
    with pytest.raises(InputError, match="biases is False, so nothing can begin at the mean"):
        fesog(graph, U, I, DIM, biases=False)


def test_two_components_do_not_read_each_other(params):
    """Users 0 and 1 and items 0 and 1, apart from the rest: other rows may change."""
    user, item = np.int32([0, 1, 2, 3]), np.int32([0, 1, 2, 3])
    train = Interactions(user, item, U, I, rating=np.float32([1, 2, 3, 4]))
    links = Relation("user", "user", np.int32([0, 2]), np.int32([1, 3]), U, U, directed=False)
    graph = ego_graph(train, links)
    other = params | {"user": params["user"].at[2:].add(1), "item": params["item"].at[2:].add(1)}
    found, changed = (all_scores(MODEL, one, graph) for one in (params, other))
    np.testing.assert_array_equal(found[:2, :2], changed[:2, :2])
    assert not np.any(np.isclose(found[2:4, 2:], changed[2:4, 2:]))


def test_numbers_of_rows_and_the_order_of_links_change_nothing(params):
    assert_same_when_renumbered(MODEL, params, ego_graph)


def test_training_traces_once_and_reaches_every_table(params):
    batch = Batch(USER, ITEM[:, None], RATING[:, None], jnp.ones((len(USER), 1), bool))
    batch = jax.tree.map(jnp.asarray, batch)
    loss = objective(MODEL, rank=(1.0, rank(MODEL, squared_error)))
    assert_one_trace_and_finite_gradients(
        MODEL, params, GRAPH, lambda p, g, key: loss(p, g, batch, key)[0]
    )


def test_a_width_below_one_is_refused():
    with pytest.raises(InputError, match="dim is 0; give 1 or more"):
        fesog(GRAPH, U, I, 0)
