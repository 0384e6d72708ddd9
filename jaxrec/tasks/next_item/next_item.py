"""The task of predicting the next item."""

from typing import Any

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.tasks.next_item import measures, questions
from jaxrec.tasks.next_item.users import by_rows
from jaxrec.tasks.task import Batches, Task


def _batches(options: Any, train: Interactions) -> Batches:
    raise InputError(f"{options.model} has no training on sessions yet")  # No entry is trained.


NEXT_ITEM = Task(
    name="next_item",
    options=(),
    select="mrr@20",
    lower_is_better=frozenset(),
    split=("users", "users"),
    verbs=frozenset({"recommend"}),
    rates=False,
    metrics=measures.metrics,
    shown=measures.metrics,
    check=lambda options, reads: None,
    batches=_batches,
    question=questions.question,
    sample=questions.sample,
    queries=questions.queries,
    measure=measures.measure,
    baselines=measures.baselines,
    asked=questions.summary,
    counts="places",
    advice="Use that baseline in place of {}: jaxrec models has those for the task next_item",
    repeats="keep",
    by_rows=by_rows,
)
