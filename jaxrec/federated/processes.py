"""A round over processes: what the server sends, what a process of clients answers, as bytes.

A process holds the ratings of some clients and none of others. Who takes part, pseudo-items and
noise follow from the key of the run, by each client's place among all, so a round is that of
``round_step``, up to the order of sums. How the bytes travel is not its concern (``flower`` is one
way); they are msgpack, which holds numbers and runs no code.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.serialization import msgpack_restore, msgpack_serialize
from jaxtyping import Int

from jaxrec.base import LossFn
from jaxrec.data import Interactions
from jaxrec.federated.aggregate import Aggregate
from jaxrec.federated.cohort import Chosen, Federation, federation, participants
from jaxrec.federated.messages import Message, messages_of, received
from jaxrec.federated.privatize import Privatize
from jaxrec.federated.rounds import client_updates
from jaxrec.train import TrainState

_draw = jax.jit(participants, static_argnums=(2, 3, 4))


class Round(NamedTuple):
    """What server and clients agree on before the first round.

    Attributes:
      everyone: all clients, or ``share`` of them.
      loss_fn: of one client, by rows of its own tables (``client_loss``).
    """

    everyone: Federation
    loss_fn: LossFn
    privatize: Privatize
    aggregate: Aggregate
    optimizer: optax.GradientTransformation
    n_chosen: int
    n_items: int
    n_pseudo: int = 0

    def draw(self, state: TrainState) -> tuple[Chosen, ...]:
        """The participants of the round that comes next."""
        key, how = state.step_key(0), (self.n_chosen, self.n_items, self.n_pseudo)
        return _draw(key, self.everyone, *how)


def share(everyone: Federation, train: Interactions, users: Int[np.ndarray, "n"]) -> Federation:
    """The federation with all that is not of ``users`` set to 0; every client keeps its place."""

    def cut(bucket):
        own = np.isin(bucket.user, users)
        zero = lambda leaf: np.where(own.reshape(-1, *[1] * (np.ndim(leaf) - 1)), leaf, 0)
        zeros = jax.tree.map(lambda leaf: zero(leaf).astype(leaf.dtype), bucket)
        return zeros._replace(user=bucket.user)

    own = np.isin(train.user, users)
    of_users = replace(train, user=train.user[own], item=train.item[own], rating=None, time=None)
    return federation(of_users, [cut(bucket) for bucket in everyone.buckets])


def request(state: TrainState) -> bytes:
    """What the server sends to every process: the parameters, the run's key and the round."""
    key, params = jax.random.key_data(state.key), jax.tree.map(np.asarray, state.params)
    return msgpack_serialize({"params": params, "key": np.asarray(key), "step": int(state.step)})


def answering(how: Round, users: Int[np.ndarray, "n"]) -> Callable[[bytes], dict[str, Message]]:
    """Builds what a process does with a request: its participants' messages, by user."""
    update = jax.jit(partial(client_updates, how.loss_fn, how.privatize))

    def answer(asked: bytes) -> dict[str, Message]:
        given: Any = msgpack_restore(asked)
        key = jax.random.wrap_key_data(jnp.asarray(given["key"]))
        state = TrainState(given["params"], None, key, jnp.int32(given["step"]))
        found: dict[str, Message] = {}
        for chosen in how.draw(state):
            own = _present(chosen, users)
            if own is not None:
                (sent,), _ = update(state.params, [own], state.step_key(1))
                by_user = messages_of(jax.tree.map(np.asarray, sent), own.clients.user)
                found |= dict(list(by_user.items())[: np.sum(own.present)])
        return found

    return answer


def _present(chosen: Chosen, users: Int[np.ndarray, "n"]) -> Chosen | None:
    """Those of ``users`` who take part, padded to a power of two, so that shapes are few."""
    clients, there = jax.tree.map(np.asarray, tuple(chosen))
    slots = np.flatnonzero(there & np.isin(clients.user, users))
    if not len(slots):
        return None
    padded = np.resize(slots, 1 << (len(slots) - 1).bit_length())
    present: Any = np.arange(len(padded)) < len(slots)
    clients = jax.tree.map(lambda leaf: leaf[padded], clients)
    return Chosen(clients._replace(user=np.where(present, clients.user, -1)), present)


def packed(messages: Mapping[str, Message]) -> bytes:
    """Messages by user, as a process sends them."""
    as_numpy = lambda message: jax.tree.map(np.asarray, message._asdict())
    return msgpack_serialize({user: as_numpy(message) for user, message in messages.items()})


def unpacked(sent: bytes) -> dict[str, Message]:
    """The inverse of ``packed``; nothing, if the bytes are not what it makes."""
    try:
        found: Any = msgpack_restore(sent)
        return {str(user): _message(given) for user, given in found.items()}
    except Exception:  # Of any kind: the sender is not to be trusted.
        return {}


def _message(given: Mapping[str, Any]) -> Message:
    return Message(dict(given["rows"]), dict(given["gradient"]), float(given["weight"]))


def after_round(
    how: Round, state: TrainState, answers: Iterable[bytes]
) -> tuple[TrainState, dict[str, str]]:
    """The server's part: draws who takes part, averages what came of them, and takes a step.

    Returns:
      The next state, and by user why a participant is left out. Messages of others are ignored.
    """
    came: dict[str, Message] = {}
    for sent in answers:
        came |= unpacked(sent)
    expected: list[str] = []
    for clients, present in how.draw(state):
        expected += map(str, np.asarray(clients.user)[np.asarray(present)])
    by_user = {user: came.get(user) for user in expected}
    gradient, left_out = received(state.params, by_user, how.aggregate)
    changes, opt_state = how.optimizer.update(gradient, state.opt_state, state.params)
    params = optax.apply_updates(state.params, changes)
    return state._replace(params=params, opt_state=opt_state, step=state.step + 1), left_out
