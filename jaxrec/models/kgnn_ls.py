"""KGNN-LS: KGCN whose relation weights also must predict what users take, by label propagation.

Wang et al., Knowledge-aware Graph Neural Networks with Label Smoothness Regularization for
Recommender Systems, KDD 2019, https://arxiv.org/abs/1905.04413
"""

from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import Batch, InputError, Model, Params, Term
from jaxrec.losses import binary_cross_entropy
from jaxrec.models.kgcn import Aggregator, KgcnReps, Reduce, kgcn, relation_scores
from jaxrec.models.knowledge import Knowledge
from jaxrec.ops import contains, held_out_labels, receptive_field, relation_attention

Form = Literal["paper", "reference"]
LEAST = 1e-4
"""Nearest that a predicted probability comes to 0 or 1: no weight could say more for certain."""


def kgnn_ls(
    graph: Knowledge,
    n_users: int,
    n_items: int,
    dim: int = 16,
    n_layers: int = 2,
    aggregator: Aggregator = "gcn",
    reduce: Reduce = "sum",
) -> Model:
    """Builds KGCN; train it with ``smoothness`` beside the loss of its scores.

    Relations of equal weight are left to ``kgcn``: smoothness has nothing else to learn.

    Graph: ``Knowledge`` with the labels of training. Cost: of the model, as ``kgcn``; of the
    term, ``K^n_layers log n`` for each candidate.

    The paper weighs facts by ``<u, r>`` in a symmetric normalization, which breaks where weights
    are negative; the softmax is the reference code's.

    Args:
      dim: width of the tables and of every layer.
      n_layers: facts between an item and the farthest entity it is seen by, or labeled by. Labels
        come from items, so that with one layer smoothness learns only of those that a fact joins to
        an item directly: of none where facts are attributes, and then the model is ``kgcn``.
      aggregator: what a layer makes of an entity and its neighbors: their sum (gcn), one beside
        the other (concat), or the neighbors alone (neighbor).
      reduce: sum of the weighted neighbors; mean divides that by their number, as the reference
        code does.

    Raises:
      InputError: fewer than one layer, or a graph of other items.
    """
    return kgcn(graph, n_users, n_items, dim, n_layers, aggregator, reduce)


def smoothness(form: Form = "paper") -> Term:
    """Builds the term that predicts each candidate's label from the labels of others around it.

    Entities that the user took have label 1, those that count as not taken 0, others 1/2; those of
    the candidate's own entity are hidden wherever it stands. ``ops.held_out_labels`` brings them
    up by the user's weights, in a round a layer of the model, and a cross-entropy compares.

    Args:
      form: ``paper`` takes what comes up as a probability. ``reference`` divides it by the number
        of neighbors at every step and takes it as a logit: then it never predicts better than
        ``sigmoid(1 / K)``, and the term is a nearly linear pull on the weights.
    """

    def term(params: Params, reps: KgcnReps, batch: Batch) -> Float[Array, ""]:
        del params  # Tables are in the representations.
        items = jnp.broadcast_to(batch.item, batch.mask.shape)
        found = predicted_labels(reps, batch.query, items, len(reps.layers), form)
        if form == "reference":
            return binary_cross_entropy(found, batch.label, batch.mask)
        found = jnp.clip(found, LEAST, 1 - LEAST)
        return binary_cross_entropy(jnp.log(found) - jnp.log1p(-found), batch.label, batch.mask)

    return term


def predicted_labels(
    reps: KgcnReps, queries: Int[Array, "B"], items: Int[Array, "B C"], n_layers: int, form: Form
) -> Float[Array, "B C"]:
    """The label of each item that the others around it give.

    Where nothing is known it is 1/2 in the paper's form, and less in the reference's, whose
    weights do not sum to 1.

    Labels are looked up by bisection of the user's own list, so no number of user and entity
    together is formed that could overflow.

    Raises:
      InputError: a graph without labels.
    """
    graph = reps.graph
    positive, negative = graph.positive, graph.negative
    if positive is None or negative is None:
        raise InputError("smoothness needs labels; give Knowledge with positive and negative")

    def one(query: Int[Array, ""], own: Int[Array, "C"]) -> Float[Array, "C"]:
        roots = jnp.asarray(graph.entity)[own]
        seen = receptive_field(graph.related, roots, n_layers)
        score = relation_scores(reps, reps.user[query])
        weight = relation_attention(score, seen, form == "reference")
        label, fixed = zip(*map(partial(known, query, roots), seen.entity), strict=True)
        return held_out_labels(label, fixed, weight, seen.mask)

    def known(query, roots, entity):
        rows = jnp.broadcast_to(query, entity.shape)
        hidden = entity == jnp.expand_dims(roots, tuple(range(1, entity.ndim)))
        taken, not_taken = (contains(lists, rows, entity) for lists in (positive, negative))
        label = jnp.where(taken, 1.0, jnp.where(not_taken, 0.0, 0.5))
        return jnp.where(hidden, 0.5, label), (taken | not_taken) & ~hidden

    return jax.vmap(one)(queries, items)
