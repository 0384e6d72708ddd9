"""How much each of a user's items and friends counts in what a social model knows of the user."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jraph
from jaxtyping import Array, Float

from jaxrec.base import Params
from jaxrec.models.diffnet import InfluenceGraph
from jaxrec.models.graphrec import FriendsRead
from jaxrec.models.mutualrec import FriendGraph
from jaxrec.models.opinions import OpinionGraph, opinion_messages, split_table
from jaxrec.nn import attention_pool, attention_pool_weights, dense, gatv2, gatv2_weights


class SocialAttention(NamedTuple):
    """Weights of edges to users; those of a user's items sum to 1, and so do those of friends.

    Attributes:
      items, friends: edges from items and from users.
      of_items, of_friends: a weight an edge, in the order of the graph.
    """

    items: jraph.GraphsTuple
    of_items: Float[Array, "E"]
    friends: jraph.GraphsTuple
    of_friends: Float[Array, "L"]


def mutualrec_attention(params: Params, graph: FriendGraph) -> SocialAttention:
    """The attention of MutualRec from which a user's preference comes: ``p_item``, ``p_social``.

    Items are weighed by what their users are, friends by what their items are.
    """
    user, item, attention = params["user"], params["item"], params["attention"]
    z_item = gatv2(attention["item_from_users"], item, user, graph.to_items)
    z_user = gatv2(attention["user_from_items"], user, item, graph.to_users)
    return SocialAttention(
        graph.to_users,
        gatv2_weights(attention["liked"], user, z_item, graph.to_users),
        graph.social,
        gatv2_weights(attention["friends"], user, z_user, graph.social),
    )


def diffnet_attention(params: Params, graph: InfluenceGraph) -> SocialAttention:
    """The weights of DiffNet, which are no attention: all items of a user, and all friends, alike.

    Friends are those of the first layer.
    """
    del params  # Weights are means.
    of_items, of_friends = jnp.asarray(graph.to_users.edges), jnp.asarray(graph.social.edges)
    return SocialAttention(graph.to_users, of_items, graph.social, of_friends)


def heterographrec_attention(
    params: Params, graph: OpinionGraph, biases: bool = True
) -> SocialAttention:
    """The attention of HeteroGraphRec over a user's ratings, and over friends by what they rated.

    Args:
      biases: as the model was built.
    """
    return graphrec_attention(params, graph, own_vector=True, biases=biases)


def graphrec_attention(
    params: Params,
    graph: OpinionGraph,
    friends_read: FriendsRead = "rated",
    own_vector: bool = False,
    biases: bool = True,
) -> SocialAttention:
    """The attention of GraphRec over a user's ratings and over friends: that of (4) and of (9).

    Fan et al., Graph neural networks for social recommendation, WWW 2019,
    https://arxiv.org/abs/1902.07243

    Args:
      friends_read, own_vector, biases: as the model was built.
    """
    pool = params["pool"]
    p, _ = split_table(params["user"], graph.rated.user, biases)
    q, _ = split_table(params["item"], graph.rated.item, biases)
    x = opinion_messages(params["message"]["items"], q, params["level"], graph.to_users)
    of_items = attention_pool_weights(pool["items"], p, x, graph.to_users)
    pooled = attention_pool(pool["items"], p, x, graph.to_users)
    read = (pooled, p) if own_vector else (pooled,)
    h_items = jax.nn.relu(dense(params["layer"]["items"], *read))
    friend = (h_items if friends_read == "rated" else p)[graph.social.senders]
    of_friends = attention_pool_weights(pool["friends"], p, friend, graph.social)
    return SocialAttention(graph.to_users, of_items, graph.social, of_friends)
