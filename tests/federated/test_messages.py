"""A server of messages averages as the simulation does, and leaves out what is broken."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.federated import (
    client_loss,
    client_updates,
    ego_graphs,
    federation,
    mean_by_clients,
    message_bytes,
    messages_of,
    participants,
    rating_clients,
    received,
    relative_laplace,
)
from jaxrec.losses import root_mean_squared_error
from jaxrec.models import fesog
from jaxrec.models.fesog import ego_graph
from tests.models.social import FRIENDS, FRIENDS_OF, ITEMS_OF, TRAIN, I, U, filled

MODEL = fesog(ego_graph(TRAIN, FRIENDS), U, I, 3)
PARAMS = filled(MODEL, jax.random.key(0))


@pytest.fixture(scope="module")
def updates():
    clients = federation(TRAIN, rating_clients(TRAIN, ego_graphs, FRIENDS))
    chosen = participants(jax.random.key(1), clients, n_chosen=3, n_items=I)
    loss = client_loss(MODEL, root_mean_squared_error)
    run = jax.jit(
        lambda: client_updates(loss, relative_laplace(), PARAMS, chosen, jax.random.key(2))
    )
    return run()[0], chosen


@pytest.fixture
def messages(updates):
    found = {}
    for update, chosen in zip(*updates, strict=True):
        found |= messages_of(update, chosen.clients.user)
    return found


def assert_same(one, other):
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_messages_hold_own_rows_alone_and_make_the_gradient_of_the_simulation(updates, messages):
    for user, message in messages.items():
        u = int(user)
        assert sorted(message.rows["item"]) == sorted(ITEMS_OF[u])
        assert sorted(message.rows["user"]) == sorted([u, *FRIENDS_OF[u]])
    found, left_out = received(PARAMS, messages, mean_by_clients())
    assert left_out == {}
    assert_same(found, mean_by_clients()(PARAMS, updates[0]))


def test_what_is_broken_or_missing_is_left_out_and_named(messages):
    alone, _ = received(PARAMS, {"1": messages["1"]}, mean_by_clients())
    broken = messages["0"].gradient | {"intercept": np.float32(np.nan)}
    narrow = messages["0"].gradient | {"item": messages["0"].gradient["item"][:, :2]}
    bare = {name: leaf for name, leaf in messages["0"].gradient.items() if name != "combine"}
    elsewhere = dict(messages["0"].rows) | {"item": np.array([0, 1, I])}
    given = {
        "1": messages["1"],
        "a": messages["0"]._replace(gradient=broken),
        "b": messages["0"]._replace(gradient=narrow),
        "c": None,
        "d": messages["0"]._replace(gradient=bare),
        "e": messages["0"]._replace(rows=elsewhere),
        "f": messages["0"]._replace(weight=float("nan")),
    }
    found, left_out = received(PARAMS, given, mean_by_clients())
    assert left_out == {
        "a": "its gradient is not finite",
        "b": "its gradient has another shape than the parameters",
        "c": "nothing came",
        "d": "its gradient has other parts than the parameters",
        "e": f"it names rows of item that are not among {I}",
        "f": "its weight is nan",
    }
    assert_same(found, alone)


def test_a_message_counts_its_bytes(messages):
    """User 2: one item row and one user row of four numbers, a row number each, and the layers."""
    layers = {name: leaf for name, leaf in PARAMS.items() if name not in ("user", "item")}
    n_layers = sum(np.size(leaf) for leaf in jax.tree.leaves(layers))
    assert messages["2"].n_bytes == 4 * (n_layers + 2 * 4 + 2 + 1)
    buckets = rating_clients(TRAIN, ego_graphs, FRIENDS)
    counted = message_bytes(PARAMS, buckets)
    users = np.concatenate([bucket.user for bucket in buckets])
    assert counted == [messages[str(user)].n_bytes for user in users]
    assert message_bytes(PARAMS, buckets, n_pseudo=2) == [n + 2 * 4 * 5 for n in counted]


def test_nobody_leaves_the_parameters_where_they_are():
    found, left_out = received(PARAMS, {"0": None}, mean_by_clients())
    assert not any(jnp.any(leaf) for leaf in jax.tree.leaves(found)) and len(left_out) == 1
