"""A round over messages: what a server does with what clients send it, on the host.

``round_step`` simulates all clients at once; a server of real clients receives a message from each,
late, broken or never. Its sums are those of ``aggregate`` over the messages that are whole.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from jaxrec.base import Params
from jaxrec.federated.aggregate import Aggregate, Update
from jaxrec.federated.clients import Clients


class Message(NamedTuple):
    """What a client sends.

    Attributes:
      rows: of each table that is cut, the rows of the server's table that the gradient is of.
      gradient: of these rows, and of all other parameters whole.
      weight: ratings that it is the mean of, pseudo-items among them.
    """

    rows: Mapping[str, Int[np.ndarray, "R"]]
    gradient: Params
    weight: float

    @property
    def n_bytes(self) -> int:
        """Of all numbers that are sent."""
        leaves = jax.tree.leaves((dict(self.rows), self.gradient))
        return sum(np.asarray(leaf).nbytes for leaf in leaves) + 4


def fault(message: Message | None, params: Params) -> str | None:
    """Why a message cannot be used; None where it can."""
    if message is None:
        return "nothing came"
    if not message.weight > 0:
        return f"its weight is {message.weight}"
    tables = sorted({"user", "item"} & set(params))
    if sorted(message.rows) != tables:
        return f"it names rows of {', '.join(sorted(message.rows))}, not of {', '.join(tables)}"
    own = {name: params[name][:1] for name in message.rows}
    if jax.tree.structure(message.gradient) != jax.tree.structure(params):
        return "its gradient has other parts than the parameters"
    for name, rows in message.rows.items():
        rows, n_rows = np.asarray(rows), params[name].shape[0]
        whole = rows.ndim == 1 and np.issubdtype(rows.dtype, np.integer)
        if not whole or np.any((rows < 0) | (rows >= n_rows)):
            return f"it names rows of {name} that are not among {n_rows}"
        own[name] = np.broadcast_to(own[name], (len(rows), *params[name].shape[1:]))
    expected = jax.tree.leaves(jax.tree.map(np.shape, params | own, is_leaf=_is_array))
    found = jax.tree.leaves(jax.tree.map(np.shape, message.gradient, is_leaf=_is_array))
    if expected != found:
        return "its gradient has another shape than the parameters"
    if not all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(message.gradient)):
        return "its gradient is not finite"
    return None


def _is_array(leaf: Any) -> bool:
    return hasattr(leaf, "shape")


def received(
    params: Params, messages: Mapping[str, Message | None], aggregate: Aggregate
) -> tuple[Params, dict[str, str]]:
    """The gradient of all whole messages, and of the others why they are left out.

    Args:
      messages: by client; None from whom nothing came.

    Returns:
      A gradient shaped as the parameters, 0 where nobody sent one, and reasons by client.
    """
    faults = {client: fault(message, params) for client, message in messages.items()}
    left_out = {client: why for client, why in faults.items() if why is not None}
    kept = [m for client, m in messages.items() if client not in left_out and m is not None]
    return aggregate(params, _updates(kept)), left_out


def _updates(messages: Sequence[Message]) -> list[Update]:
    """All messages as one bucket, their rows padded to a power of two, so that shapes are few."""
    if not messages:
        return []
    rows, owned, gradient = {}, {}, {}
    for name in messages[0].gradient:
        parts = [message.gradient[name] for message in messages]
        if name in messages[0].rows:
            own = [np.asarray(message.rows[name], np.int32) for message in messages]
            width = 1 << max(len(each) - 1 for each in own).bit_length()
            padded = lambda each, width=width: np.pad(
                each, [(0, width - len(each)), *[(0, 0)] * (each.ndim - 1)]
            )
            rows[name] = np.stack([padded(each) for each in own])
            owned[name] = np.arange(width) < np.array([[len(each)] for each in own])
            parts = [padded(np.asarray(each)) for each in parts]
        gradient[name] = jax.tree.map(lambda *leaves: np.stack(leaves), *parts)
    weight: Any = np.array([message.weight for message in messages], np.float32)
    return [jax.tree.map(jnp.asarray, Update(rows, owned, gradient, weight))]


def messages_of(
    update: Update, users: Int[Array, "K"] | Int[np.ndarray, "K"]
) -> dict[str, Message]:
    """What each client of a bucket sends, without padding: the simulation's update in messages."""
    found = {}
    for place, user in enumerate(np.asarray(users)):
        owned = {name: np.asarray(mask[place]) for name, mask in update.owned.items()}
        own = jax.tree.map(lambda leaf, place=place: np.asarray(leaf[place]), update.gradient)
        cut = {name: own[name][mask] for name, mask in owned.items()}
        rows = {name: np.asarray(update.rows[name][place])[mask] for name, mask in owned.items()}
        found[str(user)] = Message(rows, own | cut, float(update.weight[place]))
    return found


def message_bytes(params: Params, buckets: Sequence[Clients], n_pseudo: int = 0) -> list[int]:
    """How much each client sends in a round, if all its pseudo-items are distinct.

    It receives as much: the same rows, and the other parameters.

    Args:
      params: or their shapes.
    """
    whole = {name: leaf for name, leaf in params.items() if name not in ("user", "item")}
    size = lambda leaf: math.prod(leaf.shape) * leaf.dtype.itemsize
    fixed = sum(map(size, jax.tree.leaves(whole))) + 4
    found = []
    for bucket in buckets:
        total = np.full(len(bucket.user), fixed)
        for name, owned in bucket.owned.items():
            n_rows = np.sum(owned, axis=1) + (n_pseudo if name == "item" else 0)
            total += n_rows * (size(params[name]) // params[name].shape[0] + 4)
        found += total.tolist()
    return found
