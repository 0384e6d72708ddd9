"""Answers of the right type: scores among the entities that may stand at an end of a relation."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.data import Triples
from jaxrec.models.triples import Query


class AnswerTypes(NamedTuple):
    """Which entities may answer.

    Attributes:
      kind: type of every entity.
      answer: type of the answers to each relation; for tails, then for heads.
    """

    kind: Int[Array, "E"] | Int[np.ndarray, "E"]
    answer: Int[Array, "R2"] | Int[np.ndarray, "R2"]


class _OfTypes(NamedTuple):
    """What the score of ``among_types`` reads: what the model's own does, and types."""

    reps: Any
    types: AnswerTypes


def answer_types(facts: Triples) -> AnswerTypes | None:
    """The types of the answers to each relation's two questions; None where there are no types.

    A relation of no facts has answers of type 0.
    """
    if facts.kind is None:
        return None
    asked = facts.both_ways()
    found = np.zeros(asked.n_relations, np.int32)
    found[asked.relation] = facts.kind[asked.tail]
    return AnswerTypes(facts.kind, found)


def among_types(
    score: Callable[..., Any], reps: Any, types: AnswerTypes | None
) -> tuple[Callable[..., Any], Any]:
    """A model's ``score`` and what it reads, ``-inf`` for entities of another type.

    Without types they are returned as they are.
    """
    return (score, reps) if types is None else (_typed(score), _OfTypes(reps, types))


@lru_cache(maxsize=16)  # One function for one score: what is compiled of it serves again.
def _typed(score: Callable[..., Any]) -> Callable[..., Any]:
    def scored(
        reps: _OfTypes, queries: Query, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        kind, answer = map(jnp.asarray, reps.types)
        own = jnp.atleast_2d(kind[items]) == answer[queries[1]][:, None]
        return jnp.where(own, score(reps.reps, queries, items), -jnp.inf)

    return scored
