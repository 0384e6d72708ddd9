"""FeSoG: ratings from a user's own items and friends, by attention that every client can compute.

Liu, Yang, Fan, Peng and Yu, Federated Social Recommendation with Graph Neural Network, ACM TIST
2022, https://arxiv.org/abs/2111.10778; the form is that of the authors' implementation.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
from jaxtyping import Array, Float

from jaxrec.base import Embeddings, InputError, Key, Model, Params
from jaxrec.data import Interactions, Relation
from jaxrec.graph import Rated, between, ratings
from jaxrec.models.biased_mf import BiasedReps, with_bias
from jaxrec.nn import softmax_sum
from jaxrec.ops import dot

SLOPE = 0.1
"""Of the leaky ReLU in the logits below zero."""


class EgoGraph(NamedTuple):
    """What FeSoG reads; a client has its own row of it alone (``federated.rating_clients``).

    Attributes:
      to_users: from every item to the users who rated it.
      social: friends of every user, both ways.
      middle: the mean of the lowest and the highest rating of the scale.
      known: where intercept and biases begin in place of ``middle`` and 0; None on a client.
    """

    to_users: jraph.GraphsTuple
    social: jraph.GraphsTuple
    middle: Float[Array, ""] | np.float32
    known: Rated | None = None


def ego_graph(train: Interactions, social: Relation, known: Rated | None = None) -> EgoGraph:
    """The graph of all users, on the host; links count in both directions.

    Args:
      known: the mean and the biases that ``fesog`` begins with; None for the middle and 0.

    Raises:
      InputError: interactions without ratings.
    """
    rating, both = ratings(train).rating, social.both_directions()
    return EgoGraph(
        between(train.item, train.user, train.n_items, train.n_users),
        between(both.senders, both.receivers, train.n_users, train.n_users),
        np.float32((np.min(rating) + np.max(rating)) / 2),
        known,
    )


def fesog(
    graph: EgoGraph,
    n_users: int,
    n_items: int,
    dim: int = 8,
    biases: bool = True,
    init_scale: float = 0.1,
) -> Model:
    """Builds FeSoG; the rating is ``z_u . e_i`` plus, by ``biases``, ``c + b_u + b_i``.

    - ``h_n`` and ``h_i`` are sums over friends and over rated items j, each with weights of its
      own: ``sum_j alpha_j e_j W'`` with ``alpha = softmax_j leaky_relu(a . [e_u W, e_j W])``.
    - ``z_u = beta_n h_n + beta_i h_i + beta_s e_u`` with beta the softmax of ``c . [h_n, r_n]``,
      ``c . [h_i, r_i]`` and ``c . [e_u, r_s]``; of a user without friends or without ratings what
      is missing is left out of the softmax.

    ``biases`` are ours: the paper predicts by the vectors alone, which begin far from any rating.
    The last column of both tables is the bias then, and the intercept c is learned from the middle
    of the scale on, so that no statistic of all ratings is needed. Of a graph with ``known``, ours
    as well, they begin as its mean and biases, and ``train`` may use ``ridge_biases``. Graph:
    ``EgoGraph``. Cost per encode: an attention over ratings and one over links.

    Args:
      dim: width of the tables and of every layer.
      biases: whether an intercept and biases of users and items are added; False is the paper's
        form.
      init_scale: standard deviation of the normal initial tables; 1 in the reference. Matrices
        W and a begin Xavier normal; W', r and c normal with deviation 1, as there.

    Raises:
      InputError: ``dim`` below 1, or ``known`` without biases.
    """
    if dim < 1:
        raise InputError(f"dim is {dim}; give 1 or more")
    known = graph.known
    if known is not None and not biases:
        raise InputError(
            "biases is False, so nothing can begin at the mean and biases of `known`; leave one out"
        )
    normal, glorot = jax.nn.initializers.normal, jax.nn.initializers.glorot_normal()
    start = graph.middle if known is None else known.mean
    user_bias = np.zeros(n_users, np.float32) if known is None else known.user_bias
    item_bias = np.zeros(n_items, np.float32) if known is None else known.item_bias

    def table(key: Key, bias) -> Float[Array, "N _"]:
        vectors = normal(init_scale)(key, (len(bias), dim))
        return with_bias(vectors, bias) if biases else vectors

    def attention(key: Key) -> Params:
        keys = jax.random.split(key, 3)
        return {
            "kernel": glorot(keys[0], (dim, dim)),
            "logit": glorot(keys[1], (2 * dim, 1))[:, 0],
            "message": normal(1.0)(keys[2], (dim, dim)),
        }

    def init(key: Key) -> Params:
        keys = jax.random.split(key, 6)
        params: Params = {
            "user": table(keys[0], user_bias),
            "item": table(keys[1], item_bias),
            "friends": attention(keys[2]),
            "items": attention(keys[3]),
            "relation": normal(1.0)(keys[4], (3, dim)),
            "combine": normal(1.0)(keys[5], (2 * dim,)),
        }
        return params | ({"intercept": jnp.array(start)} if biases else {})

    def encode(params: Params, graph: EgoGraph, *, key: Key | None = None):
        del key  # Nothing is random.
        user, item = params["user"][:, :dim], params["item"][:, :dim]
        near, has_friends = _attended(params["friends"], user, user, graph.social)
        rated, has_items = _attended(params["items"], user, item, graph.to_users)
        parts = jnp.stack([near, rated, user], axis=1)  # [U, 3, d]
        of_relation = params["relation"] @ params["combine"][dim:]
        logit = parts @ params["combine"][:dim] + of_relation[None]
        there = jnp.stack([has_friends, has_items, jnp.ones_like(has_items)], axis=1)
        beta = jax.nn.softmax(logit, axis=1, where=there)
        z = jnp.sum(beta[:, :, None] * parts, axis=1)
        if not biases:
            return Embeddings(z, item)
        user_bias, item_bias = (params[name][:, dim:] for name in ("user", "item"))
        user_bias, ones = params["intercept"] + user_bias, jnp.ones_like
        query = jnp.concatenate([z, user_bias, ones(user_bias)], axis=1)
        item = jnp.concatenate([item, ones(item_bias), item_bias], axis=1)
        known = graph.known
        return Embeddings(query, item) if known is None else BiasedReps(query, item, known)

    return Model(init, encode, dot)


def _attended(
    params: Params, user: Float[Array, "U d"], other: Float[Array, "S d"], graph: jraph.GraphsTuple
):
    """``h`` of every user, and who has an edge."""
    senders, receivers = jnp.asarray(graph.senders), jnp.asarray(graph.receivers)
    width, n_users = user.shape[1], user.shape[0]
    own = (user @ params["kernel"]) @ params["logit"][:width]
    from_other = (other @ params["kernel"]) @ params["logit"][width:]
    logit = jax.nn.leaky_relu(own[receivers] + from_other[senders], SLOPE)
    message = (other @ params["message"])[senders]
    found = softmax_sum(logit, message, graph, n_users)
    count = jax.ops.segment_sum(jnp.ones(receivers.shape, jnp.int32), receivers, n_users)
    return found, count > 0
