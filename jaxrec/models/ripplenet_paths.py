"""Why RippleNet scores an item for a user: paths through the facts around the user's items."""

import jax.numpy as jnp
import numpy as np

from jaxrec.graph import Paths, padded
from jaxrec.models.ripplenet import Recalled, recall


def ripplenet_paths(reps: Recalled, user: int, item: int) -> Paths:
    """Paths from what a user has to the facts that an item finds there, with their weights.

    A fact that was drawn several times has the sum of its weights; those of a hop sum to one. A
    fact of a later hop stands at the end of the heaviest path that the hop before has to its head.
    Hops that only repeat the one before lead nowhere, and are left out. All facts are walked from
    head to tail.
    """
    rows = [np.asarray(rows).reshape(-1) for rows in (reps.ripples.head, reps.ripples.tail)]
    kind = np.repeat(np.asarray(reps.ripples.relation), np.asarray(reps.ripples.head).shape[1])
    _, _, weights = recall(reps, jnp.int32(user), jnp.array([item]))
    facts, masks = np.asarray(reps.fact[user]), np.asarray(reps.mask[user])
    parts: list[Paths] = []
    best: dict[int, tuple[list[int], list[int]]] = {}  # Of every tail, entities and relations.
    for hop, (fact, mask) in enumerate(zip(facts, masks, strict=True)):
        drawn, which = np.unique(fact[mask], return_inverse=True)
        weight = np.bincount(which, np.asarray(weights[hop])[0][mask], minlength=len(drawn))
        heaviest = dict[int, tuple[list[int], list[int]]]()
        for place in np.argsort(-weight, kind="stable"):
            row = drawn[place]
            head, tail = int(rows[0][row]), int(rows[1][row])
            if hop and head not in best:
                continue
            before, through = best.get(head, ([head], []))
            path = [*before, tail], [*through, int(kind[row])]
            heaviest.setdefault(tail, path)
            entity, relation = (np.array([each]) for each in path)
            forward = np.ones(relation.shape, bool)
            parts.append(Paths(weight[place : place + 1], entity, relation, forward))
        best = heaviest
    none = Paths(np.zeros(0), np.zeros((0, 2), int), np.zeros((0, 1), int), np.zeros((0, 1), bool))
    return padded([none, *parts])
