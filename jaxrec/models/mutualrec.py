"""MutualRec: what users like and whom they know, each learned with the help of the other.

Xiao, Yao, Pei, Wang, Yang and Sheng, MGNN: Mutualistic Graph Neural Network for Joint Friend and
Item Recommendation, IEEE Intelligent Systems 2020, https://doi.org/10.1109/MIS.2020.2975362

The layers are those on which two public reimplementations agree (github.com/xansar/MutualRec and
JIFR); of the paper's text no copy was at hand. Of our own: no batch normalization, and the softmax
over features is multiplied by their number, so that its mean weight is 1.
"""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import Batch, InputError, Key, Model, Params
from jaxrec.data import Interactions, Relation
from jaxrec.graph import Csr, between, homogeneous
from jaxrec.losses import bpr
from jaxrec.models.mf import mf
from jaxrec.nn import dense, gatv2, init_gatv2, init_mlp
from jaxrec.ops import dot, propagate
from jaxrec.sampling import uniform_negatives

Mutual = Literal["product", "sum"]
ATTENTIONS = ("item_from_users", "user_from_items", "liked", "friends", "known")
LAYERS = ("preference", "like", "know", "query", "friend_query")


class FriendGraph(NamedTuple):
    """What MutualRec reads.

    Attributes:
      to_users, to_items: who rated what, both ways.
      social: friends of every user, both ways, weighted ``1 / sqrt(deg_s deg_r)``.
      known: the same with every user their own friend, without weights.
      friends: who each user is linked to in ``known``.
    """

    to_users: jraph.GraphsTuple
    to_items: jraph.GraphsTuple
    social: jraph.GraphsTuple
    known: jraph.GraphsTuple
    friends: Csr


class Links(NamedTuple):
    """Links drawn for a step: a user, a friend, someone who is none."""

    user: Int[Array, "B"]
    other: Int[Array, "B 2"]
    valid: Bool[Array, "B"]


class Both(NamedTuple):
    """Towers of items and of friends.

    Attributes:
      query, item: an inner product scores an item for a user.
      friend_query, friend: an inner product scores a user as the next friend of a user.
      links: drawn with a key, for ``friends_ranked``.
    """

    query: Float[Array, "U d"]
    item: Float[Array, "I d"]
    friend_query: Float[Array, "U d"]
    friend: Float[Array, "U d"]
    links: Links | None


def friend_graph(train: Interactions, social: Relation) -> FriendGraph:
    """The graph of interactions and of friends, on the host; links count in both directions.

    Raises:
      InputError: a relation without links.
    """
    user, item, n_users, n_items = train.user, train.item, train.n_users, train.n_items
    both = social.both_directions()
    ends = both.senders, both.receivers, n_users
    known = homogeneous(*ends, self_loops=True)._replace(edges=None)
    starts = np.searchsorted(np.asarray(known.receivers), np.arange(n_users + 1)).astype(np.int32)
    return FriendGraph(
        between(item, user, n_items, n_users),
        between(user, item, n_users, n_items),
        homogeneous(*ends),
        known,
        Csr(starts, np.asarray(known.senders), np.arange(n_users, dtype=np.int32)),
    )


def mutualrec(
    n_users: int,
    n_items: int,
    dim: int = 64,
    chebyshev: int = 3,
    mutual: Mutual = "product",
    n_links: int = 2048,
    init_scale: float = 0.1,
    residual: bool = False,
) -> Model:
    """Builds MutualRec; train it with ``friends_ranked`` beside the ranking of items.

    With GATv2 attention from senders to receivers, tables ``e`` and ``[x, y]`` side by side:

    - Likes: ``z_i`` from the users of an item, ``z_u`` from the items of a user; then ``p_item``
      from the ``z_i`` of a user's items, ``p_social`` from the ``z_f`` of a user's friends, and
      ``P = leaky_relu([p_item, p_social] W + b)``. Both are 0 of users without items or friends.
    - Friends: ``X = sum_k T_k(-A) e_U W_k + b`` with Chebyshev polynomials of the normalized
      Laplacian, whose largest eigenvalue is taken to be 2; twice with the same weights; then ``S``
      by attention over friends and the user's own row.
    - Both: ``h_P`` and ``h_S`` are dense layers of ``[P, e_U]`` and ``[S, e_U]``, their product
      is ``h``, and ``m = h * dim softmax(h_P)`` (or ``h_S``). A last dense layer of ``[m, h_P]`` is
      the query for items, of ``[m, h_S]`` that for friends; items and friends are table rows.

    Graph: ``FriendGraph``. Cost per encode: five attentions over edges and ``2 * chebyshev``
    propagations over links.

    Args:
      dim: width of the tables and of every layer.
      chebyshev: polynomials a convolution of friends sums; 1 reads no friends there.
      mutual: h is the product of both sides, or that plus both (sum).
      n_links: links drawn for a step, each with someone who is no friend.
      init_scale: standard deviation of the normal initial tables; matrices begin Xavier uniform.
      residual: whether the user's row is added to both queries, whose last layers then begin a
        tenth as large: the model begins near MF. Of our own; False is the paper's form.

    Raises:
      InputError: fewer than one polynomial or link.
    """
    if chebyshev < 1 or n_links < 1:
        raise InputError(f"chebyshev is {chebyshev} and n_links {n_links}; give 1 or more of each")
    glorot = jax.nn.initializers.glorot_uniform()

    def init(key: Key) -> Params:
        key_tables, key_attention, key_dense, key_spectral = jax.random.split(key, 4)
        attentions = zip(ATTENTIONS, jax.random.split(key_attention, len(ATTENTIONS)), strict=True)
        layers = zip(LAYERS, jax.random.split(key_dense, len(LAYERS)), strict=True)
        last = {name: init_mlp(k, 2 * dim, dim)[0] for name, k in layers}
        if residual:
            for name in ("query", "friend_query"):
                last[name]["kernel"] *= 0.1
        return mf(n_users, n_items, dim, init_scale).init(key_tables) | {
            "attention": {name: init_gatv2(k, dim) for name, k in attentions},
            "dense": last,
            "chebyshev": {
                "kernel": glorot(key_spectral, (chebyshev * dim, dim)),
                "bias": jnp.zeros(dim),
            },
        }

    def encode(params: Params, graph: FriendGraph, *, key: Key | None = None) -> Both:
        user, item, attention = params["user"], params["item"], params["attention"]

        def layer(name: str, *parts: Float[Array, "U d"]) -> Float[Array, "U d"]:
            return jax.nn.leaky_relu(dense(params["dense"][name], *parts))

        z_item = gatv2(attention["item_from_users"], item, user, graph.to_items)
        z_user = gatv2(attention["user_from_items"], user, item, graph.to_users)
        p_item = gatv2(attention["liked"], user, z_item, graph.to_users)
        p_social = gatv2(attention["friends"], user, z_user, graph.social)
        x = user
        for _ in range(2):
            x = dense(params["chebyshev"], *_polynomials(x, graph.social, chebyshev))
        spectral = gatv2(attention["known"], x, x, graph.known)
        like = layer("like", layer("preference", p_item, p_social), user)
        know = layer("know", spectral, user)
        h = like * know
        h = h + like + know if mutual == "sum" else h
        of = lambda own: h * dim * jax.nn.softmax(own, axis=1)
        query = layer("query", of(like), like)
        friend_query = layer("friend_query", of(know), know)
        if residual:
            query, friend_query = user + query, user + friend_query
        links = None if key is None else _drawn(key, graph, n_links)
        return Both(query, item, friend_query, user, links)

    return Model(init, encode, dot)


def friends_ranked(params: Params, reps: Both, batch: Batch) -> Float[Array, ""]:
    """BPR of the drawn links: a friend above someone who is none.

    Raises:
      InputError: representations that were encoded without a key.
    """
    del params, batch  # Rows are in the representations, and links drawn beside the batch.
    if reps.links is None:
        raise InputError("friends_ranked needs links, which come with a key; encode with a key")
    user, other, valid = reps.links
    scores = jnp.einsum("bd,bcd->bc", reps.friend_query[user], reps.friend[other])
    return bpr(scores, scores, jnp.broadcast_to(valid[:, None], scores.shape))


def _polynomials(
    x: Float[Array, "U d"], social: jraph.GraphsTuple, count: int
) -> list[Float[Array, "U d"]]:
    """``T_k(L)`` of ``L = 2 (I - A) / 2 - I = -A``: ``T_k = 2 L T_(k-1) - T_(k-2)``."""
    found = [x, -propagate(x, social)]
    while len(found) < count:
        found.append(-2 * propagate(found[-1], social) - found[-2])
    return found[:count]


def _drawn(key: Key, graph: FriendGraph, n_links: int) -> Links:
    """Links uniformly with replacement, each with a uniform draw of who is no friend."""
    key_link, key_other = jax.random.split(key)
    friends, users = map(jnp.asarray, (graph.social.senders, graph.social.receivers))
    link = jax.random.randint(key_link, (n_links,), 0, friends.shape[0])
    user, friend = users[link], friends[link]
    n_users = graph.friends.indptr.shape[0] - 1
    stranger, valid = uniform_negatives(key_other, graph.friends, user, n_users, 1)
    return Links(user, jnp.concatenate([friend[:, None], stranger], axis=1), valid[:, 0])
