"""What models of knowledge graphs read and train on, as the command line offers them."""

import math
from typing import Any

import numpy as np

from jaxrec.base import InputError
from jaxrec.data import Interactions, Linked, not_taken
from jaxrec.graph import concepts, links, related as facts_of, ripples, user_items
from jaxrec.models.concept_knn import Described
from jaxrec.models.item_knn import BLOCK
from jaxrec.models.kgcn import Knowledge
from jaxrec.models.kgnn_ls import Form, smoothness, with_labels
from jaxrec.models.ripplenet import Memory, known_facts, l2_memories
from jaxrec.ops import prepare
from jaxrec.ops.propagate.rows import rows
from jaxrec.train import l2_tables


def surrounded(
    train: Interactions, knowledge: Linked, width: int = 8, pad: bool = False, seed: int = 0
) -> Knowledge:
    """The knowledge graph around items.

    Args:
      width: facts drawn of every entity, once; the model sees its neighbours through them.
      pad: an entity of fewer facts has each of them once, not some of them several times.
    """
    del train  # Items are known, whoever took them.
    triples = knowledge.graph.triples
    table = facts_of(triples, width, pad, seed)
    return Knowledge(table, knowledge.entity, np.int32(triples.n_relations))


def labelled(
    train: Interactions, knowledge: Linked, width: int = 8, pad: bool = False, seed: int = 0
) -> Knowledge:
    """The same with labels: what users took, and as much that they did not, drawn once.

    Args:
      width: facts drawn of every entity, once; the model sees its neighbours through them.
      pad: an entity of fewer facts has each of them once, not some of them several times.
    """
    around = surrounded(train, knowledge, width, pad, seed)
    return with_labels(around, train, not_taken(train, seed))


def rippled(
    train: Interactions,
    knowledge: Linked,
    n_hops: int = 2,
    n_memories: int = 32,
    pad: bool = False,
    seed: int = 0,
) -> Memory:
    """Ripple sets of the training interactions.

    Args:
      n_hops: how many facts away from their own items users reach.
      n_memories: facts of every user and hop, drawn once.
      pad: a hop of fewer facts has each of them once, not some of them several times.
    """
    triples, likes = knowledge.graph.triples, user_items(train)
    sets = ripples(triples, likes, knowledge.entity, n_hops, n_memories, pad, seed)
    return Memory(
        sets, knowledge.entity, np.int32(triples.n_entities), np.int32(triples.n_relations)
    )


def described(train: Interactions, knowledge: Linked, related: float = 0.0) -> Described:
    """What is known of the items, and who has what.

    Args:
      related: how often an entity one fact beyond an item's own counts, of either direction and
        every relation; 0 reads the item's own facts alone.
    """
    triples, weights = knowledge.graph.triples, None
    if not 0 <= related < math.inf:
        raise InputError(f"--related is {related}; give a number of 0 or more")
    if related:
        weights = np.full(2 * triples.n_relations, related)
    count = rows(concepts(triples, knowledge.entity, weights))
    joined = prepare(links(triples), dim=BLOCK)
    return Described(user_items(train), count, joined, np.int32(triples.n_entities))


def shrunk(l2: float = 1e-4) -> dict[str, Any]:
    """L2 on all parameters.

    Args:
      l2: weight of half the squared norm of all tables and matrices, at every step.
    """
    return {"l2": (l2, l2_tables)}


def smoothed(
    l2: float = 1e-4, smooth_weight: float = 0.1, smooth_form: Form = "paper", n_layers: int = 1
) -> dict[str, Any]:
    """The same, and the labels of others.

    Args:
      l2: weight of half the squared norm of all tables and matrices, at every step.
      smooth_weight: weight of the label smoothness beside the loss of scores; 0 is kgcn.
      smooth_form: what is predicted of a label is a probability (paper), or divided by the number
        of neighbours at each step and taken as a logit (reference).
      n_layers: facts between an item and the farthest entity it is seen by, or labelled by.
    """
    return shrunk(l2) | {"smooth": (smooth_weight, smoothness(n_layers, smooth_form))}


def remembered(l2: float = 1e-7, kge_weight: float = 0.01) -> dict[str, Any]:
    """RippleNet's own terms.

    Args:
      l2: weight of the squared norms of all that the batch's users remember, a sum.
      kge_weight: weight of the term that holds remembered facts true.
    """
    return {"l2": (l2, l2_memories), "kge": (kge_weight, known_facts)}
