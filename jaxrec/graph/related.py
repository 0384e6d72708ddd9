"""Tables of fixed width of what a knowledge graph says of every entity."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Bool, Int

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.graph.positions import sample_positions


class NeighborTable(NamedTuple):
    """K facts of every entity, read from either end.

    Attributes:
      entity: the entity at the other end.
      relation: that of the fact, the same number from both ends.
      mask: False marks padding; rows of entities without facts hold nothing else.
      forward: whether the row's entity is the head of the fact; no model weighs by it.
    """

    entity: Int[Array, "E K"] | Int[np.ndarray, "E K"]
    relation: Int[Array, "E K"] | Int[np.ndarray, "E K"]
    mask: Bool[Array, "E K"] | Bool[np.ndarray, "E K"]
    forward: Bool[Array, "E K"] | Bool[np.ndarray, "E K"]


def neighbor_table(triples: Triples, width: int, pad: bool = False, seed: int = 0) -> NeighborTable:
    """Draws ``width`` facts of every entity, once, whether it is head or tail of them.

    Without replacement from as many or more; from fewer with replacement, as the reference code of
    KGNN-LS does, or with ``pad`` all of them, each once. A fact of an entity with itself counts
    twice, once an end. The order of triples changes no draw. Cost O(T log T + E K^2).

    Wang et al., KGCN, WWW 2019, https://arxiv.org/abs/1904.12575.

    Raises:
      InputError: ``width`` below 1.

    >>> row = lambda *numbers: np.array(numbers, np.int32)
    >>> facts = Triples(row(0, 2), row(1, 0), row(1, 0), n_entities=4, n_relations=2)
    >>> table = neighbor_table(facts, width=2, pad=True)
    >>> table.entity.tolist(), table.relation[0].tolist(), table.mask.sum(axis=1).tolist()
    ([[1, 2], [0, 0], [0, 0], [0, 0]], [1, 0], [2, 1, 1, 0])
    >>> table.forward[0].tolist()
    [True, False]
    """
    if width < 1:
        raise InputError(f"the width of the table of facts is {width}; give 1 or more")
    own = np.concatenate([triples.head, triples.tail])
    other = np.concatenate([triples.tail, triples.head])
    relation, forward = np.tile(triples.relation, 2), np.arange(len(own)) < len(triples)
    order = np.lexsort((relation, other, own))
    own, other, relation, forward = own[order], other[order], relation[order], forward[order]
    count = np.bincount(own, minlength=triples.n_entities)
    place, mask = sample_positions(count, width, np.random.default_rng(seed), pad)
    if not len(own):
        return NeighborTable(place.astype(np.int32), place.astype(np.int32), mask, mask)
    fact = np.where(mask, (np.cumsum(count) - count)[:, None] + place, 0)
    entity, kind = (np.where(mask, column[fact], 0) for column in (other, relation))
    return NeighborTable(entity.astype(np.int32), kind.astype(np.int32), mask, mask & forward[fact])
