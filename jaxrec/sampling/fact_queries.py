"""Every question that facts answer, once an epoch, each with all of its answers among all entities.

A fact asks for its tail and for its head; facts that ask the same are one question. FB15k-237 has
149,689 questions for 544,230 answers, so that an epoch needs a quarter of the scores that facts one
by one do. With ``losses.multinomial`` every answer counts the same, as if each were asked for by
itself: "1-vs-All" of Lacroix et al., ICML 2018, https://arxiv.org/abs/1806.07297
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from jaxrec.base import Batch, Key
from jaxrec.data import Triples
from jaxrec.graph import Csr, known_answers
from jaxrec.ops import membership_mask
from jaxrec.sampling.facts import check_batch, checked_kind


class FactQueries(NamedTuple):
    """Questions of facts.

    Attributes:
      entity, relation: the query (``models.triples``).
      answers: a row a question.
      kind: type of every entity.
    """

    entity: Int[Array, "Q"] | Int[np.ndarray, "Q"]
    relation: Int[Array, "Q"] | Int[np.ndarray, "Q"]
    answers: Csr
    kind: Int[Array, "E"] | Int[np.ndarray, "E"]


def unique_queries(facts: Triples, kind: Int[np.ndarray, "E"] | None = None) -> FactQueries:
    """The questions of ``facts``, on the host. O(n log n).

    Args:
      kind: type of every entity of a typed network (``data.Network.kind``); None for one type.

    Raises:
      InputError: as ``bucket``.

    >>> rows = lambda *numbers: np.array(numbers, np.int32)
    >>> facts = Triples(rows(0, 0), rows(0, 0), rows(2, 1), n_entities=3, n_relations=1)
    >>> asked = unique_queries(facts)
    >>> asked.entity.tolist(), asked.relation.tolist(), asked.answers.indices.tolist()
    ([0, 1, 2], [0, 1, 1], [1, 2, 0, 0])
    """
    kind = checked_kind(facts, kind)
    row, lists = known_answers(facts)
    _, first = np.unique(row, return_index=True)
    both = facts.both_ways()
    return FactQueries(both.head[first], both.relation[first], lists, kind)


def shuffled_queries(
    key: Key, questions: FactQueries, batch_size: int
) -> tuple[Int[Array, "S B"], Bool[Array, "S B"]]:
    """All questions once, in random order: rows, and which are no padding of the last batch.

    Raises:
      InputError: ``batch_size`` below 1.
    """
    check_batch(batch_size)
    n = questions.entity.shape[0]
    n_batches = -(-n // batch_size)
    place = jnp.resize(jax.random.permutation(key, n), (n_batches, batch_size))
    return place, jnp.arange(place.size).reshape(place.shape) < n


def one_vs_all_batch(
    dealt: tuple[Int[Array, "B"], Bool[Array, "B"]], questions: FactQueries
) -> Batch:
    """A batch of questions about all entities, every true answer with label 1.

    Candidates are of the type of the answers. Cost O(F + B E) for F facts beside the scores.
    """
    row, real = dealt
    entity, relation, kind = map(jnp.asarray, (*questions[:2], questions.kind))
    indptr, indices = jnp.asarray(questions.answers.indptr), jnp.asarray(questions.answers.indices)
    label = membership_mask(questions.answers, row, None, kind.shape[0])
    mask = real[:, None] & (kind[None] == kind[indices[indptr[row]]][:, None])
    every = jnp.arange(kind.shape[0])
    return Batch((entity[row], relation[row]), every, label.astype(jnp.float32), mask)
