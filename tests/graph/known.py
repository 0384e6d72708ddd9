"""A small knowledge graph with a circle, a fact of an entity with itself and an isolated entity."""

import numpy as np

from jaxrec.data import Triples

FACTS = np.array(
    [[0, 0, 4], [0, 1, 5], [1, 0, 4], [1, 1, 6], [2, 2, 0], [4, 2, 1], [5, 2, 5], [6, 0, 0]],
    np.int32,
)
N_ENTITIES, N_RELATIONS = 8, 3  # Entity 7 has no fact, entity 3 neither.


def triples(facts: np.ndarray = FACTS) -> Triples:
    """These facts among all entities."""
    return Triples(*np.ascontiguousarray(facts.T), N_ENTITIES, N_RELATIONS)
