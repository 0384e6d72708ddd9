"""Whether a user clicks an item that is shown: a chance for every pair.

The protocol of RippleNet, KGCN and KGNN-LS: rows of user, item and label are split at random, an
epoch is a pass over the training rows by binary cross-entropy, and AUC is measured.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Int
from scipy.special import expit

from jaxrec.base import Batch, InputError, Model
from jaxrec.data import Interactions
from jaxrec.evaluate import (
    Measured,
    Predict,
    item_click_rate,
    item_popularity,
    measure_clicks,
    pair_scores,
    title_cosine,
)
from jaxrec.graph import ratings
from jaxrec.losses import binary_cross_entropy
from jaxrec.rank import OnProgress
from jaxrec.sampling import shuffled_rows
from jaxrec.tasks.run_data import RunData
from jaxrec.tasks.task import Batches, Part, Task

METRICS = ("auc", "user_auc", "accuracy")
WHERE = {"valid": "validation", "test": "test"}


class ClickQuestion(NamedTuple):
    """The rows of a slice, whose labels are to be predicted by what ``train`` teaches.

    Labels are ratings, 1 and 0.

    Attributes:
      asked: rows of users with a training row of label 1.
      titles: of all items, where they are known.
    """

    train: Interactions
    asked: Interactions
    titles: pl.Series | None = None

    @property
    def users(self) -> Int[np.ndarray, "Q"]:
        """The users of ``asked``, ascending."""
        return np.unique(self.asked.user)


def _batches(options: Any, train: Interactions) -> Batches:
    pass_over = _one_pass(options.batch_size)
    return Batches(ratings(train), pass_over, binary_cross_entropy, len(train), by_pass=True)


@lru_cache(maxsize=16)
def _one_pass(batch_size: int) -> Callable[..., Batch]:
    return lambda key, rows, n_batches: shuffled_rows(key, rows, batch_size, n_batches)


def _question(data: RunData, part: Part, options: Any) -> ClickQuestion:
    train, asked = data.rows.train, getattr(data.rows, part)
    known = np.isin(asked.user, data.split.train.user)
    question = ClickQuestion(train, asked.take(known), data.titles)
    _check_labels("training", train, "lower --test-fraction and --valid-fraction")
    _check_labels(WHERE[part], question.asked, "choose another --split, or larger fractions")
    if options.select == "user_auc" and not _any_user_auc(question.asked):
        raise InputError(
            f"--select is user_auc, but no user has rows of both labels in the {WHERE[part]} "
            "slice; choose auc or accuracy"
        )
    return question


def _check_labels(where: str, rows: Interactions, repair: str) -> None:
    n_positive = int(ratings(rows).rating.sum()) if len(rows) else 0
    if not 0 < n_positive < len(rows):
        raise InputError(
            f"the {where} slice has {n_positive:,} rows of label 1 and "
            f"{len(rows) - n_positive:,} of label 0, of users with label 1 in training; "
            f"both are needed: {repair}"
        )


def _any_user_auc(rows: Interactions) -> bool:
    label = ratings(rows).rating
    return bool(np.isin(rows.user[label == 1], rows.user[label == 0]).any())


def _sample(question: ClickQuestion, n: int | None, seed: int) -> ClickQuestion:
    """The rows of ``n`` users, drawn uniformly."""
    users = question.users
    if n is None or n >= len(users):
        return question
    drawn = np.random.default_rng(seed).choice(users, n, replace=False)
    rows = question.asked.take(np.isin(question.asked.user, drawn))
    _check_labels(f"sample of {n:,} users of the", rows, "raise --test-users")
    return question._replace(asked=rows)


def _queries(question: ClickQuestion, data: RunData) -> pl.DataFrame:
    return pl.DataFrame({"user": data.user_ids.gather(question.users)})


def _measured(predict: Predict, rows: Interactions) -> Measured:
    scores = np.asarray(predict(rows.user, rows.item))
    return measure_clicks(scores, np.asarray(rows.rating), rows.user)


def _measure(
    model: Model,
    reps: Any,
    question: ClickQuestion,
    options: Any,
    on_progress: OnProgress | None = None,
) -> Measured:
    del options, on_progress  # A block of pairs takes milliseconds.
    return _measured(partial(pair_scores, model, reps), question.asked)


def _baselines(
    question: ClickQuestion, options: Any, on_progress: OnProgress | None = None
) -> dict[str, Measured]:
    del options, on_progress
    train = question.train
    known = train.item, np.asarray(train.rating), train.n_items
    predicted: dict[str, Predict] = {
        "popularity": item_popularity(*known),
        "click_rate": item_click_rate(*known),
    }
    if question.titles is not None:
        predicted["title_tfidf"] = title_cosine(train, question.titles)
    return {name: _measured(predict, question.asked) for name, predict in predicted.items()}


def _part(metric: str, values: np.ndarray, which: np.ndarray) -> np.ndarray | None:
    """A user's value is how the user moves the metric of all rows; a part has another metric."""
    part = values[which]
    return part if metric == "user_auc" or len(part) == len(values) else None


def _asked(question: ClickQuestion) -> str:
    share = np.mean(ratings(question.asked).rating)
    return (
        f"{len(question.asked):,} pairs of {len(question.users):,} users, {100 * share:.0f} % of "
        "label 1"
    )


CLICKS = Task(
    name="clicks",
    options=(),
    select="auc",
    lower_is_better=frozenset(),
    split=("rows", "rows"),
    verbs=frozenset({"predict", "recommend", "similar", "explain"}),
    rates=False,
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
    counts="users",
    prediction=expit,
    advice="Try jaxrec tune --model {} --task clicks, more --epochs, or another model",
    labels=True,
)
"""Will a user click an item that is shown? Measured by AUC and accuracy."""
