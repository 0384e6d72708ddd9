"""Links of a relation that are held out of what models read, to be found again."""

from dataclasses import replace

import numpy as np
from jaxtyping import Int64

from jaxrec.base import InputError
from jaxrec.data.interactions import Interactions
from jaxrec.data.leaks import Finding
from jaxrec.data.relations import Relation
from jaxrec.data.split import Split


def hold_out_links(relation: Relation, fraction: float, seed: int = 0) -> Relation:
    """The relation with a random share of its links in the test slice (``given``).

    A link is held out in both directions, where both are listed.

    >>> knows = Relation("user", "user", np.int32([0, 1, 1, 2]), np.int32([1, 0, 2, 3]), 4, 4)
    >>> hold_out_links(knows, 0.4, seed=1).given.tolist()
    [2, 2, 0, 0]

    Args:
      fraction: of the pairs that are linked, in ``[0, 1)``; 0 leaves the relation as it is.

    Raises:
      InputError: a fraction out of range, or so large or small that a slice is empty.
    """
    if not 0 <= fraction < 1:
        raise InputError(f"fraction is {fraction}; give a share of links from 0 to below 1")
    if not fraction:
        return relation
    pairs, which = np.unique(_undirected(relation), return_inverse=True)
    n_held = round(len(pairs) * fraction)
    if not 0 < n_held < len(pairs):
        raise InputError(
            f"a share of {fraction} of {len(pairs):,} links is {n_held:,}; some must be held out, "
            "and some be left"
        )
    held = np.random.default_rng(seed).permutation(len(pairs)) < n_held
    return replace(relation, given=(2 * held[which]).astype(np.int8))


def learned_links(relation: Relation) -> Relation:
    """The links that models may read: those that are not held out."""
    return relation if relation.given is None else relation.take(relation.given == 0)


def split_links(relation: Relation) -> Split[Interactions]:
    """Links between users as interactions of users with users, each in both directions.

    Args:
      relation: with slices (``hold_out_links``).
    """
    given = np.zeros(len(relation), np.int8) if relation.given is None else relation.given

    def part(number: int) -> Interactions:
        both = relation.take(given == number).both_directions()
        return Interactions(both.senders, both.receivers, both.n_sources, both.n_targets)

    return Split(part(0), part(1), part(2), "rows")


def check_held_links(name: str, relation: Relation) -> list[Finding]:
    """Counts held-out links that models may read, in the same direction or the other."""
    if relation.given is None:
        return []
    pairs, held = _undirected(relation), relation.given == 2
    told = np.isin(pairs[held], pairs[~held])
    message = f"held-out links of {name} also in the training graph, in either direction"
    return [Finding(f"test_{name}_in_train", int(told.sum()), int(held.sum()), message)]


def _undirected(relation: Relation) -> Int64[np.ndarray, "E"]:
    """A number for every edge, that of its other direction, too."""
    ends = relation.senders.astype(np.int64), relation.receivers.astype(np.int64)
    return np.minimum(*ends) * relation.n_sources + np.maximum(*ends)
