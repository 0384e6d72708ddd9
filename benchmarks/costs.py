"""Coefficients of the times that ``jaxrec inspect`` estimates.

``python -m benchmarks.costs --record`` times steps of models on a few data sets, fits ``Costs``
(``runs.costs.epoch_costs``) to LightGCN's and MF's by non-negative least squares of relative
errors, gives every other model the factor by which its own steps differ, and writes
``jaxrec/runs/costs/costs.json``. Sets of ``HELD_OUT`` are timed and not fitted on:
``time_ratio`` of their rows is the estimate over what was measured.
"""

import dataclasses
import datetime
import json
import subprocess
import sys
import time
from typing import Any

import jax
import numpy as np
from scipy.optimize import nnls

from benchmarks import harness, report
from jaxrec.data import load, split
from jaxrec.graph import locality_order, renumber
from jaxrec.runs import options_of
from jaxrec.runs.costs import STORED, Costs, Sizes, epoch_seconds
from jaxrec.runs.fit import training as parts

GENERAL = (
    ("movielens-small", "lightgcn", {}),
    ("movielens-small", "lightgcn", {"n_layers": 1, "dim": 128}),
    ("movielens-small", "mf", {}),
    ("yelp-hin", "lightgcn", {}),
    ("yelp-hin", "mf", {}),
    ("ciao", "lightgcn", {}),
    ("ciao", "mf", {"dim": 32, "batch_size": 8192}),
)
"""What coefficients are fitted to: set, model, options."""
OTHERS = (
    "lightgcn_item ngcf gcn graphsage gat simgcl xsimgcl nia_gcn bgcf".split()  # A factor each.
)
HELD_OUT = (
    ("lastfm-social", "lightgcn", {}),
    ("lastfm-social", "mf", {}),
    ("lastfm-social", "ngcf", {}),
    ("gowalla", "lightgcn", {}),
    ("yelp2018", "lightgcn", {}),
)
N_STEPS = 5


@dataclasses.dataclass(frozen=True)
class Options(harness.Options):
    """Steps of models, and coefficients fitted to their times."""

    record: bool = False
    """Also write the coefficients that inspect reads."""


def main(options: Options) -> list[dict[str, Any]]:
    """Measures, fits, saves and returns the rows."""
    few = [(name, model, own) for name, model, own in GENERAL if name == GENERAL[0][0]]
    others = [(GENERAL[0][0], model, {}) for model in OTHERS]
    cases = few if options.quick else [*GENERAL, *others, *HELD_OUT]
    rows = [measure(name, model, own, options) for name, model, own in cases]
    fitted = fit(rows)
    for row in rows:
        estimate = epoch_seconds(fitted, Sizes(*row["sizes"]), options_of_row(row))
        row["time_ratio"] = 1e3 * (estimate or 0) / row["n_steps"] / row["median_ms"]
    report.save(rows, options, report.bars(rows, "A training step by set and model"))
    if options.record:
        write(fitted)
    return rows


def options_of_row(row: dict[str, Any]) -> Any:
    """The run's options."""
    return options_of(row["formulation"], **row["options"])


def measure(name: str, model: str, own: dict[str, Any], options: Options) -> dict[str, Any]:
    """A row: the time of a step as it is run."""
    train = split(load(name, data_dir=options.data_dir)).train
    train = renumber(train, *locality_order(train))
    settings = options_of(model, **own)
    training = parts.build_training(settings, train)
    tables = jax.tree.map(jax.numpy.asarray, training.tables)
    state = parts.first_progress(training, seed=0).state
    short = training._replace(n_steps=N_STEPS)
    epoch = parts.build_epoch(short, None)
    run = epoch.lower(state, training.graph, tables).compile()
    state, _ = jax.block_until_ready(run(state, training.graph, tables))
    seconds = []
    for _ in range(options.repeats):
        start = time.perf_counter()
        state, _ = jax.block_until_ready(run(state, training.graph, tables))
        seconds.append(time.perf_counter() - start)
    row = {
        "benchmark": "costs",
        "case": f"{name}, {own or 'defaults'}",
        "formulation": model,
        "options": own,
        "sizes": Sizes(2 * len(train), train.n_users, train.n_items, len(train)),
        "n_steps": training.n_steps,
        **harness.spread(seconds, N_STEPS),
        "peak_mb": None,
    }
    return row | harness.about_this_machine()


def fit(rows: list[dict[str, Any]]) -> Costs:
    """Coefficients from the rows of ``GENERAL``, factors from those of ``OTHERS``."""
    names = "step", "edge", "far", "row", "sample"
    about = harness.about_this_machine()
    fitted = Costs(
        platform=jax.default_backend(),
        device=about["device"],
        date=datetime.date.today().isoformat(),
        versions=about["versions"],
        probe_seconds=_fresh_probe(),
        **dict.fromkeys(names, 0.0),
        factor={"lightgcn": 1.0, "mf": 1.0},
    )
    held_out = {name for name, _, _ in HELD_OUT}
    general = [
        row
        for row in rows
        if row["formulation"] in fitted.factor and row["case"].split(",")[0] not in held_out
    ]
    matrix = [
        [_step(fitted._replace(**{name: 1.0}), row) / row["min_ms"] for name in names]
        for row in general
    ]
    found, _ = nnls(np.array(matrix), np.ones(len(general)))
    fitted = fitted._replace(**dict(zip(names, map(float, found), strict=True)))
    factor = dict(fitted.factor)
    for row in rows:
        model = row["formulation"]
        if model not in factor and row["case"].split(",")[0] not in held_out:
            alone = fitted._replace(factor={model: 1.0})
            factor[model] = round(row["min_ms"] / _step(alone, row), 2)
    return fitted._replace(factor=factor)


def _fresh_probe() -> float:
    """The probe in a process of its own, as inspect runs it; this one's memory is warm."""
    program = "from jaxrec.runs.costs import probe; print(probe())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return float(done.stdout)


def _step(fitted: Costs, row: dict[str, Any]) -> float:
    """Estimated milliseconds of a step."""
    estimate = epoch_seconds(fitted, Sizes(*row["sizes"]), options_of_row(row))
    assert estimate is not None
    return 1e3 * estimate / row["n_steps"]


def write(fitted: Costs) -> None:
    """Replaces the coefficients that come with the package."""
    STORED.write_text(json.dumps(fitted._asdict(), indent=1) + "\n")


if __name__ == "__main__":
    harness.run(main, Options, __doc__)
