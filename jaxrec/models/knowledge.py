"""What KGCN and KGNN-LS read: a knowledge graph around items, and the labels of training."""

import dataclasses
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Int

from jaxrec.data import Interactions, Triples, check_entities
from jaxrec.graph import Csr, NeighborTable, neighbor_table, user_items


class Knowledge(NamedTuple):
    """What the model reads; ``surrounded`` makes it.

    Attributes:
      related: ``graph.neighbor_table`` of the knowledge graph.
      entity: that of every item.
      positive, negative: entities that users took in training, and such that count as not taken;
        for ``kgnn_ls.smoothness`` alone.
    """

    related: NeighborTable
    entity: Int[Array, "I"] | Int[np.ndarray, "I"]
    n_relations: Int[Array, ""] | np.int32
    positive: Csr | None = None
    negative: Csr | None = None


def surrounded(
    triples: Triples,
    entity: Int[np.ndarray, "I"],
    width: int = 8,
    pad: bool = False,
    seed: int = 0,
) -> Knowledge:
    """The facts around items, ``width`` of every entity, drawn once (``graph.neighbor_table``).

    Args:
      entity: that of every item.

    Raises:
      InputError: an entity that is not there, or ``width`` below 1.
    """
    check_entities(entity, len(entity), triples.n_entities)
    return Knowledge(
        neighbor_table(triples, width, pad, seed), entity, np.int32(triples.n_relations)
    )


def with_labels(graph: Knowledge, positive: Interactions, negative: Interactions) -> Knowledge:
    """The same with the labels of training, by the entities of its items.

    Args:
      negative: pairs that count as not taken (``data.sample_negatives``).

    Raises:
      InputError: pairs of other items than the graph's, or an entity that is not there.
    """
    entity, n_entities = np.asarray(graph.entity), graph.related.entity.shape[0]
    for pairs in (positive, negative):
        check_entities(entity, pairs.n_items, n_entities)
    lists = (
        user_items(dataclasses.replace(pairs, item=entity[pairs.item], n_items=n_entities))
        for pairs in (positive, negative)
    )
    return graph._replace(**dict(zip(("positive", "negative"), lists, strict=True)))
