"""SR-HGNN: a graph where every rating of an item is a node, and users known by their friends.

Xu et al., Global Context Enhanced Social Recommendation with Hierarchical Graph Neural Networks,
ICDM 2020, https://arxiv.org/abs/2110.04039; the form is that of the reference implementation.

A long file, for the model is one paper.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Batch, InputError, Key, Model, Params
from jaxrec.data import Interactions, Relation
from jaxrec.graph import Csr, Rated, homogeneous, rated
from jaxrec.models.biased_mf import with_bias
from jaxrec.models.graph_infomax import social_encoder
from jaxrec.models.opinions import levels_of, split_table
from jaxrec.models.rating_head import RatingReps, init_head, rating_score
from jaxrec.nn import init_mlp
from jaxrec.ops import edge_positions, propagate


class LevelGraph(NamedTuple):
    """What SR-HGNN reads.

    Attributes:
      ratings: users, then ``C`` nodes an item, one a level; a user is joined to what they gave.
        Both ways, with self loops, weighted ``1 / sqrt(deg_s deg_r)``.
      social: friends, both ways, with self loops, weighted alike.
      friends: who each user is linked to there, the user too.
      levels: the distinct ratings, ascending.
      rated: which users and items are rated, and where the biases begin.
    """

    ratings: jraph.GraphsTuple
    social: jraph.GraphsTuple
    friends: Csr
    rated: Rated
    levels: Float[Array, "C"] | Float[np.ndarray, "C"]


class LevelReps(NamedTuple):
    """What the rating head and the terms read.

    Attributes:
      level: vectors of an item's levels.
      cross, link: layers that score a pair of user and level, or of users, for the terms.
      key: what the terms draw by; None without a key.
    """

    head: RatingReps
    level: Float[Array, "I C d"]
    cross: list[Params]
    link: list[Params]
    levels: Float[Array, "C"]
    friends: Csr
    key: Key | None

    @property
    def rated(self) -> Rated:
        """Of the training ratings; what terms on tables read."""
        return self.head.rated

    @property
    def item(self) -> Float[Array, "I d"]:
        """A vector of every item."""
        return self.head.item


def level_graph(
    train: Interactions,
    social: Relation,
    known: Rated | None = None,
) -> LevelGraph:
    """The graph of ratings by level and that of friends, on the host.

    Args:
      known: of these ratings; by default ``rated(train)``, whose biases begin at 0.

    Raises:
      InputError: interactions without ratings, more than 100 different ones, or no links.
    """
    known = rated(train) if known is None else known
    levels, level = levels_of(train)
    node = train.n_users + train.item.astype(np.int64) * len(levels) + level
    ends = np.concatenate([train.user, node]), np.concatenate([node, train.user])
    both, n_users = social.both_directions(), train.n_users
    friends = homogeneous(both.senders, both.receivers, n_users, self_loops=True)
    starts = np.searchsorted(np.asarray(friends.receivers), np.arange(n_users + 1)).astype(np.int32)
    return LevelGraph(
        homogeneous(*ends, n_users + train.n_items * len(levels), self_loops=True),
        friends,
        Csr(starts, np.asarray(friends.senders), np.arange(n_users, dtype=np.int32)),
        known,
        levels,
    )


def sr_hgnn(
    graph: LevelGraph,
    n_users: int,
    n_items: int,
    dim: int = 16,
    n_layers: int = 2,
    social_dim: int = 500,
    social_epochs: int = 500,
    biases: bool = True,
    init_scale: float = 0.1,
) -> Model:
    """Builds SR-HGNN; train it with ``levels_ranked`` and ``friends_ranked`` beside squared error.

    - Friends: ``g`` is learned first, by ``social_encoder``, and then stays as it is.
    - Nodes: ``[T_u, g_u W_s]`` of users, ``dim / 2`` each, and a table of the levels of items.
    - Layers: ``X_0 = prelu(A E)`` and ``X_k = prelu(A [X_U W_U, X_V W_V])``, with ``A`` the
      normalized adjacency with self loops and one PReLU for all; ``[X_0, X_1, ...]`` side by side.
    - The vector of an item is the mean of those of all its levels. The rating is two dense layers
      over both vectors, plus the mean and, by ``biases``, ``b_u + b_i``.

    The reference's last ReLU is left out, for it can die. Its cross-type attention is in no public
    code. The last column of both tables is the bias, where there is one. Where one of user and item
    has no training rating, the rating is mean and biases alone; a user with friends counts as
    known. Graph: ``LevelGraph``, which ``init`` reads as well. Cost per encode: ``n_layers``
    propagations over ratings.

    Args:
      dim: width of a node and of every layer; even.
      n_layers: propagations over ratings.
      social_dim: width of what is learned of friends before training.
      social_epochs: steps of that at most; it ends earlier after 5 without a lower loss.
      biases: whether the biases of users and items are added; False is the paper's form.
      init_scale: standard deviation of the normal initial tables; layers begin Xavier uniform.

    Raises:
      InputError: an odd ``dim``, or less than one layer, column or step.
    """
    if dim < 2 or dim % 2:
        raise InputError(f"dim is {dim}; give an even number of 2 or more, half of it for friends")
    if min(n_layers, social_dim, social_epochs) < 1:
        raise InputError(
            f"n_layers is {n_layers}, social_dim {social_dim} and social_epochs {social_epochs}; "
            "give 1 or more of each"
        )
    normal, glorot = jax.nn.initializers.normal(init_scale), jax.nn.initializers.glorot_uniform()
    n_levels, width = graph.levels.shape[0], n_layers * dim

    def table(key: Key, bias, columns: int) -> Float[Array, "N _"]:
        vectors = normal(key, (bias.shape[0], columns))
        return with_bias(vectors, bias) if biases else vectors

    def init(key: Key) -> Params:
        keys = jax.random.split(key, 8)
        shape = n_layers - 1, dim, dim
        return {
            "user": table(keys[0], graph.rated.user_bias, dim // 2),
            "item": table(keys[1], graph.rated.item_bias, n_levels * dim),
            "social": social_encoder(keys[2], graph.social, n_users, social_dim, social_epochs),
            "from_social": glorot(keys[3], (social_dim, dim // 2)),
            "layers": {
                "user": glorot(keys[4], shape) if n_layers > 1 else jnp.zeros(shape),
                "item": glorot(keys[5], shape) if n_layers > 1 else jnp.zeros(shape),
                "slope": jnp.float32(0.25),
            },
            "head": init_head(keys[6], 2 * width, width),
            "terms": [_init_pair(k, width) for k in jax.random.split(keys[7])],
        }

    def encode(params: Params, graph: LevelGraph, *, key: Key | None = None) -> LevelReps:
        user, user_bias = split_table(params["user"], graph.rated.user, biases)
        item, item_bias = split_table(params["item"], graph.rated.item, biases)
        of_friends = jax.lax.stop_gradient(params["social"]) @ params["from_social"]
        layers, cut = params["layers"], n_users
        prelu = lambda x: jnp.where(x > 0, x, layers["slope"] * x)
        x = jnp.concatenate([jnp.concatenate([user, of_friends], 1), item.reshape(-1, dim)])
        x = prelu(propagate(x, graph.ratings))
        found = [x]
        for of_user, of_item in zip(layers["user"], layers["item"], strict=True):
            x = jnp.concatenate([x[:cut] @ of_user, x[cut:] @ of_item])
            x = prelu(propagate(x, graph.ratings))
            found.append(x)
        vectors = jnp.concatenate(found, axis=1)
        level = vectors[cut:].reshape(n_items, n_levels, width)
        has_friends = jnp.diff(jnp.asarray(graph.friends.indptr)) > 1  # The user is one.
        head = RatingReps(
            vectors[:cut],
            jnp.mean(level, axis=1),
            graph.rated.mean + user_bias,
            item_bias,
            (jnp.asarray(graph.rated.user) | has_friends).astype(level.dtype),
            jnp.asarray(graph.rated.item).astype(level.dtype),
            params["head"],
            graph.rated,
        )
        cross, link = params["terms"]
        return LevelReps(head, level, cross, link, jnp.asarray(graph.levels), graph.friends, key)

    def score(reps: LevelReps, queries: Int[Array, "B"], items: Int[Array, "..."]):
        return rating_score(reps.head, queries, items)

    return Model(init, encode, score)


def without_ratings(graph: LevelGraph, batch: Batch) -> LevelGraph:
    """The graph without a batch's ratings, which a step predicts: edges of weight 0, both ways.

    Degrees stay as they are. With the edges, a model reads its own answer, as one that predicts
    ratings from vectors of an item's levels.
    """
    n_users, n_levels = graph.rated.user.shape[0], graph.levels.shape[0]
    level = nearest_level(batch, graph.levels)
    user, node = batch.query, n_users + batch.item[:, 0] * n_levels + level
    ratings = graph.ratings
    for ends in ((user, node), (node, user)):
        place = edge_positions(ratings, *ends)
        ratings = ratings._replace(edges=jnp.asarray(ratings.edges).at[place].set(0, mode="drop"))
    return graph._replace(ratings=ratings)


def nearest_level(batch: Batch, levels) -> Int[Array, "B"]:
    """The place of every rating of a batch among the levels."""
    return jnp.argmin(jnp.abs(batch.label[:, :1] - jnp.asarray(levels)[None]), axis=1)


def _init_pair(key: Key, width: int) -> list[Params]:
    """Layers that score a pair, without a last bias, for differences of scores do not see it."""
    *layers, last = init_mlp(key, 2 * width, width, 1)
    return [*layers, {"kernel": last["kernel"]}]
