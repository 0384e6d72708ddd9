"""HeteroGraphRec: ratings from a user's items and friends, and an item's raters and similar items.

Salamat, Luo and Jafari, HeteroGraphRec: A heterogeneous graph-based neural networks for social
recommendations, Knowledge-Based Systems 2021, https://doi.org/10.1016/j.knosys.2021.106817

Of the paper's text no copy was at hand: its abstract and a survey (Sharma et al.,
https://arxiv.org/abs/2212.04481) say that attention gathers user-user, user-item and item-item
neighbors. The equations below are GraphRec's (Fan et al., WWW 2019) with a branch of similar items.
"""

from typing import Any, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Key, Model, Params
from jaxrec.models.biased_mf import with_bias
from jaxrec.models.opinions import OpinionGraph, opinion_messages, opinion_reps, split_table
from jaxrec.models.rating_head import RatingReps, init_head, rating_score
from jaxrec.nn import attention_pool, dense, init_mlp, init_pool, mlp
from jaxrec.ops import check_rate, dropout as drop, keys_of

AlikeReads = Literal["raw", "rated"]
POOLS = ("items", "friends", "users", "alike")


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

        x = opinion_messages(params["message"]["items"], q, params["level"], graph.to_users)
        y = opinion_messages(params["message"]["users"], p, params["level"], graph.to_items)
        h_items = gathered("items", p, x, graph.to_users)
        h_friends = gathered("friends", p, h_items[graph.social.senders], graph.social)
        g_users = gathered("users", q, y, graph.to_items)
        near = (q if alike_reads == "raw" else g_users)[graph.alike.senders]
        g_alike = gathered("alike", q, near, graph.alike)
        h = mlp(params["user_layers"], jnp.concatenate([h_items, h_friends], axis=1))
        g = mlp(params["item_layers"], jnp.concatenate([g_users, g_alike], axis=1))
        key_user, key_item = keys_of(key, 2)
        vectors = drop(h, dropout, key_user), drop(g, dropout, key_item)
        return opinion_reps(graph, vectors, (user_bias, item_bias), params["head"])

    return Model(init, encode, rating_score)
