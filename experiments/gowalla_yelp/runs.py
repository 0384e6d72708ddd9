"""What this table is made of: runs trained as ``jaxrec train`` does it, and ways to ask them."""

import dataclasses
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from experiments.recipe import without_refit
from jaxrec.base import Model
from jaxrec.evaluate import EvalTask, eval_tasks, measure_model
from jaxrec.models import blend, with_prior
from jaxrec.runs import (
    Served,
    build_graph,
    build_model,
    load_run,
    open_run,
    options_of,
    read_run,
    train,
)
from jaxrec.tasks import RunData

METRICS = ("recall@20", "ndcg@20")
SELECT = METRICS[0]
N_USERS = 3000
"""Users of the validation slice, drawn, on whom everything is chosen."""


class Way(NamedTuple):
    """One way to rank with a trained run.

    Attributes:
      recency: how a user's items count, None for all alike.
      prior: what popularity adds.
    """

    recency: float | None
    prior: float

    def __str__(self) -> str:
        recency = "" if self.recency is None else f", recency {self.recency:g}"
        return f"prior {self.prior:g}{recency}"


def filters(
    given: dict[str, Any], rs: Sequence[float], recencies: Sequence[float | None]
) -> Iterator[tuple[tuple[float, float | None], Served]]:
    """``filter_r`` with every pair, over one reading of the data and one compiled program."""
    first = options_of("filter_r", **given)
    data, _ = load_run(first)
    assert isinstance(data, RunData)
    train = data.split.train
    model = build_model(first, train.n_users, train.n_items)
    for r in rs:
        plain = build_graph(dataclasses.replace(first, r=r), train)
        ones = jnp.ones(len(plain.likes.indices))
        for recency in recencies:
            own = dataclasses.replace(first, r=r, recency=recency)
            weight = ones if recency is None else build_graph(own, train).weight
            yield (r, recency), Served(data, model, plain._replace(weight=weight))


def fit(folder: Path, model: str, **given: Any) -> tuple[Path, dict[str, float]]:
    """Trains and tests as ``jaxrec train`` does; the seconds are those of all that it does."""
    start = time.perf_counter()
    path = train(options_of(model, out=str(folder), **(without_refit(model) | given))).folder
    seconds = time.perf_counter() - start
    found = json.loads((path / "metrics.json").read_text())["test"]
    return path, {name: found[name] for name in METRICS} | {"seconds": seconds}


def ways(
    folder: Path, recencies: Sequence[float | None], priors: Sequence[float]
) -> Iterator[tuple[Way, Served]]:
    """A trained run, ranking in each way."""
    run = read_run(folder)
    train = run.data.split.train
    model = build_model(run.options, train.n_users, train.n_items)
    adjusted = {prior: with_prior(model, prior) for prior in priors}
    for recency in recencies:
        reps = read_run(folder, recency=recency, prior=1.0).encoded().reps
        for prior, each in adjusted.items():
            yield Way(recency, prior), Served(run.data, each, reps)


def open_way(folder: Path, way: Way) -> Served:
    """A trained run that ranks in this way."""
    return open_run(folder, recency=way.recency, prior=way.prior)


def question(served: Served, part: str) -> EvalTask:
    """What the slice of that name asks; of the validation slice, some users, always the same."""
    asked = eval_tasks(served.data.split, repeats=False)[part]
    if part == "test" or len(asked.users) <= N_USERS:
        return asked
    drawn = np.random.default_rng(0).choice(asked.users, N_USERS, replace=False)
    return asked._replace(users=np.sort(drawn))


def measure(served: Served, asked: EvalTask) -> dict[str, float]:
    """Means over users."""
    mean = measure_model(served.model, served.reps, asked, (20,)).mean
    return {name: mean[name] for name in METRICS}


def together(walk: Served, learned: Served, weight: float) -> Served:
    """Both, the second ``weight`` times as loud; rows are numbered alike in one training slice."""
    parts: list[Model] = [walk.model, learned.model]
    both = blend(parts, [1.0, weight], walk.data.split.train.n_items)
    return Served(walk.data, both, (walk.reps, learned.reps))
