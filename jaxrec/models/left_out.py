"""Pairs of a user and a news without the click that is to be foretold.

A click that is both an edge of the graph and a label would teach to look for the edge.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from jaxrec.base import Key
from jaxrec.graph import NewsGraph


class Pair(NamedTuple):
    """A user and a candidate, and a click of each that is left out.

    Attributes:
      own: whether the user has clicked the candidate.
      clicked: a news that the user has clicked; -1 for none.
      reader: a user who has clicked the candidate; -1 for none.
    """

    user: Int[Array, "*n"]
    news: Int[Array, "*n"]
    own: Bool[Array, "*n"]
    clicked: Int[Array, "*n"]
    reader: Int[Array, "*n"]


def pair_of(
    graph: NewsGraph, user: Int[Array, ""], news: Int[Array, "C"], key: Key | None = None
) -> Pair:
    """A user with candidates, without the click on each; with a key, or else without another."""
    users = jnp.broadcast_to(user, news.shape)
    recent, mask = graph.recent[user], graph.recent_mask[user]
    readers, read = graph.reader.sender[news], graph.reader.mask[news]
    own = among(news, recent, mask) | among(users, readers, read)
    own |= among(news, graph.clicked.sender[user], graph.clicked.mask[user])
    none = jnp.full(news.shape, -1)
    if key is None:
        return Pair(users, news, own, jnp.where(own, news, none), jnp.where(own, users, none))
    key_clicked, key_reader = jax.random.split(key)
    wide = (*news.shape, len(recent))
    other = drawn(key_clicked, jnp.broadcast_to(recent, wide), jnp.broadcast_to(mask, wide))
    reader = drawn(key_reader, readers, read)
    return Pair(users, news, own, jnp.where(own, news, other), jnp.where(own, users, reader))


def among(
    row: Int[Array, "C"], rows: Int[Array, "*C K"], mask: Bool[Array, "*C K"]
) -> Bool[Array, "C"]:
    """Whether each is one of the rows under the mask, its own or those of all."""
    return jax.vmap(
        lambda one, rows, mask: jnp.any((rows == one) & mask),
        in_axes=(0, None, None) if rows.ndim == 1 else 0,
    )(row, rows, mask)


def drawn(key: Key, rows: Int[Array, "C K"], mask: Bool[Array, "C K"]) -> Int[Array, "C"]:
    """One under the mask of each row, uniformly; -1 where there is none."""
    order = jnp.where(mask, jax.random.uniform(key, rows.shape), -1)
    row = jnp.take_along_axis(rows, jnp.argmax(order, axis=1)[:, None], axis=1)[:, 0]
    return jnp.where(jnp.any(mask, axis=1), row, -1)
