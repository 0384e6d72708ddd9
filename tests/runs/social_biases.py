"""A system of one's own, from public names alone: a user's bias is shared with whom they trust."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jraph

from jaxrec.base import Embeddings, Key, Model, Params
from jaxrec.graph import homogeneous
from jaxrec.ops import dot
from jaxrec.registry import Entry, Link, Source
from jaxrec.tasks import RATING


class Trust(NamedTuple):
    """Who trusts whom, by rows of users, and the mean rating."""

    graph: jraph.GraphsTuple
    mean: jax.Array


def trust(source: Source) -> Trust:
    """The graph of trust: a message goes from who is trusted to who trusts, in equal shares."""
    links, n = source.relations["trust"], source.train.n_users
    graph = homogeneous(links.receivers, links.senders, n, r=1.0)
    return Trust(graph, jnp.float32(source.train.rating.mean()))


def social_biases(n_users: int, n_items: int, share: float = 0.5) -> Model:
    """``mean + b_u + share * mean of b over whom u trusts + b_i``.

    Args:
      share: how much of the biases of trusted users counts.
    """

    def init(key: Key) -> Params:
        del key
        return {"user": jnp.zeros((n_users, 1)), "item": jnp.zeros((n_items, 1))}

    def encode(params: Params, graph: Trust, *, key: Key | None = None) -> Embeddings:
        own, trusts = params["user"], graph.graph
        message = trusts.edges[:, None] * own[trusts.senders]
        of_trusted = jax.ops.segment_sum(message, trusts.receivers, n_users)
        user = graph.mean + own + share * of_trusted
        one = jnp.ones_like
        query = jnp.concatenate([user, one(user)], axis=1)
        return Embeddings(query, jnp.concatenate([one(params["item"]), params["item"]], axis=1))

    return Model(init, encode, dot)


ENTRY = Entry(social_biases, trust, (RATING,), links=(Link("trust"),))
