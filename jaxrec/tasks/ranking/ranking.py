"""The task of ranking all items for users."""

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from jaxrec.base import InputError, Model
from jaxrec.data import Interactions
from jaxrec.evaluate import (
    METRICS,
    EvalTask,
    Measured,
    eval_task,
    measure_baselines,
    measure_model,
    sample_users,
)
from jaxrec.graph import user_items
from jaxrec.rank import OnProgress
from jaxrec.tasks.ranking import candidates
from jaxrec.tasks.ranking.options import RankingOptions
from jaxrec.tasks.ranking.rank_loss import rank_loss
from jaxrec.tasks.run_data import RunData
from jaxrec.tasks.task import Batches, Part, Task


def _metrics(options: Any) -> list[str]:
    return [f"{name}@{k}" for k in options.k for name in METRICS]


def _shown(options: Any) -> list[str]:
    accuracy = [f"{name}@{k}" for k in options.k for name in ("recall", "ndcg")]
    last = max(options.k)
    return [*accuracy, f"hit@{last}", f"mrr@{last}", f"coverage@{last}"]


def _check(options: Any, reads: Sequence[str]) -> None:
    if options.negatives < 1:
        raise InputError(f"--negatives is {options.negatives}; give 1 or more")
    candidates.check(options)
    rank_loss(options)
    if not math.isfinite(options.prior) or not 0 <= options.log_q < math.inf:
        raise InputError(
            f"--prior is {options.prior} and --log-q {options.log_q}; the first must be a number, "
            "the second one of 0 or more"
        )
    if options.prior and math.prod(options.devices) > 1:
        raise InputError("--prior adds to scores of one device; train without --devices")
    if "facts" in reads and (options.temperature is not None or options.start == "spectral"):
        raise InputError(
            f"--temperature and --start spectral are about vectors of users and items, and "
            f"{options.model} scores by more; leave them out"
        )


def _batches(options: Any, train: Interactions) -> Batches:
    candidates.check_sizes(options, train.n_items)
    tables = candidates.tables(options, train, user_items(train))
    sample = candidates.sampler(options, train.n_items)
    counts = options.curriculum is not None
    return Batches(tables, sample, rank_loss(options), len(train), counts)


def _question(data: RunData, part: Part, options: Any) -> EvalTask:
    del options
    return eval_task(data.split, part, data.repeats, data.hidden)


def _queries(asked: EvalTask, data: RunData) -> pl.DataFrame:
    return pl.DataFrame({"user": data.user_ids.gather(asked.users)})


def _measure(
    model: Model, reps: Any, asked: EvalTask, options: Any, on_progress: OnProgress | None = None
) -> Measured:
    return measure_model(model, reps, asked, options.k, on_progress)


def _baselines(
    asked: EvalTask, options: Any, on_progress: OnProgress | None = None
) -> dict[str, Measured]:
    return measure_baselines(asked, options.k, on_progress)


def _asked(asked: EvalTask) -> str:
    return f"{asked.n_measured:,} user-item pairs of {len(asked.users):,} users"


RANKING = Task(
    name="ranking",
    options=(RankingOptions,),
    select="recall@20",
    lower_is_better=frozenset(),
    split=("latest", "random"),
    verbs=frozenset({"recommend", "similar", "explain"}),
    rates=False,
    metrics=_metrics,
    shown=_shown,
    check=_check,
    batches=_batches,
    question=_question,
    sample=sample_users,
    queries=_queries,
    measure=_measure,
    baselines=_baselines,
    asked=_asked,
    counts="users",
)
"""Which items for a user? Measured by recall, NDCG and other metrics of top-k lists."""
