"""A client's gradient is that of its own loss on the graph of all, whatever it lacks."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec.data import Interactions, Relation
from jaxrec.federated import (
    Chosen,
    client_loss,
    client_updates,
    ego_graphs,
    messages_of,
    rating_clients,
    unchanged,
)
from jaxrec.losses import root_mean_squared_error
from jaxrec.models import fesog
from jaxrec.models.fesog import ego_graph
from tests.models.social import I, U, filled


def test_clients_of_two_components_one_isolated_and_two_with_one_rating_send_own_rows_alone(key):
    """Users 0 and 1 with items 0 and 1 are one component; user 4 has no friend; 1 and 3 rate once.

    What each sends is the gradient of its own loss on the graph of all, which reads nothing else.
    """
    user, item = np.int32([0, 0, 1, 2, 2, 3, 4, 4]), np.int32([0, 1, 1, 2, 3, 2, 2, 3])
    train = Interactions(user, item, U, I, rating=np.float32([1, 5, 3, 2, 4, 5, 0.5, 1]))
    links = Relation("user", "user", np.int32([0, 3]), np.int32([1, 2]), U, U, directed=False)
    buckets = rating_clients(train, ego_graphs, links)
    graph = ego_graph(train, links)
    model = fesog(graph, U, I, 3)
    params = filled(model, key)
    loss_fn = client_loss(model, root_mean_squared_error)
    chosen = [Chosen(bucket, jnp.ones(len(bucket.user), bool)) for bucket in buckets]
    updates, _ = jax.jit(lambda: client_updates(loss_fn, unchanged, params, chosen, key))()
    sent = {}
    for update, bucket in zip(updates, buckets, strict=True):
        sent |= messages_of(update, bucket.user)

    def losses(params):
        asked = jnp.asarray(user), jnp.asarray(item)[:, None]
        scores = model.score(model.encode(params, graph), *asked)[:, 0]
        squared = (scores - train.rating) ** 2
        return jnp.sqrt(jax.ops.segment_sum(squared, user, U) / np.bincount(user) + 1e-12)

    expected = jax.jit(jax.jacrev(losses))(params)
    friends = {0: {1}, 1: {0}, 2: {3}, 3: {2}, 4: set()}
    assert sorted(sent) == ["0", "1", "2", "3", "4"]
    for u, friends_of in friends.items():
        message, own = sent[str(u)], jax.tree.map(lambda leaf, u=u: np.array(leaf[u]), expected)
        assert set(message.rows["user"]) == {u} | friends_of and message.weight == sum(user == u)
        assert set(message.rows["item"]) == set(item[user == u])
        for name, rows in message.rows.items():
            of_rows = own[name][rows].copy()
            own[name][rows] = 0
            assert not np.any(own[name])
            own[name] = of_rows
        same = partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-5)
        jax.tree.map(same, message.gradient, own)
