"""What models of opinions share: a graph whose edges are ratings by level, and their messages.

Fan et al., Graph neural networks for social recommendation, WWW 2019,
https://arxiv.org/abs/1902.07243, section 3.
"""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
from jaxtyping import Array, Float

from jaxrec.base import Batch, InputError, Params
from jaxrec.data import Interactions, Relation
from jaxrec.graph import Rated, between, rated, similar_items
from jaxrec.models.biased_mf import vectors_and_biases
from jaxrec.models.rating_head import RatingReps, ratings_by_level
from jaxrec.nn import dense, mlp
from jaxrec.ops import without_edges

Alike = Literal["jaccard", "none"]
MOST_LEVELS = 100


class OpinionGraph(NamedTuple):
    """What HeteroGraphRec and GraphRec read.

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


def opinion_messages(
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


def opinion_reps(
    graph: OpinionGraph,
    vectors: tuple[Float[Array, "U d"], Float[Array, "I d"]],
    biases: tuple[Float[Array, "U"], Float[Array, "I"]],
    head: list[Params],
) -> RatingReps:
    """What ``rating_score`` reads of a graph of opinions.

    Layers count for items with a training rating, and for users with one or with friends.
    """
    user, item = vectors
    linked = jnp.asarray(graph.social.receivers)
    friends = jax.ops.segment_sum(jnp.ones(linked.shape), linked, user.shape[0])
    return RatingReps(
        user,
        item,
        graph.rated.mean + biases[0],
        biases[1],
        (jnp.asarray(graph.rated.user) | (friends > 0)).astype(user.dtype),
        jnp.asarray(graph.rated.item).astype(item.dtype),
        head,
        graph.rated,
    )
