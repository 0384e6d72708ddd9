"""Participants are a uniform sample; counts of rounds are those that training draws."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.federated import (
    ego_graphs,
    federation,
    most_rounds,
    no_graphs,
    participants,
    rating_clients,
)
from jaxrec.train import TrainState
from tests.models.social import FRIENDS, FRIENDS_OF, ITEM, RATING, TRAIN, USER

U, I, P = 40, 30, 6  # noqa: E741
RNG = np.random.default_rng(0)
THERE = RNG.random((U, I)) < np.linspace(0.02, 0.9, U)[:, None]
ROWS = tuple(side.astype(np.int32) for side in np.nonzero(THERE))
MANY = Interactions(*ROWS, U, I, rating=RNG.integers(1, 6, len(ROWS[0])).astype(np.float32))
ALL = federation(MANY, rating_clients(MANY, no_graphs, n_pseudo=P))
DRAW = jax.jit(
    partial(participants, n_chosen=12, n_items=I, n_pseudo=P),
)


def state(seed, step):
    return TrainState({}, None, jax.random.key(seed), jnp.int32(step))


def users(drawn):
    return np.concatenate([np.asarray(c.clients.user)[np.asarray(c.present)] for c in drawn])


def test_each_round_has_as_many_clients_and_each_comes_as_often_as_any():
    n, rounds = ALL.n_clients, 400
    count = np.zeros(U)
    for step in range(rounds):
        own = users(DRAW(state(0, step).step_key(0), ALL))
        assert len(own) == len(set(own)) == 12
        count[own] += 1
    share = 12 / n
    bound = 5 * np.sqrt(rounds * share * (1 - share))
    rated = THERE.any(1)
    assert n == rated.sum() and not count[~rated].any()
    np.testing.assert_array_less(np.abs(count[rated] - rounds * share), bound)
    key = state(0, 0).key
    assert most_rounds(key, n, 12, rounds) == count.max()
    assert most_rounds(key, n, n, rounds) == rounds


def test_pseudo_items_are_new_each_round_distinct_and_unrated():
    seen = []
    for step in range(3):
        for chosen in DRAW(state(1, step).step_key(0), ALL):
            clients = chosen.clients
            for place, u in enumerate(np.asarray(clients.user)):
                valid = np.asarray(clients.owned["item"][place, -P:])
                drawn = np.asarray(clients.rows["item"][place, -P:])[valid]
                assert len(set(drawn)) == len(drawn) and not THERE[u, drawn].any()
                assert (np.asarray(clients.batch.mask[place, 0, -P:]) == valid).all()
                seen.append((u, tuple(drawn)))
    assert len({drawn for u, drawn in seen if u == seen[0][0]}) > 1


def test_a_client_holds_its_own_ratings_and_friends_and_no_others():
    for bucket in rating_clients(TRAIN, ego_graphs, FRIENDS):
        for place, u in enumerate(bucket.user):
            mask = bucket.batch.mask[place, 0]
            local = bucket.batch.item[place, 0][mask]
            items = bucket.rows["item"][place][local]
            expected = dict(zip(ITEM[USER == u], RATING[USER == u], strict=True))
            assert dict(zip(items, bucket.batch.label[place, 0][mask], strict=True)) == expected
            rows, owned = bucket.rows["user"][place], bucket.owned["user"][place]
            assert rows[0] == u and sorted(rows[owned][1:]) == FRIENDS_OF[u]
            for graph, n in (
                (bucket.graph.to_users, len(items)),
                (bucket.graph.social, len(FRIENDS_OF[u])),
            ):
                assert np.sum(graph.receivers[place] == 0) == n
                assert set(graph.receivers[place]) <= {0, len(rows) - 1}
                assert (np.diff(graph.receivers[place]) >= 0).all()


def test_arguments_out_of_range_are_refused():
    with pytest.raises(InputError, match="n_pseudo is -1"):
        rating_clients(TRAIN, no_graphs, n_pseudo=-1)
    with pytest.raises(InputError, match="no client"):
        federation(TRAIN, ())
