"""What ``jaxrec inspect`` foretells, against what a run then takes, by formulation.

``python -m benchmarks.forecast``: for each formulation the forecast (a few steps, what XLA says
their program holds, and a formula for ranking) and then the real thing: many more steps with their
sampling, a block of users ranked, and how far the process grows by graph, tables, the best tables,
steps and ranking; what compiling takes beside them is not counted.
``median_ms`` is per step as run, ``peak_mb`` the growth; ``time_ratio`` and ``memory_ratio`` are
forecasts over them.
"""

import dataclasses
import time
from typing import Any

import jax

from benchmarks import harness, report
from jaxrec.data import Interactions, load, split
from jaxrec.evaluate import measure_model, slice_of
from jaxrec.graph import locality_order, renumber
from jaxrec.rank import block_of
from jaxrec.runs import options_of
from jaxrec.runs.costs import Forecast, forecasts
from jaxrec.runs.fit import training as parts

STEPS, QUICK_STEPS, N_TIMED = 60, 10, 3


def main(options: harness.Options) -> list[dict]:
    """Measures, saves and returns the rows."""
    train = split(load(options.data, data_dir=options.data_dir), valid_fraction=0.0).train
    train = renumber(train, *locality_order(train))
    batch_size = min(options_of().batch_size, len(train))
    steps = QUICK_STEPS if options.quick else STEPS
    settings = options_of(batch_size=batch_size, steps=steps)
    rows = []
    for told in forecasts(train, settings):
        if told.epoch_seconds is not None:
            rows.append(compare(train, settings, told))
            row = rows[-1]
            ratios = (
                f"time {row['time_ratio']:.2f}, memory {row['memory_ratio'] or float('nan'):.2f}"
            )
            print(f"{told.formulation}: forecast / measured: {ratios}")
    report.save(rows, options, report.bars(rows, f"A training step as run, {options.data}"))
    return rows


def compare(train: Interactions, settings: Any, told: Forecast) -> dict[str, Any]:
    """One formulation's forecast beside its epoch and a block of its ranking."""
    question = slice_of(train, train, train)
    question = question._replace(users=question.users[: block_of(train.n_items)])
    before = harness.held_mb()
    chosen = dataclasses.replace(settings, propagation=told.formulation)
    training = parts.build_training(chosen, train)
    tables = jax.tree.map(jax.numpy.asarray, training.tables)
    progress = parts.first_progress(training, seed=0)
    run = parts.build_epoch(training, None)
    made = harness.held_mb()
    compiled = run.lower(progress.state, training.graph, tables).compile()
    encode = jax.jit(training.model.encode)

    def rank(params) -> None:
        measure_model(training.model, encode(params, training.graph), question, settings.k)

    def train_and_rank() -> None:
        state, _ = compiled(progress.state, training.graph, tables)
        rank(state.params)

    rank(progress.state.params)  # Compiles.
    grown = harness.growth_mb(harness.held_mb(), train_and_rank)
    if grown is not None and made is not None and before is not None:
        grown += made - before
    seconds = []
    for _ in range(N_TIMED):
        state = parts.first_progress(training, seed=0).state  # The last one was consumed.
        start = time.perf_counter()
        jax.block_until_ready(compiled(state, training.graph, tables))
        seconds.append(time.perf_counter() - start)
    assert told.epoch_seconds is not None
    row = {
        "benchmark": "forecast",
        "case": f"{training.n_steps} steps in a scan",
        "formulation": told.formulation,
        **harness.spread(seconds, training.n_steps),
        "peak_mb": grown,
        "forecast_ms": 1e3 * told.epoch_seconds / training.n_steps,
        "forecast_mb": told.memory_mb,
    }
    row["time_ratio"] = row["forecast_ms"] / row["median_ms"]
    row["memory_ratio"] = told.memory_mb / grown if grown else None
    return row | harness.about_this_machine()


if __name__ == "__main__":
    harness.run(main, harness.Options, __doc__)
