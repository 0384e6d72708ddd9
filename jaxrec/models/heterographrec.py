"""HeteroGraphRec: ratings from a user's items and friends, and an item's raters and similar items.

Salamat, Luo and Jafari, HeteroGraphRec: A heterogeneous graph-based neural networks for social
recommendations, Knowledge-Based Systems 2021, https://doi.org/10.1016/j.knosys.2021.106817

Of the paper's text no copy was at hand: its abstract and a survey (Sharma et al.,
https://arxiv.org/abs/2212.04481) say that attention gathers user-user, user-item and item-item
neighbors. The equations below are GraphRec's (Fan et al., WWW 2019) with a branch of similar items.
"""

from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
from jaxtyping import Array, Float

from jaxrec.base import Batch, InputError, Key, Model, Params
from jaxrec.data import Interactions, Relation
from jaxrec.graph import Rated, between, rated, similar_items
from jaxrec.models.biased_mf import vectors_and_biases, with_bias
from jaxrec.models.rating_head import RatingReps, init_head, rating_score, ratings_by_level
from jaxrec.nn import attention_pool, dense, init_mlp, init_pool, mlp
from jaxrec.ops import check_rate, dropout as drop, keys_of, without_edges

Alike = Literal["jaccard", "none"]
AlikeReads = Literal["raw", "rated"]
POOLS = ("items", "friends", "users", "alike")
MOST_LEVELS = 100


class OpinionGraph(NamedTuple):
    """What HeteroGraphRec reads.

    Attributes:
      to_users, to_items: who rated what, both ways; edges are levels of ratings.
      social: friends of every user, both ways.
      alike: similar items of every item.
      levels: the distinct ratings, ascending.
      rated: which users and items are rated, and where the biases begin.
    """

    to_users: jraph.GraphsTuple
    to_items: jraph.GraphsTuple
    social: jraph.GraphsTuple
    alike: jraph.GraphsTuple
    rated: Rated
    levels: Float[Array, "C"] | Float[np.ndarray, "C"]


def opinion_graph(
    train: Interactions,
    social: Relation,
    alike: Alike = "jaccard",
    top_k: int = 20,
    min_common: int = 2,
    known: Rated | None = None,
) -> OpinionGraph:
    """The graph of ratings, friends and similar items, all of training, on the host.

    Args:
      known: of these ratings; by default ``rated(train)``, whose biases begin at 0.

    Raises:
      InputError: interactions without ratings, or more than 100 different ones.
    """
    known = rated(train) if known is None else known
    levels, level = levels_of(train)
    both, n_users, n_items = social.both_directions(), train.n_users, train.n_items
    if alike == "jaccard":
        near = similar_items(train, top_k, min_common)
    else:
        nothing = np.zeros(0, np.int32)
        near = between(nothing, nothing, n_items, n_items)
    return OpinionGraph(
        between(train.item, train.user, n_items, n_users, level),
        between(train.user, train.item, n_users, n_items, level),
        between(both.senders, both.receivers, n_users, n_users),
        near,
        known,
        levels,
    )


def levels_of(train: Interactions):
    """The distinct ratings of training, and the place of each rating among them.

    Raises:
      InputError: more than 100 of them, as of plays or prices.
    """
    assert train.rating is not None, "checked by graph.rated"
    levels, level = ratings_by_level(train.rating)
    if len(levels) > MOST_LEVELS:
        raise InputError(
            f"there are {len(levels):,} different ratings, and each has a vector of its own; round "
            f"them to {MOST_LEVELS} or fewer"
        )
    return levels, level


def heterographrec(
    graph: OpinionGraph,
    n_users: int,
    n_items: int,
    dim: int = 64,
    alike_reads: AlikeReads = "raw",
    biases: bool = True,
    dropout: float = 0.5,
    init_scale: float = 0.1,
) -> Model:
    """Builds HeteroGraphRec, with tables ``p``, ``q`` and ``r`` of users, items and rating levels.

    ``Att(c, m_1, ...)`` is ``nn.attention_pool``, zero without neighbors:

    - ``x_ui = MLP([q_i, r_ui])`` and ``y_iu = MLP([p_u, r_ui])``, two layers each;
    - ``h_I = relu([Att(p_u, x of u's items), p_u] W + b)``;
    - ``h_S = relu([Att(p_u, h_I of u's friends), p_u] W + b)``; ``h = MLP([h_I, h_S])``;
    - ``g_U = relu([Att(q_i, y of i's users), q_i] W + b)``;
    - ``g_V = relu([Att(q_i, q of similar items), q_i] W + b)``; ``g = MLP([g_U, g_V])``;
    - the rating is ``MLP([h, g])`` plus the mean and, by ``biases``, ``b_u + b_i``.

    Other MLPs have three layers. The last column of both tables is the bias, as in ``biased_mf``.
    Where an item, or a user without friends, has no training rating, the rating is the mean and
    biases alone. Graph: ``OpinionGraph``; ``init`` begins with its biases. Cost per encode: four
    attentions, ``2 dim^2`` multiply-adds for an edge of each.

    Args:
      dim: width of the tables and of every layer.
      alike_reads: of similar items their rows (raw), or what their users say of them (rated).
      biases: whether the biases of users and items are added; False is the paper's form.
      dropout: chance that an entry of h or g is zeroed in training.
      init_scale: standard deviation of the normal initial tables; layers begin Xavier uniform.

    Raises:
      InputError: a chance of dropout out of range.
    """
    check_rate("dropout", dropout)
    normal, n_levels = jax.nn.initializers.normal(init_scale), graph.levels.shape[0]

    def table(key: Key, bias: Any) -> Float[Array, "N _"]:
        vectors = normal(key, (bias.shape[0], dim))
        return with_bias(vectors, bias) if biases else vectors

    def init(key: Key) -> Params:
        keys = iter(jax.random.split(key, 12))
        params: Params = {
            "user": table(next(keys), graph.rated.user_bias),
            "item": table(next(keys), graph.rated.item_bias),
        }
        params["level"] = normal(next(keys), (n_levels, dim))
        params["message"] = {
            name: init_mlp(next(keys), 2 * dim, dim, dim) for name in ("items", "users")
        }
        of_pools = zip(POOLS, jax.random.split(next(keys), (len(POOLS), 2)), strict=True)
        params["pool"], params["layer"] = {}, {}
        for name, (key_pool, key_layer) in of_pools:
            params["pool"][name] = init_pool(key_pool, dim)
            params["layer"][name] = init_mlp(key_layer, 2 * dim, dim)[0]
        for name in ("user_layers", "item_layers"):
            params[name] = init_mlp(next(keys), 2 * dim, dim, dim, dim)
        return params | {"head": init_head(next(keys), 2 * dim, dim, dim)}

    def encode(params: Params, graph: OpinionGraph, *, key: Key | None = None) -> RatingReps:
        user, item = params["user"], params["item"]
        p, user_bias = split_table(user, graph.rated.user, biases)
        q, item_bias = split_table(item, graph.rated.item, biases)

        def gathered(name: str, center, message, edges) -> Float[Array, "N d"]:
            pooled = attention_pool(params["pool"][name], center, message, edges)
            return jax.nn.relu(dense(params["layer"][name], pooled, center))

        x = _opinions(params["message"]["items"], q, params["level"], graph.to_users)
        y = _opinions(params["message"]["users"], p, params["level"], graph.to_items)
        h_items = gathered("items", p, x, graph.to_users)
        h_friends = gathered("friends", p, h_items[graph.social.senders], graph.social)
        g_users = gathered("users", q, y, graph.to_items)
        near = (q if alike_reads == "raw" else g_users)[graph.alike.senders]
        g_alike = gathered("alike", q, near, graph.alike)
        h = mlp(params["user_layers"], jnp.concatenate([h_items, h_friends], axis=1))
        g = mlp(params["item_layers"], jnp.concatenate([g_users, g_alike], axis=1))
        key_user, key_item = keys_of(key, 2)
        linked = jnp.asarray(graph.social.receivers)
        friends = jax.ops.segment_sum(jnp.ones(linked.shape), linked, h.shape[0])
        return RatingReps(
            drop(h, dropout, key_user),
            drop(g, dropout, key_item),
            graph.rated.mean + user_bias,
            item_bias,
            (jnp.asarray(graph.rated.user) | (friends > 0)).astype(h.dtype),
            jnp.asarray(graph.rated.item).astype(g.dtype),
            params["head"],
            graph.rated,
        )

    return Model(init, encode, rating_score)


def without_ratings(graph: OpinionGraph, batch: Batch) -> OpinionGraph:
    """The graph without a batch's ratings, which a step predicts.

    With them, the level of a rating is read on the way to its own prediction, and an item with one
    rating has no other; a model learns to repeat it, and loses on ratings that it has not seen.
    """
    user, item = batch.query, batch.item[:, 0]
    return graph._replace(
        to_users=without_edges(graph.to_users, item, user),
        to_items=without_edges(graph.to_items, user, item),
    )


def split_table(table, known, biases: bool):
    """Vectors, 0 in rows without ratings, and the biases of a table; zeros where it has none."""
    if not biases:
        return jnp.where(jnp.asarray(known)[:, None], table, 0), jnp.zeros(table.shape[0])
    vector, bias = vectors_and_biases(table, known)
    return vector, bias[:, 0]


def _opinions(
    params: list[Params],
    table: Float[Array, "S d"],
    level: Float[Array, "C d"],
    graph: jraph.GraphsTuple,
) -> Float[Array, "E d"]:
    """``MLP([x_sender, r_level])`` of every edge; the first layer is applied to rows, not edges."""
    first, width = params[0], table.shape[1]
    of_row = table @ first["kernel"][:width]
    of_level = dense(first | {"kernel": first["kernel"][width:]}, level)
    hidden = jax.nn.relu(of_row[graph.senders] + of_level[graph.edges])
    return mlp(params[1:], hidden)
