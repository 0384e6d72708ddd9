"""Filtered ranking of facts: where the true answer stands among all entities not known to be true.

Bordes et al., Translating embeddings for modeling multi-relational data, NeurIPS 2013, section 4:
both ends of every fact are asked for, and other true answers leave the list. Ties count half:
"realistic" rank, the mean of the best and the worst place among equals, so that a model that says
the same of everything ranks in the middle and not first. Berrendorf et al., On the ambiguity of
rank-based evaluation of entity alignment or link prediction methods, 2020,
https://arxiv.org/abs/2002.06914
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import InputError, Model
from jaxrec.data import Triples
from jaxrec.graph import Csr, known_answers
from jaxrec.models import KgEmbeddings
from jaxrec.rank import ItemsOf, OnProgress, target_ranks


class Questions(NamedTuple):
    """Both ends of facts, tails first, as a model is asked for them.

    Attributes:
      entity, relation: the query; relations from R on ask for heads.
      answer: the entity that the fact has there.
      row: of ``known``.
      known: every true answer, ``answer`` among them.
    """

    entity: Int[np.ndarray, "Q"]
    relation: Int[np.ndarray, "Q"]
    answer: Int[np.ndarray, "Q"]
    row: Int[np.ndarray, "Q"]
    known: Csr


def questions_of(facts: Triples, *known: Triples) -> Questions:
    """Asks for both ends of ``facts``; what these or ``known`` hold is true. O(n log n).

    Pass train, validation and test for ``known``: whichever is asked, all three are filtered.

    Raises:
      InputError: no facts, or other entities or relations in ``known``.
    """
    if not len(facts):
        raise InputError("there are no triples to rank; give 1 or more")
    asked = facts.both_ways()
    row, lists = known_answers(facts, *known)
    return Questions(asked.head, asked.relation, asked.tail, np.asarray(row), lists)


def filtered_ranks(
    score: Callable[..., Any],
    reps: Any,
    questions: Questions,
    n_entities: int,
    *,
    block_size: int | None = None,
    on_progress: OnProgress | None = None,
) -> Float[np.ndarray, "Q"]:
    """The realistic rank of every answer, 1 the best, halves at ties.

    Args:
      score: a model's ``score``; pass the same function again to reuse its compiled program.
      on_progress: called after every block with the number of questions done, and of all.

    Raises:
      InputError: fewer entities than the questions hold, or more than ``models.KgEmbeddings``
        have, or scores that are NaN.
    """
    _check_entities(reps, questions, n_entities)
    ranks = target_ranks(
        score,
        reps,
        (questions.entity, questions.relation),
        questions.answer,
        n_entities,
        hidden=[ItemsOf(questions.known, questions.row)],
        shows_target=True,
        block_size=block_size,
        on_progress=on_progress,
    )
    return 1 + ranks.n_above + (ranks.n_tied - 1) / 2


def rank_metrics(ranks: Float[np.ndarray, "Q"], ks: Sequence[int] = (1, 3, 10)) -> dict[str, float]:
    """Mean reciprocal rank, hits@k and mean rank.

    >>> rank_metrics(np.array([1.0, 2.5]), ks=(1, 3))
    {'mrr': 0.7, 'hits@1': 0.5, 'hits@3': 1.0, 'mean_rank': 1.75}
    """
    hits = {f"hits@{k}": float(np.mean(ranks <= k)) for k in ks}
    return {"mrr": float(np.mean(1 / ranks))} | hits | {"mean_rank": float(np.mean(ranks))}


def measure_facts(
    model: Model, reps: Any, facts: Triples, *known: Triples, ks: Sequence[int] = (1, 3, 10)
) -> dict[str, dict[str, float]]:
    """``rank_metrics`` of both ends together, of tails and of heads, filtered by ``known``."""
    questions = questions_of(facts, *known)
    ranks = filtered_ranks(model.score, reps, questions, facts.n_entities)
    tails, heads = np.split(ranks, 2)
    ends = {"both": ranks, "tail": tails, "head": heads}
    return {name: rank_metrics(found, ks) for name, found in ends.items()}


def _check_entities(reps: Any, questions: Questions, n_entities: int) -> None:
    held = questions.entity, questions.answer, questions.known.indices
    needed = 1 + max(int(np.max(rows)) for rows in held)
    if n_entities < needed:
        raise InputError(
            f"n_entities is {n_entities} but the questions hold entity {needed - 1}; "
            f"give {needed} or more, as the facts have"
        )
    if isinstance(reps, KgEmbeddings) and n_entities > len(reps.entity):
        raise InputError(
            f"n_entities is {n_entities} but reps have {len(reps.entity)} entities; "
            "encode with a model of the same facts"
        )
