"""How much each of a user's items and friends counts in what a social model knows of the user."""

from typing import NamedTuple

import jax.numpy as jnp
import jraph
from jaxtyping import Array, Float

from jaxrec.base import Params
from jaxrec.models.diffnet import InfluenceGraph
from jaxrec.models.mutualrec import FriendGraph
from jaxrec.nn import gatv2, gatv2_weights


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
