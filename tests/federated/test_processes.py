"""Rounds over bytes are those of the simulation, and what comes broken is left out."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrec import federated
from jaxrec.federated import processes
from jaxrec.losses import root_mean_squared_error
from jaxrec.models import fesog
from jaxrec.models.fesog import ego_graph
from jaxrec.train import TrainState
from tests.models.social import FRIENDS, RATING, TRAIN, I, U, filled

N_PSEUDO, EVERY = 1, np.arange(3)
MODEL = fesog(ego_graph(TRAIN, FRIENDS), U, I, 3)
SHARES = (np.array([0, 2]), np.array([1]))


@pytest.fixture(scope="module")
def how():
    clients = federated.rating_clients(TRAIN, federated.ego_graphs, FRIENDS, N_PSEUDO)
    return processes.Round(
        federated.federation(TRAIN, clients),
        federated.client_loss(MODEL, root_mean_squared_error, N_PSEUDO, np.unique(RATING)),
        federated.relative_laplace(),
        federated.mean_by_clients(),
        optax.chain(optax.sgd(0.1), federated.decay_rows(1e-3)),
        n_chosen=2,
        n_items=I,
        n_pseudo=N_PSEUDO,
    )


@pytest.fixture(scope="module")
def answers(how):
    """What each of two processes does, which know their own clients alone."""
    cut = [processes.share(how.everyone, TRAIN, users) for users in SHARES]
    return [
        processes.answering(how._replace(everyone=own), users)
        for own, users in zip(cut, SHARES, strict=True)
    ]


@pytest.fixture(scope="module")
def start(how):
    params = filled(MODEL, jax.random.key(0))
    return TrainState(params, how.optimizer.init(params), jax.random.key(1), jnp.int32(0))


def test_rounds_over_bytes_are_those_of_the_simulation(how, answers, start):
    step = federated.round_step(how.loss_fn, how.aggregate, how.privatize, how.optimizer)
    simulated = jax.jit(lambda state: step.update(state, None, how.draw(state))[0])
    server = how._replace(everyone=processes.share(how.everyone, TRAIN, np.array([], int)))
    expected = state = start
    for _ in range(4):
        sent = [processes.packed(answer(processes.request(state))) for answer in answers]
        state, left_out = processes.after_round(server, state, sent)
        expected = simulated(expected)
        assert left_out == {}
    assert int(state.step) == 4
    assert not np.allclose(state.params["item"], start.params["item"])
    same = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)
    jax.tree.map(same, state.params, expected.params)


def test_a_share_has_no_number_of_others(how):
    cut = processes.share(how.everyone, TRAIN, SHARES[1])
    for bucket in cut.buckets:
        for leaf in jax.tree.leaves(bucket._replace(user=None)):
            assert not np.any(leaf[bucket.user != 1])
    assert cut.likes.nonempty.tolist() == [1]
    label = np.concatenate([b.batch.label[b.user == 1].ravel() for b in cut.buckets])
    assert sorted(label[label > 0]) == sorted(RATING[TRAIN.user == 1])


def test_who_sends_no_numbers_a_wrong_shape_or_nothing_is_left_out_and_named(how, answers, start):
    everyone = how._replace(n_chosen=3)
    messages = processes.answering(everyone, EVERY)(processes.request(start))
    assert sorted(messages) == ["0", "1", "2"]
    nan = messages["0"].gradient | {"intercept": np.float32(np.nan)}
    sent = [
        processes.packed({"0": messages["0"]._replace(gradient=nan), "7": messages["0"]}),
        processes.packed({"2": messages["2"]})[:-9],  # Cut off on its way.
        processes.packed({"1": messages["1"]}),
    ]
    state, left_out = processes.after_round(everyone, start, sent)
    assert left_out == {"0": "its gradient is not finite", "2": "nothing came"}
    alone, _ = processes.after_round(everyone, start, sent[2:])
    jax.tree.map(np.testing.assert_array_equal, state.params, alone.params)
    strange = messages["1"]._replace(rows=dict(messages["1"].rows) | {"shop": np.array([0])})
    floats = {name: rows.astype(np.float32) for name, rows in messages["2"].rows.items()}
    sent = [processes.packed({"1": strange, "2": messages["2"]._replace(rows=floats)})]
    _, left_out = processes.after_round(everyone, start, sent)
    assert left_out == {
        "0": "nothing came",
        "1": "it names rows of item, shop, user, not of item, user",
        "2": "it names rows of item that are not among 4",
    }


def test_a_round_without_participants_of_a_process_is_answered_by_nothing(how, start):
    assert processes.answering(how, np.array([], int))(processes.request(start)) == {}
    assert processes.unpacked(b"") == processes.unpacked(b"no messages") == {}
