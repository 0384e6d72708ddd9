"""GNewsRec: news by their titles and by the users and topics around them; interests long and short.

Hu et al., Graph neural news recommendation with long-term and short-term interest modeling,
Information Processing & Management 2020, https://arxiv.org/abs/1910.14025
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import NewsGraph
from jaxrec.models.left_out import Pair, among, pair_of
from jaxrec.models.short_term import init_short_term, short_term_interest
from jaxrec.models.title_encoder import encode_titles, init_titles
from jaxrec.nn import dense, init_mlp, mlp
from jaxrec.ops import check_rate, dropout as drop_out, keys_of, l2_normalize, map_blocks

SMALL = 0.01
"""Standard deviation of the last layer before training: the wide part scores at first."""


class NewsReps(NamedTuple):
    """What scoring reads.

    Attributes:
      layers: the vectors of all nodes before each layer: rows of tables, and of news their texts.
      sums: of each of them the sum over what a node receives from.
      degree: how many these are.
      key: of what training leaves out; None afterwards.
    """

    layers: list[Float[Array, "N d"]]
    sums: list[Float[Array, "N d"]]
    degree: Float[Array, "N"]
    graph: NewsGraph
    params: Params
    key: Key | None


def gnewsrec(
    graph: NewsGraph,
    n_users: int,
    n_items: int,
    dim: int = 32,
    word_dim: int = 50,
    n_layers: int = 2,
    short_term: bool = True,
    own_vector: bool = True,
    wide: bool = True,
    dropout: float = 0.5,
) -> Model:
    """Builds GNewsRec of vectors of titles (``title_encoder``) and tables of users and topics.

    - A layer makes of a node ``l2_normalize(relu([m, x] W + b))``, x its own vector and m the mean
      of those that it receives from: of a user ``u_l``, the long-term interest, of a news ``n``.
    - The short-term interest ``u_s`` is that of ``short_term``; ``u = l2_normalize([u_l, u_s] W)``.
    - The score is ``MLP([u, n])`` and, of our own, ``w_1 cos(s, p) + w_2 log(1 + clicks) + b``: s
      the content of the news, p the sum of it over the user's latest clicks, clicks those of the
      news. These weights come with the graph and are not trained; the rest begins near 0.

    A pair is scored as if the user had not clicked the news: neither knows of the other by that
    edge, and it is not among the clicks. In training a pair without a click leaves out another
    click of the user and of the news, chosen at random, lest what is missing gives the label away.
    A news that nobody clicked is scored from its title and topic.

    Graph: ``NewsGraph``; only its sizes are read here. Differences from the reference code: a dense
    layer beside the convolution takes what else is known, where it has entities; neighbors are
    drawn once; users go through the graph as in the paper; a logit, not a softmax of sigmoids.
    Cost an encode: ``3 W word_dim dim`` for W words, ``2 N dim^2`` a layer of N nodes; then
    ``8 K dim^2`` a user of K latest clicks, and ``10 dim^2`` a scored pair.

    Args:
      dim: width of the tables and of every layer.
      word_dim: width of the vectors of words.
      n_layers: layers of the graph, 2 at most: 0 is none, and then news are their texts alone and
        users rows of their table.
      short_term: whether the latest clicks are read.
      own_vector: whether a layer reads a node's own vector, too; False is the reference code's.
      wide: whether the cosine of contents and the number of clicks add to the score.
      dropout: chance that an entry of a user's or news' last vector is zeroed in training.

    Raises:
      InputError: ``n_layers`` or a chance of dropout out of range, or a graph of other sizes.
    """
    if n_layers not in (0, 1, 2):
        raise InputError(f"n_layers is {n_layers}; give 0 (no graph), 1 or 2")
    check_rate("dropout", dropout)
    sizes = graph.recent.shape[0], graph.word.shape[0]
    if sizes != (n_users, n_items):
        raise InputError(
            f"the graph has {sizes[0]} users and {sizes[1]} news but n_users={n_users}, "
            f"n_items={n_items}; give equal numbers"
        )
    n_topics = int(graph.graph.n_node[0]) - n_users - n_items
    n_words, n_features = int(graph.n_words), graph.vector.shape[1]
    table = jax.nn.initializers.normal(0.1)

    def init(key: Key) -> Params:
        keys = iter(jax.random.split(key, 8 + n_layers))
        widths = ((1 + own_vector) * dim, dim)
        params: Params = {
            "title": init_titles(next(keys), n_words, word_dim, n_features, dim),
            "user": table(next(keys), (n_users, dim)),
            "topic": table(next(keys), (n_topics, dim)),
            "layers": [init_mlp(next(keys), *widths)[0] for _ in range(n_layers)],
        }
        if short_term:
            params["short_term"] = init_short_term(next(keys), dim)
            params["interest"] = init_mlp(next(keys), 2 * dim, dim)[0]
        params["head"] = init_mlp(next(keys), 2 * dim, dim)
        last = {"kernel": jax.nn.initializers.normal(SMALL)(next(keys), (dim, 1))}
        return params | {"head": [*params["head"], last]}

    def layer(params: Params, own, total, degree) -> Float[Array, "*n d"]:
        mean = total / jnp.maximum(degree, 1)[..., None]
        return l2_normalize(jax.nn.relu(dense(params, *((mean, own) if own_vector else (mean,)))))

    def encode(params: Params, graph: NewsGraph, *, key: Key | None = None) -> NewsReps:
        edges = graph.graph
        text = encode_titles(params["title"], jnp.asarray(graph.word), jnp.asarray(graph.vector))
        x = jnp.concatenate([params["user"], text, params["topic"]])
        senders, receivers = jnp.asarray(edges.senders), jnp.asarray(edges.receivers)
        received = lambda x: jax.ops.segment_sum(x[senders], receivers, x.shape[0])
        degree = received(jnp.ones(x.shape[0]))
        layers, sums = [x], [received(x)]
        for weights in params["layers"][:-1]:
            layers.append(layer(weights, layers[-1], sums[-1], degree))
            sums.append(received(layers[-1]))
        return NewsReps(layers, sums, degree, jax.tree.map(jnp.asarray, graph), params, key)

    def without(reps: NewsReps, row, left_out) -> Float[Array, "*n d"]:
        """The last vectors of nodes that do not receive from ``left_out``, where it is not -1."""
        x, there = reps.layers[0][row], left_out >= 0
        for n, weights in enumerate(reps.params["layers"]):
            away = jnp.where(there[..., None], reps.layers[n][left_out], 0)
            x = layer(weights, x, reps.sums[n][row] - away, reps.degree[row] - there)
        return x

    def of_user(reps: NewsReps, pair: Pair, key: Key | None) -> Float[Array, "C"]:
        """Scores of the candidates of one user."""
        graph, params, user = reps.graph, reps.params, pair.user[0]
        heard = among(pair.clicked, graph.clicked.sender[user], graph.clicked.mask[user])
        reader = jnp.where(
            among(pair.reader, graph.reader.sender[pair.news], graph.reader.mask[pair.news]),
            pair.reader,
            -1,
        )
        u = without(reps, pair.user, jnp.where(heard, n_users + pair.clicked, -1))
        n = without(reps, n_users + pair.news, reader)
        recent, mask = graph.recent[user], graph.recent_mask[user]
        left_out = jax.vmap(lambda clicked: (recent == clicked) & mask)(pair.clicked)
        if short_term:
            text = reps.layers[0][n_users:]
            short = text[recent], mask, text[pair.news], left_out
            brought = short_term_interest(params["short_term"], *short)
            u = l2_normalize(dense(params["interest"], u, brought))
        key_user, key_news = keys_of(key, 2)
        u, n = drop_out(u, dropout, key_user), drop_out(n, dropout, key_news)
        logit = mlp(params["head"], jnp.concatenate([u, n], axis=1))
        if wide:
            content = graph.content
            profile = jnp.where(mask[None] & ~left_out, 1.0, 0.0) @ content[recent]
            cosine = jnp.sum(l2_normalize(profile) * content[pair.news], axis=1)
            clicks = jnp.log1p(graph.n_clicks[pair.news] - pair.own)
            logit += (jnp.stack([cosine, clicks, jnp.ones_like(cosine)], axis=1) @ graph.wide)[
                :, None
            ]
        return logit[:, 0]

    def score(reps: NewsReps, queries: Int[Array, "B"], items: Int[Array, "..."]):
        if reps.key is not None:
            listed = jnp.broadcast_to(items, (queries.shape[0], items.shape[-1]))
            drawn = [jax.random.split(key, queries.shape[0]) for key in jax.random.split(reps.key)]
            one = lambda q, i, hide, drop: of_user(reps, pair_of(reps.graph, q, i, hide), drop)
            return jax.vmap(one)(queries, listed, *drawn)
        one = lambda query, items: of_user(reps, pair_of(reps.graph, query, items), None)
        if items.ndim == 2:
            return jax.vmap(one)(queries, items)
        width = 8 * dim + reps.graph.recent.shape[1] * dim + reps.graph.content.shape[1]
        return map_blocks(partial(one, items=items), queries, items.shape[0] * width)

    return Model(init, encode, score)
