"""Steps of models of sessions, and one session's ten best items, on the CPU or on what is there.

``python -m benchmarks.sessions``: Yoochoose 1/64, batches of 100 prefixes, width 100, a softmax
over all items and Adam, as SR-GNN's paper trains; several steps a call. A new session of 3 or 20
items is answered alone: its vector, all items' scores, the ten best. Weights are untrained, for
times do not depend on them. ``sessions_per_s`` counts prefixes learned, or sessions answered. No
loop of another library stands beside: rows show one model of ours beside another.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import harness, report
from jaxrec.base import Model
from jaxrec.data import Interactions, load, split
from jaxrec.graph import SessionQuery, locality_order, renumber
from jaxrec.runs import Training, build_training, options_of

MODELS = ("srgnn", "gru4rec", "sasrec")
DIM, BATCH, STEPS, QUICK_STEPS = 100, 100, 10, 2
LENGTHS, K = (3, 20), 10


@dataclasses.dataclass(frozen=True)
class Options(harness.Options):
    """Options of this benchmark."""

    data: str = "yoochoose1_64"
    """Sessions to measure on."""


def main(options: Options) -> list[dict[str, Any]]:
    """Measures, saves and returns the rows."""
    dataset = load(options.data, data_dir=options.data_dir, repeats="keep")
    train = split(dataset, valid_fraction=0.0).train
    train = renumber(train, *locality_order(train))
    found = list(cases(train, QUICK_STEPS if options.quick else STEPS))
    rows = harness.measure("sessions", found, options.repeats)
    for row in rows:
        row["sessions_per_s"] = 1e3 * (BATCH if row["case"] == "training" else 1) / row["median_ms"]
    title = f"A step of {BATCH} prefixes, and one session's ten best, {options.data}"
    report.save(rows, options, report.bars(rows, title))
    return rows


def cases(train: Interactions, n_steps: int) -> Iterator[harness.Case]:
    """Each model's steps, and its answers to sessions of each length."""
    for name in MODELS:
        settings = options_of(name, dim=DIM, batch_size=BATCH)
        training = build_training(settings, train)
        state = training.step.init(training.model.init(jax.random.key(0)), jax.random.key(1))
        tables = jax.tree.map(jnp.asarray, training.tables)
        yield harness.Case("training", name, steps(training, n_steps), (state, tables), n_steps)
        reps = jax.jit(training.model.encode)(state.params, None)
        for length in LENGTHS:
            items = np.arange(length)[None] % train.n_items
            query = SessionQuery(jnp.asarray(items), jnp.ones(items.shape, bool))
            answer = answers(training.model, train.n_items)
            yield harness.Case(f"one session of {length}", name, answer, (reps, query))


def steps(training: Training, n_steps: int) -> jax.stages.Wrapped:
    """Draws a batch and learns from it, several times."""
    batches = training.batches
    assert batches is not None  # These models are trained.

    def one(state, tables):
        return training.step.update(state, None, batches.sample(state.step_key(0), tables))

    return jax.jit(
        lambda state, tables: jax.lax.scan(
            lambda state, _: (one(state, tables)[0], None), state, length=n_steps
        )[0]
    )


def answers(model: Model, n_items: int) -> jax.stages.Wrapped:
    """Scores, ranks."""
    every = jnp.arange(n_items)
    return jax.jit(lambda reps, query: jax.lax.top_k(model.score(reps, query, every), K))


if __name__ == "__main__":
    harness.run(main, Options, __doc__)
