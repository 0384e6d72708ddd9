"""How a user will rate an item: numbers, measured by their errors."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from jaxrec.base import Batch, Key, Model
from jaxrec.data import Interactions
from jaxrec.evaluate import (
    Biases,
    Measured,
    Predict,
    constant_rating,
    measure_ratings,
    pair_scores,
    rmse_of_part,
    shrunken_biases,
    tuned_biases,
)
from jaxrec.graph import Ratings, ratings
from jaxrec.losses import squared_error
from jaxrec.rank import OnProgress
from jaxrec.sampling import rating_uniform
from jaxrec.tasks.run_data import RunData
from jaxrec.tasks.task import Batches, Part, Task

METRICS = ("rmse", "mae")


class RatingQuestion(NamedTuple):
    """The ratings of a slice, to be predicted by what ``train`` teaches."""

    train: Interactions
    asked: Interactions


def _batches(options: Any, train: Interactions) -> Batches:
    return Batches(ratings(train), _sampler(options.batch_size), squared_error, len(train))


@lru_cache(maxsize=16)
def _sampler(batch_size: int) -> Callable[[Key, Ratings], Batch]:
    return lambda key, tables: rating_uniform(key, tables, batch_size)


def _question(data: RunData, part: Part, options: Any) -> RatingQuestion:
    del options
    ratings(data.split.train)  # Refuses data without ratings.
    return RatingQuestion(data.split.train, getattr(data.split, part))


def _sample(question: RatingQuestion, n: int | None, seed: int) -> RatingQuestion:
    """``n`` of the ratings, drawn uniformly."""
    if n is None or n >= len(question.asked):
        return question
    drawn = np.random.default_rng(seed).choice(len(question.asked), n, replace=False)
    return question._replace(asked=question.asked.take(np.sort(drawn)))


def _queries(question: RatingQuestion, data: RunData) -> pl.DataFrame:
    user, item = question.asked.user, question.asked.item
    return pl.DataFrame({"user": data.user_ids.gather(user), "item": data.item_ids.gather(item)})


def _errors(predict: Predict, asked: Interactions) -> Measured:
    return Measured(*measure_ratings(predict, ratings(asked)))


def _measure(
    model: Model,
    reps: Any,
    question: RatingQuestion,
    options: Any,
    on_progress: OnProgress | None = None,
) -> Measured:
    del options, on_progress  # A block of pairs takes milliseconds.
    return _errors(partial(pair_scores, model, reps), question.asked)


def _baselines(
    question: RatingQuestion, options: Any, on_progress: OnProgress | None = None
) -> dict[str, Measured]:
    del options, on_progress
    train, sizes = question.train, (question.train.n_users, question.train.n_items)
    predicted = {"constant": constant_rating(ratings(train), *sizes), "biases": biases_of(train)}
    return {name: _errors(predict, question.asked) for name, predict in predicted.items()}


def biases_of(train: Interactions) -> Biases:
    """Shrunken biases of ``train``, with the shrinkage that predicts a tenth of it best."""
    sizes = train.n_users, train.n_items
    held = np.random.default_rng(0).permutation(len(train)) < max(1, len(train) // 10)
    if held.all():
        return shrunken_biases(ratings(train), *sizes)
    chosen = tuned_biases(ratings(train.take(~held)), ratings(train.take(held)), *sizes)
    return shrunken_biases(ratings(train), *sizes, chosen.shrink_user, chosen.shrink_item)


def _part(metric: str, values: np.ndarray, which: np.ndarray) -> np.ndarray:
    return rmse_of_part(values, which) if metric == "rmse" else values[which]


def _asked(question: RatingQuestion) -> str:
    n_users = len(np.unique(question.asked.user))
    return f"{len(question.asked):,} ratings of {n_users:,} users"


RATING = Task(
    name="rating",
    options=(),
    select="rmse",
    lower_is_better=frozenset(METRICS),
    split=("rows", "rows"),
    verbs=frozenset({"predict", "recommend", "similar", "explain"}),
    rates=True,
    metrics=lambda options: METRICS,
    shown=lambda options: METRICS,
    check=lambda options, reads: None,
    batches=_batches,
    question=_question,
    sample=_sample,
    queries=_queries,
    measure=_measure,
    baselines=_baselines,
    asked=_asked,
    part=_part,
    counts="ratings",
    advice="Try a larger --l2, or jaxrec tune --model {} --search l2=1e-3:1:log",
)
"""How will a user rate an item? Measured by RMSE and MAE."""
