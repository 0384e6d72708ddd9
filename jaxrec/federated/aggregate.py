"""From what clients return to one gradient of the server's tables."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Params
from jaxrec.federated.clients import Owned, Rows


class Update(NamedTuple):
    """What the clients of a bucket return, stacked.

    Attributes:
      rows: of each table that is cut, the row of the server's table.
      owned: which rows are no padding, and so count.
      gradient: of the client's own tables, and of all other parameters whole.
      weight: ratings that each gradient is the mean of, pseudo-items among them; 0 of a client that
        is left out.
    """

    rows: Rows
    owned: Owned
    gradient: Params
    weight: Float[Array, "K"]


Aggregate = Callable[[Params, Sequence[Update]], Params]
"""``(params, updates) -> gradient``, shaped as the parameters."""


def summed(params: Params, updates: Sequence[Update]) -> Params:
    """``sum_u n_u g_u``: the gradient of the sum of all losses, each times its ratings."""
    return _sums(params, updates, lambda update, name: update.weight)


def weighted_mean(params: Params, updates: Sequence[Update]) -> Params:
    """``sum_u n_u g_u / sum_u n_u``, of rows as well: federated averaging of gradients.

    McMahan et al., AISTATS 2017, https://arxiv.org/abs/1602.05629, section 2.
    """
    total = _total(updates)
    return jax.tree.map(lambda leaf: leaf / total, summed(params, updates))


def mean_by_clients(tables: Sequence[str] = ("item",), weighted: bool = True) -> Aggregate:
    """Builds FeSoG's mean: a row of ``tables`` is divided by how many clients return it.

    Row i is ``sum_u n_u g_u[i] / |{u: u returns i}|``, everything else ``weighted_mean``. So rows
    of these tables learn ``n_u`` times as fast, as in the reference implementation.

    Args:
      weighted: False leaves ``n_u`` out of such rows.
    """

    def aggregate(params: Params, updates: Sequence[Update]) -> Params:
        here = lambda update, name: (
            update.weight if weighted or name not in tables else _returned(update)
        )
        sums, total = _sums(params, updates, here), _total(updates)
        found = {
            name: jax.tree.map(lambda leaf: leaf / total, of)
            for name, of in sums.items()
            if name not in tables
        }
        for name in tables:
            count = jnp.zeros(params[name].shape[0])
            for update in updates:
                returned = update.owned[name] * _returned(update)[:, None]
                count = count.at[update.rows[name]].add(returned)
            found[name] = sums[name] / jnp.maximum(count, 1)[:, None]
        return found

    return aggregate


def _returned(update: Update) -> Float[Array, "K"]:
    return (update.weight > 0).astype(jnp.float32)


def _total(updates: Sequence[Update]) -> Float[Array, ""]:
    return jnp.maximum(sum((jnp.sum(one.weight) for one in updates), jnp.zeros(())), 1)


def _sums(params: Params, updates: Sequence[Update], weight_of) -> Params:
    """Sums of weighted gradients, those of own rows at the server's rows."""
    found = jax.tree.map(jnp.zeros_like, params)
    for update in updates:
        for name, gradient in update.gradient.items():
            weigh = partial(_weighed, weight_of(update, name))
            if name in update.rows:
                found[name] = found[name].at[update.rows[name]].add(weigh(gradient))
            else:
                add = lambda total, leaf, weigh=weigh: total + jnp.sum(weigh(leaf), axis=0)
                found[name] = jax.tree.map(add, found[name], gradient)
    return found


def _weighed(weight: Float[Array, "K"], leaf: Float[Array, "K *n"]) -> Float[Array, "K *n"]:
    return jnp.expand_dims(weight, tuple(range(1, leaf.ndim))) * leaf
