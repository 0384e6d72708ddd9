"""The task of predicting the next item."""

from jaxrec.tasks.next_item import measures, questions, sessions, training
from jaxrec.tasks.next_item.users import by_rows
from jaxrec.tasks.task import Task

NEXT_ITEM = Task(
    name="next_item",
    options=(training.NextItemOptions,),
    select="mrr@20",
    lower_is_better=frozenset(),
    split=("users", "users"),
    verbs=frozenset({"recommend", "explain"}),
    rates=False,
    metrics=measures.metrics,
    shown=measures.metrics,
    check=training.check,
    batches=training.batches,
    question=questions.question,
    sample=questions.sample,
    queries=questions.queries,
    measure=measures.measure,
    baselines=measures.baselines,
    asked=questions.summary,
    counts="places",
    advice="Use that baseline in place of {}: jaxrec models has those for the task next_item",
    repeats="keep",
    data_options=(sessions.SessionOptions,),
    prepare=sessions.prepare,
    by_rows=by_rows,
)
"""Which item comes next in a session? Measured by hit rate, MRR and NDCG at k."""
