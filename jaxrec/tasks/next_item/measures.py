"""A model of sessions measured on positions, and what it must beat."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jaxrec.base import Model
from jaxrec.evaluate import (
    Measured,
    item_counts,
    measure_next_item,
    overall_popularity,
    session_popularity,
    session_recency,
)
from jaxrec.graph import sessions
from jaxrec.models import decayed_item_knn, markov, markov_with_repeats
from jaxrec.rank import ItemsOf, OnProgress
from jaxrec.tasks.next_item.questions import NextQuestion

METRICS = ("hit", "mrr", "ndcg")


def metrics(options: Any) -> list[str]:
    """Names of all metrics, for the lengths of lists that ``options`` have."""
    return [f"{name}@{k}" for k in options.k for name in METRICS]


def measure(
    model: Model,
    reps: Any,
    question: NextQuestion,
    options: Any,
    on_progress: OnProgress | None = None,
) -> Measured:
    """The metrics of a model; of equal scores the more popular item comes first."""
    return _measure(model.score, reps, question, options.k, on_progress)


def baselines(
    question: NextQuestion, options: Any, on_progress: OnProgress | None = None
) -> dict[str, Measured]:
    """Popularity, in all and in the session; the session's items; Markov chains; item kNN.

    Those that list items of the session again are left out where seen items are hidden.
    """
    train, hide_seen = question.train, question.hide_seen
    counts = jnp.asarray(item_counts(train), jnp.float32)
    scores: dict[str, Callable[..., Any]] = {"popularity": overall_popularity}
    counted = {"markov": markov, "decayed_item_knn": decayed_item_knn}
    if not hide_seen:
        scores |= {"session_popularity": session_popularity, "repeat": session_recency}
        counted |= {"markov_with_repeats": markov_with_repeats}
    systems = {name: (score, counts) for name, score in scores.items()}
    past = sessions(train.user, train.item, train.n_items, train.time)
    for name, factory in counted.items():
        if name != options.model:
            model = factory(past, train.n_items)
            systems[name] = model.score, model.encode(model.init(jax.random.key(0)), None)
    return {
        name: _measure(*system, question, options.k, on_progress)
        for name, system in systems.items()
    }


def _measure(
    score: Callable[..., Any],
    reps: Any,
    question: NextQuestion,
    ks: Sequence[int],
    on_progress: OnProgress | None,
) -> Measured:
    return measure_next_item(
        score,
        reps,
        question.sessions,
        question.prefixes,
        question.train.n_items,
        ks,
        hide_seen=question.hide_seen,
        hidden=ItemsOf(question.low_rated, question.users),
        tie_break=item_counts(question.train),
        on_progress=on_progress,
    )
