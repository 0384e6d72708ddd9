"""Runs of this table: trained and tested as ``jaxrec train`` does it, or computed and measured."""

import dataclasses
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxrec.commands.assemble import build_training
from jaxrec.commands.load import load_run
from jaxrec.commands.options import options
from jaxrec.commands.serving import Served, open_run
from jaxrec.commands.train import train
from jaxrec.evaluate import Slice, measure_model, questions
from jaxrec.models import blend

METRICS = ("recall@20", "ndcg@20")
N_USERS = 3000
"""Users of the validation slice, drawn, on whom products of two grids are measured."""


@dataclasses.dataclass(frozen=True)
class Run:
    """A run that is kept in memory: what it recommends with, its test metrics and seconds."""

    served: Served
    test: dict[str, float]


def train_and_test(model: str, **given: Any) -> Run:
    """Trains and tests as ``jaxrec train`` does; the seconds are those of all that it does."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        path = train(options(model, out=str(Path(folder) / "run"), **given))
        seconds = time.perf_counter() - start
        found = json.loads((path / "metrics.json").read_text())["test"]
        return Run(open_run(path), {name: found[name] for name in METRICS} | {"seconds": seconds})


def compute(**given: Any) -> Served:
    """A model that needs no training, without a folder and without a look at the test."""
    settings = options(**given)
    data, _ = load_run(settings)
    training = build_training(settings, data.split.train)
    params = training.model.init(jax.random.key(settings.seed))
    return Served(data, training.model, jax.jit(training.model.encode)(params, training.graph))


def question(served: Served, part: str) -> Slice:
    """What the slice of that name asks."""
    return questions(served.data.split, repeats=False)[part]


def draw_users(asked: Slice) -> Slice:
    """The question of some of its users, always the same."""
    n_users = min(N_USERS, len(asked.users))
    drawn = np.random.default_rng(0).choice(asked.users, n_users, replace=False)
    return asked._replace(users=np.sort(drawn))


def measure(served: Served, asked: Slice) -> dict[str, float]:
    """Means over users."""
    mean = measure_model(served.model, served.reps, asked, (20,)).mean
    return {name: mean[name] for name in METRICS}


def measure_blend(walk: Served, learned: Served, weight: float, asked: Slice) -> dict[str, float]:
    """Both runs number their rows by place in the same training slice, so rows are the same."""
    both = blend([walk.model, learned.model], [1.0, weight], walk.data.split.train.n_items)
    mean = measure_model(both, (walk.reps, learned.reps), asked, (20,)).mean
    return {name: mean[name] for name in METRICS}
