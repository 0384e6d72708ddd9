"""DiffNet against means in NumPy, user by user."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import Batch, InputError
from jaxrec.losses import bpr
from jaxrec.models import diffnet
from jaxrec.models.diffnet import influence_graph
from jaxrec.train import objective, rank
from tests.models.small import wide
from tests.models.social import (
    FRIENDS,
    FRIENDS_OF,
    ITEMS_OF,
    TRAIN,
    I,
    U,
    all_scores,
    assert_one_trace_and_finite_gradients,
    assert_same_when_renumbered,
    filled,
)

GRAPH = influence_graph(TRAIN, FRIENDS)
MODEL = diffnet(U, I, 3)


@pytest.fixture
def params(key):
    return filled(MODEL, key)


@pytest.mark.parametrize("n_layers", [0, 1, 2])
def test_users_are_sums_of_means_over_friends_and_of_their_items(params, n_layers):
    user, item = wide(params["user"]), wide(params["item"])
    mean = lambda rows, near: rows[near].mean(0) if near else np.zeros(3)
    layers = [user]
    for _ in range(n_layers):
        layers.append(np.array([mean(layers[-1], FRIENDS_OF[u]) for u in range(U)]))
    query = sum(layers) + np.array([mean(item, ITEMS_OF[u]) for u in range(U)])
    found = all_scores(diffnet(U, I, 3, n_layers=n_layers), params, GRAPH)
    np.testing.assert_allclose(found, query @ item.T, rtol=1e-4, atol=1e-6)


def test_numbers_of_rows_and_the_order_of_links_change_nothing(params):
    assert_same_when_renumbered(MODEL, params, influence_graph)


def test_training_traces_once_and_reaches_both_tables(params):
    loss = objective(MODEL, rank=(1.0, rank(MODEL, bpr)))
    candidates = jnp.array([[0, 3], [2, 1]])
    batch = Batch(jnp.array([1, 3]), candidates, jnp.eye(2), jnp.ones((2, 2), bool))
    assert_one_trace_and_finite_gradients(
        MODEL, params, GRAPH, lambda p, g, key: loss(p, g, batch, key)[0]
    )


def test_negative_layers_are_refused():
    with pytest.raises(InputError, match="n_layers is -1"):
        diffnet(U, I, n_layers=-1)
