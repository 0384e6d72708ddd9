"""Who takes part in a round, and which items each client adds to hide which ones it has."""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from jaxrec.base import InputError, Key
from jaxrec.data import Interactions
from jaxrec.federated.clients import Clients
from jaxrec.graph import Csr, user_items
from jaxrec.sampling import uniform_negatives


class Federation(NamedTuple):
    """All clients.

    Attributes:
      buckets: of equal shape each.
      likes: the items of every user, which no pseudo-item is one of.
    """

    buckets: tuple[Clients, ...]
    likes: Csr

    @property
    def n_clients(self) -> int:
        """Of all buckets."""
        return sum(len(bucket.user) for bucket in self.buckets)


class Chosen(NamedTuple):
    """Clients of a bucket that take part in a round.

    Attributes:
      present: False marks places that nobody fills.
    """

    clients: Clients
    present: Bool[Array, "K"]


def federation(train: Interactions, buckets: Sequence[Clients]) -> Federation:
    """The clients of ``train``, on the host.

    Raises:
      InputError: no client.
    """
    if not buckets:
        raise InputError("0 users have a rating, so there is no client; give rows with ratings")
    return Federation(tuple(buckets), user_items(train))


def participants(
    key: Key, everyone: Federation, n_chosen: int, n_items: int, n_pseudo: int = 0
) -> tuple[Chosen, ...]:
    """Draws ``n_chosen`` clients uniformly without replacement, and their pseudo-items.

    A bucket has places for the expected number and six standard deviations; should more be drawn
    (less than once in 10^8 rounds), the rest are left out of the round.

    Args:
      n_pseudo: items that each client draws from those it has not rated; of an item that is drawn
        twice one place stays empty.
    """
    key_who, key_pseudo = jax.random.split(key)
    drawn, places = _drawn(key_who, everyone.n_clients, n_chosen), []
    share = min(1.0, n_chosen / everyone.n_clients)
    for bucket in everyone.buckets:
        n = len(bucket.user)
        own, drawn = drawn[:n], drawn[n:]
        most = min(n, n_chosen, math.ceil(n * share + 6 * math.sqrt(n * share * (1 - share))))
        slots = jnp.argsort(~own, stable=True)[:most]
        clients = jax.tree.map(lambda leaf, slots=slots: jnp.asarray(leaf)[slots], bucket)
        places.append(Chosen(clients, own[slots]))
    if not n_pseudo:
        return tuple(places)
    likes = jax.tree.map(jnp.asarray, everyone.likes)
    user = jnp.concatenate([chosen.clients.user for chosen in places])
    item, valid = uniform_negatives(key_pseudo, likes, user, n_items, n_pseudo)
    earlier = jnp.tri(n_pseudo, k=-1, dtype=bool)
    valid &= ~jnp.any((item[:, :, None] == item[:, None, :]) & earlier[None], axis=2)
    cuts = np.cumsum([len(chosen.present) for chosen in places])[:-1].tolist()
    parts = zip(places, jnp.split(item, cuts), jnp.split(valid, cuts), strict=True)
    return tuple(
        chosen._replace(clients=_with_pseudo(chosen.clients, *drawn)) for chosen, *drawn in parts
    )


def most_rounds(key: Key, n_clients: int, n_chosen: int, n_rounds: int) -> int:
    """The rounds that the busiest client takes part in; no rating has a say in it.

    Args:
      key: of the ``train.TrainState``, from which rounds draw their participants.
    """
    if n_chosen >= n_clients:
        return n_rounds
    count = _counted(key, jnp.arange(n_rounds), n_clients, n_chosen)
    return int(jnp.max(count))


@partial(jax.jit, static_argnums=(2, 3))
def _counted(key, rounds, n_clients: int, n_chosen: int) -> Int[Array, "n"]:
    def add(count, number):
        own = jax.random.fold_in(jax.random.fold_in(key, number), 0)  # As TrainState.step_key.
        return count + _drawn(jax.random.split(own)[0], n_clients, n_chosen), None

    return jax.lax.scan(add, jnp.zeros(n_clients, jnp.int32), rounds)[0]


def _drawn(key: Key, n_clients: int, n_chosen: int) -> Bool[Array, "n"]:
    """Whether each client takes part."""
    first = jax.random.permutation(key, n_clients)[:n_chosen]
    return jnp.zeros(n_clients, bool).at[first].set(True)


def _with_pseudo(clients: Clients, item: Int[Array, "K N"], valid: Bool[Array, "K N"]) -> Clients:
    """The clients with these in the last places of ``item``."""
    last = lambda array, new: array.at[..., -item.shape[1] :].set(new)
    return clients._replace(
        rows=clients.rows | {"item": last(clients.rows["item"], item)},
        owned=clients.owned | {"item": last(clients.owned["item"], valid)},
        batch=clients.batch._replace(mask=last(clients.batch.mask, valid[:, None])),
    )
