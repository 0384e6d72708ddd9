"""GraphRec: ratings from a user's opinions of items and friends, and an item's opinions by users.

Fan et al., Graph neural networks for social recommendation, WWW 2019,
https://arxiv.org/abs/1902.07243
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

FriendsRead = Literal["rated", "raw"]
POOLS = ("items", "friends", "users")


def graphrec(
    graph: OpinionGraph,
    n_users: int,
    n_items: int,
    dim: int = 64,
    friends_read: FriendsRead = "rated",
    own_vector: bool = False,
    biases: bool = True,
    dropout: float = 0.5,
    init_scale: float = 0.1,
) -> Model:
    """Builds GraphRec, with tables ``p``, ``q`` and ``r`` of users, items and rating levels.

    ``Att(c, m_1, ...)`` is ``nn.attention_pool``, zero without neighbors:

    - ``x_ui = MLP([q_i, r_ui])`` and ``f_iu = MLP([p_u, r_ui])``, two layers each (2, 15);
    - ``h_I = relu(Att(p_u, x of u's items) W + b)`` (4);
    - ``h_S = relu(Att(p_u, h_I of u's friends) W + b)`` (9);
    - ``h = MLP([h_I, h_S])`` of three layers (12 to 14);
    - ``z = relu(Att(q_i, f of i's users) W + b)`` (17);
    - the rating is ``MLP([h, z])`` (20 to 23) plus, of our own, the mean and by ``biases`` ``b_u +
      b_i``.

    Where an item, or a user without friends, has no training rating, the rating is the mean and
    biases alone. Graph: ``OpinionGraph``, whose similar items are not read; ``init`` begins with
    its biases. Cost per encode: three attentions, ``2 dim^2`` multiply-adds for an edge of each.

    Args:
      dim: width of the tables and of every layer.
      friends_read: of friends what they say of items (rated, the paper's) or their rows of the
        table of users (raw, the reference code's).
      own_vector: whether each relu reads ``p_u`` or ``q_i`` beside the attention, as in the
        reference code.
      biases: whether the biases of users and items are added; False is the paper's form.
      dropout: chance that an entry of h or z is zeroed in training.
      init_scale: standard deviation of the normal initial tables; layers begin Xavier uniform.

    Raises:
      InputError: a chance of dropout out of range.
    """
    check_rate("dropout", dropout)
    normal, n_levels = jax.nn.initializers.normal(init_scale), graph.levels.shape[0]

    def table(key: Key, n: int, bias: Any) -> Float[Array, "N _"]:
        vectors = normal(key, (n, dim))
        return with_bias(vectors, bias) if biases else vectors

    def init(key: Key) -> Params:
        keys = iter(jax.random.split(key, 8))
        of_pools = zip(POOLS, jax.random.split(next(keys), (len(POOLS), 2)), strict=True)
        pool, layer = {}, {}
        for name, (key_pool, key_layer) in of_pools:
            pool[name] = init_pool(key_pool, dim)
            layer[name] = init_mlp(key_layer, (1 + own_vector) * dim, dim)[0]
        return {
            "user": table(next(keys), n_users, graph.rated.user_bias),
            "item": table(next(keys), n_items, graph.rated.item_bias),
            "level": normal(next(keys), (n_levels, dim)),
            "message": {
                "items": init_mlp(next(keys), 2 * dim, dim, dim),
                "users": init_mlp(next(keys), 2 * dim, dim, dim),
            },
            "pool": pool,
            "layer": layer,
            "user_layers": init_mlp(next(keys), 2 * dim, dim, dim, dim),
            "head": init_head(next(keys), 2 * dim, dim, dim),
        }

    def encode(params: Params, graph: OpinionGraph, *, key: Key | None = None) -> RatingReps:
        p, user_bias = split_table(params["user"], graph.rated.user, biases)
        q, item_bias = split_table(params["item"], graph.rated.item, biases)

        def gathered(name: str, center, message, edges) -> Float[Array, "N d"]:
            pooled = attention_pool(params["pool"][name], center, message, edges)
            read = (pooled, center) if own_vector else (pooled,)
            return jax.nn.relu(dense(params["layer"][name], *read))

        x = opinion_messages(params["message"]["items"], q, params["level"], graph.to_users)
        f = opinion_messages(params["message"]["users"], p, params["level"], graph.to_items)
        h_items = gathered("items", p, x, graph.to_users)
        friend = (h_items if friends_read == "rated" else p)[graph.social.senders]
        h_friends = gathered("friends", p, friend, graph.social)
        h = mlp(params["user_layers"], jnp.concatenate([h_items, h_friends], axis=1))
        z = gathered("users", q, f, graph.to_items)
        key_user, key_item = keys_of(key, 2)
        vectors = drop(h, dropout, key_user), drop(z, dropout, key_item)
        return opinion_reps(graph, vectors, (user_bias, item_bias), params["head"])

    return Model(init, encode, rating_score)
