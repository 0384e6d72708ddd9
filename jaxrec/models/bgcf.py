"""BGCF: representations that average over graphs which could have been observed, too.

Sun et al., A Framework for Recommending Accurate and Diverse Items Using Bayesian Graph
Convolutional Neural Networks, KDD 2020, https://doi.org/10.1145/3394486.3403254

The form is that of the reference implementation in MindSpore's model zoo. There 40 and 20
neighbors are drawn a node and step, here all are read. The paper averages predictions over graphs;
the reference averages representations, over 50 draws of neighbors, and so does this file, over
its ``n_graphs`` graphs. Of our own are the default ``eps``, one matrix of the attention part for
both types, and dropout on entries of what is aggregated. In the reference weight decay (0.03) acts
on the batch's scoring vectors; ``train.l2_rows`` acts on their table rows.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import Batch, Embeddings, InputError, Key, Model, Params
from jaxrec.data import Interactions
from jaxrec.graph import bipartite, node_copy
from jaxrec.models.mf import mf
from jaxrec.ops import (
    WeightedEdges,
    affinity_mean,
    check_rate,
    dot,
    dropout as drop,
    keys_of,
    positive_of,
    weighted_edges,
    weighted_spmm,
)

MATRICES = ("observed_of_user", "observed_of_item", "sampled", "attention")


class Graphs(NamedTuple):
    """What the encoder reads; ``graphs`` makes them of interactions.

    Attributes:
      sampled: ``S`` copies of the observed graph, stacked, padded to the edges of the largest.
      user_partner, item_partner: in each copy, the similar node whose list each node may hold.
    """

    observed: WeightedEdges
    sampled: WeightedEdges
    user_partner: Int[Array, "S U"]
    item_partner: Int[Array, "S I"]


class Paired(NamedTuple):
    """``Embeddings`` to score with, and the similar node of every node, for ``distance``."""

    query: Float[Array, "U d"]
    item: Float[Array, "I d"]
    user_partner: Int[Array, "U"]
    item_partner: Int[Array, "I"]


def graphs(train: Interactions, eps: float = 0.1, n_graphs: int = 5, seed: int = 0) -> Graphs:
    """The observed graph and ``n_graphs`` by ``graph.node_copy``, on the device.

    Args:
      eps: the probability that a node's list is replaced by that of a similar node.
      n_graphs: graphs that are drawn so before training; a step reads one of them, and what is
        scored afterwards is the mean over all.

    Raises:
      InputError: ``n_graphs`` below 1, or what ``node_copy`` refuses.
    """
    if n_graphs < 1:
        raise InputError(f"n_graphs is {n_graphs}; give 1 or more")
    seeds = np.random.SeedSequence(seed).generate_state(n_graphs)
    copies = [node_copy(train, eps, int(one)) for one in seeds]
    n_edges = max(int(copy.graph.n_edge[0]) for copy in copies)
    sampled = [weighted_edges(copy.graph, n_edges) for copy in copies]
    return Graphs(
        weighted_edges(bipartite(train, r=1.0)),
        jax.tree.map(lambda *leaves: jnp.stack(leaves), *sampled),
        jnp.stack([copy.user_partner for copy in copies]),
        jnp.stack([copy.item_partner for copy in copies]),
    )


def bgcf(
    n_users: int,
    n_items: int,
    dim: int = 64,
    dropout: tuple[float, ...] = (0.0, 0.2, 0.3),
    init_scale: float = 0.1,
) -> Model:
    """Builds BGCF; train it with ``distance`` beside the ranking loss (reference: weight 0.002).

    A node with row h scores with ``[tanh([a1, a2, a3]), h]``, four blocks of ``dim``:

    - ``a1 = tanh([h, m] W1)``, m the mean of its neighbors in the observed graph, with one matrix
      for users and one for items;
    - ``a2 = tanh([h, m'] W2)``, m' that in a sampled graph;
    - ``a3 = [c, h] W3``, c the mean of the neighbors in both, weighted by the softmax of ``<h,
      h_i>``; one in both counts twice.

    With a key one of the sampled graphs is drawn for the call; without, representations are the
    means over all of them.

    Graph: ``Graphs``, as ``graphs`` makes them of the training interactions.
    Cost: ``6 * n_edges * dim`` multiply-adds per encode and sampled graph.

    Args:
      dim: width of the tables; scores are over four times that.
      dropout: three probabilities that training drops an entry of the observed mean m, the sampled
        mean m' and the attended mean c; the defaults are the reference implementation's.
      init_scale: standard deviation of the normal initial tables; matrices begin Xavier uniform.

    Raises:
      InputError: not three probabilities below 1.
    """
    if len(dropout) != 3:
        raise InputError(f"dropout has {len(dropout)} probabilities; give three")
    for rate in dropout:
        check_rate("dropout", rate)
    xavier = jax.nn.initializers.glorot_uniform()

    def init(key: Key) -> Params:
        key_tables, *keys = jax.random.split(key, 1 + len(MATRICES))
        drawn = zip(MATRICES, keys, strict=True)
        weights = {name: xavier(k, (2 * dim, dim)) for name, k in drawn}
        return mf(n_users, n_items, dim, init_scale).init(key_tables) | {"weights": weights}

    def encode(params: Params, graph: Graphs, *, key: Key | None = None) -> Embeddings | Paired:
        weights, cut = params["weights"], params["user"].shape[0]
        x = jnp.concatenate([params["user"], params["item"]])  # [N, d]
        observed_mean = weighted_spmm(x, graph.observed.weight, graph.observed.edges)

        def vectors(sampled: WeightedEdges, key_dropout: Key | None) -> Float[Array, "N D"]:
            m, m_sampled = observed_mean, weighted_spmm(x, sampled.weight, sampled.edges)
            c = affinity_mean(x, graph.observed, sampled)
            aggregated = zip((m, m_sampled, c), dropout, keys_of(key_dropout, 3), strict=True)
            m, m_sampled, c = (drop(part, rate, key) for part, rate, key in aggregated)
            both = jnp.concatenate([x, m], axis=1)  # [N, 2d]
            of_user = both[:cut] @ weights["observed_of_user"]
            of_item = both[cut:] @ weights["observed_of_item"]
            a1 = jnp.tanh(jnp.concatenate([of_user, of_item]))
            a2 = jnp.tanh(jnp.concatenate([x, m_sampled], axis=1) @ weights["sampled"])
            a3 = jnp.concatenate([c, x], axis=1) @ weights["attention"]
            return jnp.concatenate([jnp.tanh(a1), jnp.tanh(a2), jnp.tanh(a3), x], axis=1)

        n_graphs = graph.user_partner.shape[0]
        if key is None:
            add = lambda total, sampled: (total + vectors(sampled, None), None)
            total, _ = jax.lax.scan(add, jnp.zeros((len(x), 4 * dim), x.dtype), graph.sampled)
            return Embeddings(total[:cut] / n_graphs, total[cut:] / n_graphs)
        key_graph, key_dropout = jax.random.split(key)
        which = jax.random.randint(key_graph, (), 0, n_graphs)
        drawn = vectors(jax.tree.map(lambda leaf: leaf[which], graph.sampled), key_dropout)
        partners = graph.user_partner[which], graph.item_partner[which]
        return Paired(drawn[:cut], drawn[cut:], *partners)

    return Model(init, encode, dot)


def distance(params: Params, reps, batch: Batch) -> Float[Array, ""]:
    """The term that holds similar nodes together: squared distances to their partners, per pair.

    ``|q_u - q_u'|^2 + |v_i - v_i'|^2`` of scoring vectors, averaged over the batch's users u and
    positive items i. The reference takes neighbors from a graph of users and one of
    items; here u' and i' are the nodes that u and i may copy.

    Raises:
      InputError: representations that were encoded without a key.
    """
    del params  # Rows are in the scoring vectors.
    if not isinstance(reps, Paired):
        raise InputError("distance needs partners, which come with a key; encode with a key")
    positive, valid = positive_of(batch)
    user = reps.query[batch.query] - reps.query[reps.user_partner[batch.query]]
    item = reps.item[positive] - reps.item[reps.item_partner[positive]]
    squared = jnp.sum(user**2, axis=1) + jnp.sum(item**2, axis=1)  # [B]
    return jnp.sum(squared, where=valid) / jnp.maximum(jnp.sum(valid), 1)
