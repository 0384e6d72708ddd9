"""The task of ranking all items for an item."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import polars as pl

from jaxrec.base import Model
from jaxrec.data import consecutive
from jaxrec.evaluate import (
    Measured,
    item_cosines,
    item_counts,
    measure_item_pairs,
    popularity,
    shared_users,
    successor_counts,
    table_rows,
)
from jaxrec.rank import OnProgress
from jaxrec.tasks.item_to_item.asking import by_items, by_users
from jaxrec.tasks.item_to_item.batches import batches, batches_of_pairs
from jaxrec.tasks.item_to_item.options import ItemToItemOptions, check
from jaxrec.tasks.item_to_item.questions import ItemQuestion, question
from jaxrec.tasks.run_data import RunData
from jaxrec.tasks.task import Part, Task

METRICS = ("hit", "mrr", "ndcg")
N_KEPT = 200
"""Items that a baseline keeps for each item, or as many as the longest list."""


def _metrics(options: Any) -> list[str]:
    return [f"{name}@{k}" for k in options.k for name in METRICS]


def _question(data: RunData, part: Part, options: Any) -> ItemQuestion:
    return question(data, part, options.split_seed)


def _sample(asked: ItemQuestion, n: int | None, seed: int) -> ItemQuestion:
    """``n`` of the pairs, drawn uniformly."""
    if n is None or n >= len(asked.users):
        return asked
    drawn = np.sort(np.random.default_rng(seed).choice(len(asked.users), n, replace=False))
    return asked._replace(pairs=asked.pairs.take(drawn), users=asked.users[drawn])


def _queries(asked: ItemQuestion, data: RunData) -> pl.DataFrame:
    rows = {"user": (data.user_ids, asked.users), "query": (data.item_ids, asked.pairs.query)}
    rows |= {"item": (data.item_ids, asked.pairs.item)}
    return pl.DataFrame({name: ids.gather(row) for name, (ids, row) in rows.items()})


def _ranked(
    asked: ItemQuestion, score: Any, reps: Any, ks: Sequence[int], progress: OnProgress | None
) -> Measured:
    n_items, counts = asked.train.n_items, item_counts(asked.train)
    how = {"tie_break": counts, "on_progress": progress}
    return measure_item_pairs(score, reps, asked.pairs, n_items, ks, **how)


def _measure(
    model: Model,
    reps: Any,
    asked: ItemQuestion,
    options: Any,
    on_progress: OnProgress | None = None,
) -> Measured:
    model, reps = by_items(model, reps, asked.train.n_items)
    return _ranked(asked, model.score, reps, options.k, on_progress)


def _baselines(
    asked: ItemQuestion, options: Any, on_progress: OnProgress | None = None
) -> dict[str, Measured]:
    """Popularity; what follows an item or shares its users most often; the cosine of users."""
    train, n_kept = asked.train, max(N_KEPT, *options.k)
    if train.time is None:
        together = shared_users(train, n_kept)
    else:
        together = successor_counts(consecutive(train), train.n_items, n_kept)
    popular = jnp.asarray(item_counts(train), jnp.float32)
    tables = {"co_occurrence": together, "item_cosine": item_cosines(train, n_kept)}
    systems = {"popularity": (popularity, popular)}
    systems |= {name: (table_rows, table) for name, table in tables.items()}
    return {
        name: _ranked(asked, *system, options.k, on_progress) for name, system in systems.items()
    }


def _asked(asked: ItemQuestion) -> str:
    what = "a random item of the user's" if asked.train.time is None else "the item just before"
    n_users = len(np.unique(asked.users))
    return f"{len(asked.users):,} items of {n_users:,} users, each asked by {what}"


ITEM_TO_ITEM = Task(
    name="item_to_item",
    options=(ItemToItemOptions,),
    select="mrr@20",
    lower_is_better=frozenset(),
    split=("latest", "random"),
    verbs=frozenset({"recommend", "similar"}),
    rates=False,
    metrics=_metrics,
    shown=_metrics,
    check=lambda options, reads: check(options),
    batches=batches,
    batches_of_pairs=batches_of_pairs,
    question=_question,
    sample=_sample,
    queries=_queries,
    measure=_measure,
    baselines=_baselines,
    asked=_asked,
    counts="pairs",
    advice="Counts are hard to beat where items have many users; in place of {}, try another model "
    "for the task item_to_item (jaxrec models), or one that reads --item-features",
    by_rows=by_users,
    by_items=by_items,
)
"""Which items go with an item? Measured by hit rate, MRR and NDCG at k."""
