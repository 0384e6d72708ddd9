"""What a slice of facts asks: for the tail of each, and for the head."""

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from jaxrec.data import Triples
from jaxrec.evaluate import Questions, questions_of
from jaxrec.models import AnswerTypes, answer_types
from jaxrec.tasks.link_data import LinkData
from jaxrec.tasks.task import Part


class LinkQuestion(NamedTuple):
    """Both ends of the facts of a slice, to be found by what ``train`` teaches.

    Attributes:
      facts: those asked about; the first half of ``asked`` wants their tails, the second heads.
      types: of answers; None where any entity may answer.
    """

    train: Triples
    facts: Triples
    asked: Questions
    types: AnswerTypes | None


def question(data: LinkData, part: Part, options: Any) -> LinkQuestion:
    """Both ends of a slice; what is known of any slice leaves the lists, as the protocol has it."""
    split = data.split
    facts = getattr(split, part)
    every = split.train, split.valid, split.test
    types = answer_types(split.learn_all().train)
    whole = LinkQuestion(split.train, facts, questions_of(facts, *every), types)
    n = options.valid_facts if part == "valid" else None
    return sample(whole, n, options.split_seed)


def sample(question: LinkQuestion, n: int | None, seed: int) -> LinkQuestion:
    """``n`` of the facts, drawn uniformly."""
    n_all = len(question.facts)
    if n is None or n >= n_all:
        return question
    drawn = np.sort(np.random.default_rng(seed).permutation(n_all)[:n])
    both = np.append(drawn, drawn + n_all)
    entity, relation, answer, row = (column[both] for column in question.asked[:4])
    asked = Questions(entity, relation, answer, row, question.asked.known)
    return question._replace(facts=question.facts.take(drawn), asked=asked)


def queries(question: LinkQuestion, data: LinkData) -> pl.DataFrame:
    """Head, relation, tail and which end is asked for, in the caller's words."""
    facts, n = question.facts, len(question.facts)
    frame = pl.DataFrame(
        {
            "head": data.entity_ids.gather(facts.head),
            "relation": data.relation_ids.gather(facts.relation),
            "tail": data.entity_ids.gather(facts.tail),
        }
    )
    return pl.concat([frame, frame]).with_columns(asked=pl.Series(["tail"] * n + ["head"] * n))


def extent(question: LinkQuestion) -> str:
    """How much that is, in words."""
    return f"both ends of {len(question.facts):,} facts"
