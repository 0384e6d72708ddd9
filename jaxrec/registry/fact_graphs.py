"""What models of knowledge graphs read, as the command line offers it."""

import math

import numpy as np

from jaxrec.base import InputError
from jaxrec.data import sample_negatives
from jaxrec.graph import ItemFacts, concepts, entity_graph, item_facts, user_items
from jaxrec.models.concept_knn import Described
from jaxrec.models.disenhan import TypedGraph, typed_graph
from jaxrec.models.item_knn import BLOCK
from jaxrec.models.knowledge import Knowledge, surrounded, with_labels
from jaxrec.models.ripplenet import Memory, memory
from jaxrec.ops import prepare
from jaxrec.ops.propagate.rows import rows
from jaxrec.registry.source import Source


def around(source: Source, width: int = 8, pad: bool = False) -> Knowledge:
    """The knowledge graph around items.

    Args:
      width: facts drawn of every entity, once; the model sees its neighbors through them.
      pad: an entity of fewer facts has each of them once, not some of them several times.
    """
    facts = source.required_facts
    return surrounded(facts.graph.triples, facts.entity, width, pad, source.seed)


def labeled_around(
    source: Source,
    width: int = 8,
    pad: bool = False,
) -> Knowledge:
    """The same with labels: those of training, or as many pairs of label 0 again, drawn once.

    Args:
      width: facts drawn of every entity, once; the model sees its neighbors through them.
      pad: an entity of fewer facts has each of them once, not some of them several times.
    """
    graph = around(source, width, pad)
    if not source.learns:  # Scores read no labels.
        return graph
    negatives = source.negatives
    if negatives is None:
        negatives = sample_negatives(source.train, source.seed)
    return with_labels(graph, source.train, negatives)


def rippled(
    source: Source,
    n_hops: int = 2,
    n_memories: int = 32,
    pad: bool = False,
) -> Memory:
    """Ripple sets of the training interactions.

    Args:
      n_hops: how many facts away from their own items users reach.
      n_memories: facts of every user and hop, drawn once.
      pad: a hop of fewer facts has each of them once, not some of them several times.
    """
    facts, likes = source.required_facts, user_items(source.train)
    sizes = n_hops, n_memories, pad, source.seed
    return memory(facts.graph.triples, likes, facts.entity, *sizes)


def typed(source: Source, typed: bool = True) -> TypedGraph:
    """Interactions and facts, a relation each.

    Args:
      typed: whether facts are read; False leaves users and items alone.
    """
    facts = source.required_facts
    return typed_graph(source.train, facts.graph.triples, facts.entity, typed)


def attributes(source: Source) -> ItemFacts:
    """What is known of items, by attribute."""
    facts = source.required_facts
    return item_facts(facts.graph.triples, facts.entity)


def described(source: Source, related: float = 0.0) -> Described:
    """What is known of the items, and who has what.

    Args:
      related: how often an entity one fact beyond an item's own counts, of either direction and
        every relation; 0 reads the item's own facts alone.
    """
    facts, weights = source.required_facts, None
    triples = facts.graph.triples
    if not 0 <= related < math.inf:
        raise InputError(f"--related is {related}; give a number of 0 or more")
    if related:
        weights = np.full(2 * triples.n_relations, related)
    count = rows(concepts(triples, facts.entity, weights))
    joined = prepare(entity_graph(triples), dim=BLOCK)
    return Described(user_items(source.train), count, joined, np.int32(triples.n_entities))
