"""Ratings and friends of five users and four items, and what holds for all models of them."""

from dataclasses import replace

import chex
import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.data import Interactions, Relation

U, I = 5, 4  # noqa: E741
USER = np.array([0, 0, 0, 1, 1, 2], np.int32)  # User 3 has friends alone, user 4 nothing.
ITEM = np.array([0, 1, 2, 0, 2, 1], np.int32)  # Item 3 has no rating.
RATING = np.array([5, 3, 0.5, 4, 5, 3], np.float32)
TRAIN = Interactions(USER, ITEM, U, I, rating=RATING)
FRIENDS = Relation("user", "user", np.int32([0, 1, 3]), np.int32([1, 3, 0]), U, U, directed=False)
FRIENDS_OF = {0: [1, 3], 1: [0, 3], 2: [], 3: [0, 1], 4: []}
ITEMS_OF = {user: ITEM[user == USER].tolist() for user in range(U)}
USERS_OF = {item: USER[item == ITEM].tolist() for item in range(I)}
NEW_USER, NEW_ITEM = np.array([2, 4, 0, 1, 3]), np.array([3, 1, 0, 2])
"""Where each row goes when rows are numbered anew."""


def filled(model, key):
    """Parameters of which none is 0."""
    leaves, tree = jax.tree.flatten(jax.eval_shape(model.init, key))
    rng = np.random.default_rng(0)
    drawn = [jnp.asarray(rng.normal(0, 0.5, leaf.shape), leaf.dtype) for leaf in leaves]
    return jax.tree.unflatten(tree, drawn)


def renumbered() -> tuple[Interactions, Relation]:
    """The same data by other rows, in another order, links from the other end."""
    order = np.array([3, 5, 0, 2, 4, 1])
    user, item = NEW_USER[USER][order], NEW_ITEM[ITEM][order]
    train = Interactions(user.astype(np.int32), item.astype(np.int32), U, I, rating=RATING[order])
    turned = NEW_USER[FRIENDS.receivers][::-1], NEW_USER[FRIENDS.senders][::-1]
    ends = dict(
        zip(("senders", "receivers"), (end.astype(np.int32) for end in turned), strict=True)
    )
    return train, replace(FRIENDS, **ends)


def moved(table, to):
    """A table by the new rows."""
    return jnp.asarray(table)[np.argsort(to)]


def all_scores(model, params, graph):
    return np.asarray(model.score(model.encode(params, graph), jnp.arange(U), jnp.arange(I)))


def assert_same_when_renumbered(model, params, graph_of, tables=("user", "item")):
    """Scores of pairs do not change with the numbers of users and items, nor the order of links."""
    before = all_scores(model, params, graph_of(TRAIN, FRIENDS))
    to = {"user": NEW_USER, "item": NEW_ITEM, "social": NEW_USER}
    other = params | {name: moved(params[name], to[name]) for name in tables}
    after = all_scores(model, other, graph_of(*renumbered()))
    np.testing.assert_allclose(after[np.ix_(NEW_USER, NEW_ITEM)], before, rtol=1e-4, atol=1e-5)


def assert_one_trace_and_finite_gradients(model, params, graph, loss, frozen=()):
    """``loss(params, graph, key)`` is traced once and moves every table but those frozen."""
    once = chex.assert_max_traces(
        lambda params, graph, key: jax.grad(loss)(params, graph, key), n=1
    )
    gradient = jax.jit(once)
    for seed in range(2):
        found = gradient(params, graph, jax.random.key(seed))
    for path, leaf in jax.tree_util.tree_leaves_with_path(found):
        assert np.isfinite(leaf).all(), path
        assert np.any(leaf) == (path[0].key not in frozen), path
