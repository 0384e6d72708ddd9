"""The task of completing facts: both ends are asked for, and all entities are ranked."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import optax

from jaxrec.base import InputError
from jaxrec.data import Triples
from jaxrec.sampling import (
    bucket,
    corrected,
    one_vs_all_batch,
    shared_entities,
    shuffled_queries,
    unique_queries,
)
from jaxrec.tasks.link_data import LinkData
from jaxrec.tasks.links.link_loss import link_loss
from jaxrec.tasks.links.link_questions import extent, queries, question, sample
from jaxrec.tasks.links.measuring import baselines, hits, measure
from jaxrec.tasks.links.options import LinkOptions, RunOfLinks
from jaxrec.tasks.task import Batches, Task
from jaxrec.train import row_adagrad

OPTIMIZERS: dict[str, Callable[[Any], optax.GradientTransformation] | None] = {
    "auto": None,
    "adam": optax.adam,
    "row_adagrad": row_adagrad,
}


def _metrics(options: Any) -> list[str]:
    return ["mrr", *hits(options), "mean_rank"]


def _check(options: Any, reads: Sequence[str]) -> None:
    del reads
    link_loss(options)
    for name in ("negatives", "valid_facts"):
        value, flag = getattr(options, name), "--" + name.replace("_", "-")
        if value is not None and value < 1:
            raise InputError(f"{flag} is {value}; give 1 or more")


def _batches(options: Any, train: Triples) -> Batches:
    loss, optimizer = link_loss(options), OPTIMIZERS[options.optimizer]
    if options.candidates == "all":
        questions = unique_queries(train)
        how = {"by_pass": True, "batch": one_vs_all_batch, "optimizer": optimizer}
        n = len(questions.entity)
        return Batches(questions, _deal(options.batch_size), loss, n, **how)
    drawn = {"batch_size": options.batch_size, "n": options.negatives}
    facts = bucket(train)
    # Only a softmax estimates one over all entities.
    facts = corrected(facts, **drawn) if options.loss == "softmax" else facts
    sample = _sampler(train.n_relations, **drawn)
    return Batches(facts, sample, loss, len(train), optimizer=optimizer)


@lru_cache(maxsize=16)
def _deal(batch_size: int) -> Callable[..., Any]:
    def deal(key, questions, n_batches):
        del n_batches  # As many as hold each question once.
        return shuffled_queries(key, questions, batch_size)

    return deal


@lru_cache(maxsize=16)
def _sampler(n_relations: int, batch_size: int, n: int) -> Callable[..., Any]:
    return partial(shared_entities, n_relations=n_relations, batch_size=batch_size, n=n)


LINKS = Task(
    name="links",
    options=(LinkOptions,),
    select="mrr",
    lower_is_better=frozenset({"mean_rank"}),
    split=("rows", "rows"),
    verbs=frozenset({"complete", "similar"}),
    rates=False,
    metrics=_metrics,
    shown=lambda options: ["mrr", *hits(options)],
    check=_check,
    batches=_batches,
    question=question,
    sample=sample,
    queries=queries,
    measure=measure,
    baselines=baselines,
    asked=extent,
    counts="questions",
    data=LinkData,
    restated=RunOfLinks,
    advice="Try a larger --dim or more --epochs, or jaxrec tune --model {}",
)
"""Which entity completes a fact? Measured by filtered MRR, hits at k and mean rank."""
