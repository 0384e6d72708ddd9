"""Questions that facts answer, each with all of its answers."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Int

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.graph.csr import Csr


class KnownAnswers(NamedTuple):
    """Questions of facts: for their tails in the order of the facts, then for their heads.

    Attributes:
      row: of ``lists``; facts that ask the same share one.
      lists: every true answer of each question, ascending.
    """

    row: Int[Array, "Q"] | Int[np.ndarray, "Q"]
    lists: Csr


def known_answers(facts: Triples, *known: Triples) -> KnownAnswers:
    """What ``facts`` or ``known`` answer to the questions that ``facts`` ask. O(n log n).

    Raises:
      InputError: ``known`` has other entities or relations.

    >>> rows = lambda *numbers: np.array(numbers, np.int32)
    >>> facts = Triples(rows(0, 0), rows(0, 0), rows(2, 1), n_entities=3, n_relations=1)
    >>> row, lists = known_answers(facts)
    >>> row.tolist(), lists.indptr.tolist(), lists.indices.tolist()
    ([0, 0, 2, 1], [0, 2, 3, 4], [1, 2, 0, 0])
    """
    sizes = facts.n_entities, facts.n_relations
    for other in known:
        if (other.n_entities, other.n_relations) != sizes:
            raise InputError(
                f"known triples are of {other.n_entities} entities and {other.n_relations} "
                f"relations, those asked of {sizes[0]} and {sizes[1]}; number them together"
            )
    asked = facts.both_ways()
    every = [asked, *(part.both_ways() for part in known)]
    number = lambda part: part.head.astype(np.int64) * part.n_relations + part.relation
    question = np.concatenate([number(part) for part in every])
    answer = np.concatenate([part.tail for part in every])
    order = np.lexsort((answer, question))
    question, answer = question[order], answer[order]
    first = (np.diff(question, prepend=-1) != 0) | (np.diff(answer, prepend=-1) != 0)
    distinct, count = np.unique(question[first], return_counts=True)
    indptr = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    lists = Csr(indptr, answer[first], np.arange(len(distinct), dtype=np.int32))
    return KnownAnswers(np.searchsorted(distinct, number(asked)).astype(np.int32), lists)
