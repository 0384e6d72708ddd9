"""What models of knowledge graphs read, as the command line offers it."""

import math

import numpy as np

from jaxrec.base import InputError
from jaxrec.data import Interactions, Linked, not_taken
from jaxrec.graph import concepts, links, user_items
from jaxrec.models.concept_knn import Described
from jaxrec.models.item_knn import BLOCK
from jaxrec.models.knowledge import Knowledge, surrounded, with_labels
from jaxrec.models.ripplenet import Memory, memory
from jaxrec.ops import prepare
from jaxrec.ops.propagate.rows import rows


def around(
    train: Interactions, knowledge: Linked, width: int = 8, pad: bool = False, seed: int = 0
) -> Knowledge:
    """The knowledge graph around items.

    Args:
      width: facts drawn of every entity, once; the model sees its neighbours through them.
      pad: an entity of fewer facts has each of them once, not some of them several times.
    """
    del train  # Items are known, whoever took them.
    return surrounded(knowledge.graph.triples, knowledge.entity, width, pad, seed)


def labelled_around(
    train: Interactions,
    knowledge: Linked,
    width: int = 8,
    pad: bool = False,
    seed: int = 0,
    learns: bool = True,
) -> Knowledge:
    """The same with labels: what users took, and as much that they did not, drawn once.

    Args:
      learns: False leaves the labels out, for scores read none.
      width: facts drawn of every entity, once; the model sees its neighbours through them.
      pad: an entity of fewer facts has each of them once, not some of them several times.
    """
    graph = around(train, knowledge, width, pad, seed)
    return with_labels(graph, train, not_taken(train, seed)) if learns else graph


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
    return memory(triples, likes, knowledge.entity, n_hops, n_memories, pad, seed)


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
