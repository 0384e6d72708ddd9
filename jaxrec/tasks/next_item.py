"""Which item comes next in a session or a history: all items are ranked for every place."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from jaxtyping import Float, Int

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.data import Interactions, concatenate
from jaxrec.evaluate import (
    Measured,
    item_counts,
    measure_next_item,
    overall_popularity,
    session_popularity,
    session_recency,
)
from jaxrec.graph import Prefixes, SessionQuery, Sessions, all_prefixes, pad_prefixes, sessions
from jaxrec.models import decayed_item_knn, markov, markov_with_repeats
from jaxrec.rank import OnProgress
from jaxrec.tasks.run_data import RunData
from jaxrec.tasks.task import Batches, Part, Task

METRICS = ("hit", "mrr", "ndcg")
MAX_LENGTH = 64
"""Latest items of a session that a list is made from."""


class NextQuestion(NamedTuple):
    """Places in sessions whose items are to be found.

    Attributes:
      train: what models and baselines learn from.
      sessions: all that is known of the users who are asked about, oldest first.
      prefixes: the places, and the items that stand there.
      users: whose each place is.
      hides: whether items of the prefix are left out of the ranking.
    """

    train: Interactions
    sessions: Sessions
    prefixes: Prefixes
    users: Int[np.ndarray, "Q"]
    hides: bool


def _metrics(options: Any) -> list[str]:
    return [f"{name}@{k}" for k in options.k for name in METRICS]


def _batches(options: Any, train: Interactions) -> Batches:
    raise InputError(f"{options.model} has no training on sessions yet")  # No entry is trained.


def _question(data: RunData, part: Part, options: Any) -> NextQuestion:
    """Every item of the slice that something precedes, in its slice or in those before it."""
    del options
    split, asked = data.split, getattr(data.split, part)
    before = split.train if part == "valid" else concatenate(split.train, split.valid)
    before = before.take(np.isin(before.user, asked.user))
    both = concatenate(before, asked)
    found = sessions(both.user, both.item, both.n_items, both.time)
    is_asked = np.arange(len(both)) >= len(before)
    is_asked = is_asked[both.by_time()]  # As sessions stand in ``found``.
    places = all_prefixes(found)
    entry = found.indptr[places.session] + places.length
    kept = is_asked[entry]
    places = Prefixes(*(column[kept] for column in places))
    if not len(places.target):
        raise InputError(
            f"no item of the {part} slice follows another of the same user; choose another --split"
        )
    users = np.asarray(found.owner)[places.session]
    return NextQuestion(split.train, found, places, users, not data.repeats)


def _sample(question: NextQuestion, n: int | None, seed: int) -> NextQuestion:
    """``n`` of the places, drawn uniformly."""
    if n is None or n >= len(question.users):
        return question
    drawn = np.sort(np.random.default_rng(seed).choice(len(question.users), n, replace=False))
    places = Prefixes(*(column[drawn] for column in question.prefixes))
    return question._replace(prefixes=places, users=question.users[drawn])


def _queries(question: NextQuestion, data: RunData) -> pl.DataFrame:
    user, item = question.users, question.prefixes.target
    place = question.prefixes.length.astype(np.int64)
    ids = {"user": data.user_ids.gather(user), "item": data.item_ids.gather(item)}
    return pl.DataFrame(ids | {"place": place})


def _ranked(
    question: NextQuestion, model: Model, reps: Any, ks: Sequence[int], progress: OnProgress | None
) -> Measured:
    return measure_next_item(
        model,
        reps,
        question.sessions,
        question.prefixes,
        question.train.n_items,
        ks,
        hide_seen=question.hides,
        tie_break=item_counts(question.train),
        on_progress=progress,
    )


def _measure(
    model: Model,
    reps: Any,
    question: NextQuestion,
    options: Any,
    on_progress: OnProgress | None = None,
) -> Measured:
    return _ranked(question, model, reps, options.k, on_progress)


def _baselines(
    question: NextQuestion, options: Any, on_progress: OnProgress | None = None
) -> dict[str, Measured]:
    """Popularity, in all and in the session; the session again; Markov chains; item kNN."""
    train = question.train
    counts = jnp.asarray(item_counts(train), jnp.float32)
    scores: dict[str, Callable[..., Any]] = {"popularity": overall_popularity}
    if not question.hides:
        scores |= {"session_popularity": session_popularity, "repeat": session_recency}
    found = {
        name: _ranked(question, Model(_nothing, _read, score), counts, options.k, on_progress)
        for name, score in scores.items()
    }
    past = sessions(train.user, train.item, train.n_items, train.time)
    learned = {"markov": markov, "decayed_item_knn": decayed_item_knn}
    learned |= {} if question.hides else {"markov_with_repeats": markov_with_repeats}
    for name, factory in learned.items():
        if name == options.model:
            continue
        model = factory(past, train.n_items)
        reps = model.encode(model.init(jax.random.key(0)), past)
        found[name] = _ranked(question, model, reps, options.k, on_progress)
    return found


def _nothing(key: Key) -> Params:
    del key
    return {}


def _read(params: Params, graph: Any, *, key: Key | None = None) -> Any:
    del params, key
    return graph


def _asked(question: NextQuestion) -> str:
    seen = "left out" if question.hides else "ranked, too"
    n_users = len(np.unique(question.users))
    return f"{len(question.users):,} next items of {n_users:,} users, items seen before {seen}"


def by_rows(model: Model, reps: Any, histories: Interactions) -> tuple[Model, Any]:
    """The model and its representations, asked by rows of users.

    Beside the representations stand the latest items of every user's history, and ``score`` looks
    rows up there: so lists for users are made as by any model. Users without items are asked with
    an empty session.
    """
    n_users = histories.n_users
    found = sessions(histories.user, histories.item, histories.n_items, histories.time)
    length, first = np.zeros(n_users, np.int32), np.zeros(n_users, np.int32)
    length[found.owner], first[found.owner] = np.diff(found.indptr), np.arange(len(found.owner))
    width = int(np.clip(length.max(), 1, MAX_LENGTH))
    table = jax.tree.map(jnp.asarray, pad_prefixes(found, first, length, width))
    return model._replace(score=_score_rows(model.score)), (reps, table)


@lru_cache(maxsize=16)  # Equal models share what is compiled of it.
def _score_rows(score: Callable[..., Any]) -> Callable[..., Float[Any, "B C"]]:
    def of_rows(reps: tuple[Any, SessionQuery], rows: Any, items: Any) -> Any:
        inner, table = reps
        return score(inner, jax.tree.map(lambda column: column[rows], table), items)

    return of_rows


NEXT_ITEM = Task(
    name="next_item",
    options=(),
    select="mrr@20",
    lower_is_better=frozenset(),
    split=("users", "users"),
    verbs=frozenset({"recommend"}),
    rates=False,
    metrics=_metrics,
    shown=_metrics,
    check=lambda options, reads: None,
    batches=_batches,
    question=_question,
    sample=_sample,
    queries=_queries,
    measure=_measure,
    baselines=_baselines,
    asked=_asked,
    counts="places",
    advice="Use that baseline in place of {}: jaxrec models has those for the task next_item",
    repeats="keep",
    by_rows=by_rows,
)
