"""Ways through a knowledge graph that a score has come, by how much came that way."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int


class Paths(NamedTuple):
    """A row a path; equal ones may occur several times.

    Attributes:
      entity: L + 1 entities in a path of L facts; -1 behind the end of a shorter one.
      relation: of its facts; -1 likewise.
      forward: whether a fact was walked from its head to its tail; False likewise.
    """

    weight: Float[np.ndarray, "n"]
    entity: Int[np.ndarray, "n L+1"]
    relation: Int[np.ndarray, "n L"]
    forward: Bool[np.ndarray, "n L"]

    def n_facts(self) -> Int[np.ndarray, "n"]:
        """How long every path is."""
        return np.sum(self.relation >= 0, axis=1)


def strongest(paths: Paths, k: int) -> Paths:
    """The ``k`` heaviest paths, heaviest first; weights of equal ones are added.

    Those that differ in the direction of a fact are not equal: they are two facts.

    >>> ends, kind = np.array([[0, 1], [0, 2], [0, 1]]), np.zeros((3, 1), int)
    >>> best = strongest(Paths(np.array([0.2, 0.5, 0.4]), ends, kind, kind == 0), 1)
    >>> best.entity.tolist(), round(float(best.weight[0]), 3)
    ([[0, 1]], 0.6)
    """
    rows = np.concatenate([paths.entity, paths.relation, paths.forward], axis=1)
    rows, which = np.unique(rows, axis=0, return_inverse=True)
    weight = np.bincount(which.reshape(-1), paths.weight, minlength=len(rows))
    order = np.argsort(-weight, kind="stable")[:k]
    longest = paths.relation.shape[1]
    entity, relation, forward = np.split(rows[order], [longest + 1, 2 * longest + 1], axis=1)
    return Paths(weight[order], entity, relation, forward.astype(bool))


def padded(paths: list[Paths]) -> Paths:
    """Paths of several lengths in one table."""
    longest = max(part.relation.shape[1] for part in paths)
    wide = lambda rows, width, end=-1: np.pad(
        rows, ((0, 0), (0, width - rows.shape[1])), constant_values=end
    )
    return Paths(
        np.concatenate([part.weight for part in paths]),
        np.concatenate([wide(part.entity, longest + 1) for part in paths]),
        np.concatenate([wide(part.relation, longest) for part in paths]),
        np.concatenate([wide(part.forward, longest, False) for part in paths]),
    )
