"""``jaxrec inspect``: what is in the data, and what training on it would take here."""

import statistics
import time
from dataclasses import fields
from typing import Any

import jax
import numpy as np
from rich.markup import escape
from rich.table import Table

from jaxrec.base import InputError
from jaxrec.commands import assemble, report
from jaxrec.commands.config import DataOptions, InspectOptions, TrainOptions
from jaxrec.commands.load import load_dataset, load_split
from jaxrec.data import Interactions, check, fingerprint
from jaxrec.evaluate.full_ranking import BLOCK_SCORES
from jaxrec.graph import by_place, renumber

N_TIMED, N_STEPS = 3, 5
QUANTILES = (0, 10, 50, 90, 99, 100)
FLOAT = 4


def inspect(options: InspectOptions) -> dict[str, Any]:
    """Prints counts, degrees, leaks of the default split, memory and time; returns them."""
    settings = _settings(options)
    assemble.check_options(settings)
    dataset = load_dataset(options.source, options)
    interactions = dataset.interactions
    degrees = {
        "items a user": np.bincount(interactions.user, minlength=interactions.n_users),
        "users an item": np.bincount(interactions.item, minlength=interactions.n_items),
    }
    found: dict[str, Any] = {
        "name": dataset.name,
        **fingerprint(interactions),
        "density": len(interactions) / (interactions.n_users * interactions.n_items),
        "counts": dataset.counts,
        "degrees": {
            name: {f"p{q}": int(np.percentile(values, q)) for q in QUANTILES}
            for name, values in degrees.items()
        },
        "cold": {
            "users with one item": int(np.sum(degrees["items a user"] == 1)),
            "items with one user": int(np.sum(degrees["users an item"] == 1)),
        },
    }
    _show_counts(found)
    try:
        parts = load_split(dataset, settings)
    except InputError as error:  # What is wrong with the split is worth knowing, too.
        report.out.print(f"No test slice: {error}", soft_wrap=True, markup=False)
        return found
    train = renumber(parts.train, *by_place(parts.train))
    found["leaks"] = {finding.name: finding.count for finding in check(parts)}
    found["memory_mb"] = memory_mb(train, settings)
    report.out.print(report.leak_lines(check(parts)), soft_wrap=True)
    memory = ", ".join(f"{name} {size:,.0f}" for name, size in found["memory_mb"].items())
    total = sum(found["memory_mb"].values())
    report.out.print(f"Memory for {options.model}: about {total:,.0f} MiB ({memory})")
    if len(train) < options.batch_size:
        report.out.print(
            f"Time: no estimate; {len(train):,} training interactions are fewer than "
            f"--batch-size {options.batch_size}, which jaxrec train will refuse",
            soft_wrap=True,
        )
    else:
        found["epoch_seconds"] = epoch_seconds(train, settings)
        report.out.print(
            f"Time: about {found['epoch_seconds']:.2f} s an epoch, from steps measured on "
            f"{jax.devices()[0].device_kind}",
            soft_wrap=True,
        )
    return found


def _settings(options: InspectOptions) -> TrainOptions:
    shared = {field.name: getattr(options, field.name) for field in fields(DataOptions)}
    return TrainOptions(
        **shared,
        data=options.source,
        model=options.model,
        dim=options.dim,
        layers=options.layers,
        batch_size=options.batch_size,
    )


def memory_mb(train: Interactions, settings: TrainOptions) -> dict[str, float]:
    """Predicted device memory of training and evaluating, by what takes it."""
    table = (train.n_users + train.n_items) * settings.dim * FLOAT
    reads_graph = assemble.MODELS[settings.model].reads_graph
    n_edges = 2 * len(train) if reads_graph else 0
    users = min(1024, max(1, BLOCK_SCORES // train.n_items), train.n_users)
    parts = {
        "tables, Adam, best": 4 * table,
        "gradients and layers": 4 * table,
        "graph": n_edges * 8 + len(train) * 4,
        "ranking block": 2 * users * train.n_items * FLOAT,
    }
    if reads_graph and jax.default_backend() != "cpu":  # Message passing keeps its messages.
        parts["messages"] = n_edges * settings.dim * FLOAT
    return {name: size / 2**20 for name, size in parts.items()}


def epoch_seconds(train: Interactions, settings: TrainOptions) -> float:
    """Seconds of an epoch, from the median of a few real steps on this device."""
    training = assemble.build_training(settings, train)
    likes = jax.tree.map(jax.numpy.asarray, training.likes)
    run = assemble.build_epoch(
        settings, training._replace(n_steps=N_STEPS), train.n_items, report=None
    )
    seconds = []
    for _ in range(1 + N_TIMED):  # The first compiles.
        state = assemble.first_progress(training, seed=0).state
        start = time.perf_counter()
        jax.block_until_ready(run(state, training.graph, likes))
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:]) / N_STEPS * training.n_steps


def _show_counts(found: dict[str, Any]) -> None:
    table = Table(title=escape(found["name"]), title_justify="left", show_header=False)
    for name in ("users", "items", "interactions"):
        table.add_row(name, f"{found[name]:,}")
    table.add_row("density", f"{found['density']:.5f}")
    for name, count in (found["counts"] | found["cold"]).items():
        table.add_row(name.replace("_", " "), f"{count:,}")
    table.add_row("fingerprint", str(found["sha256"]))
    report.out.print(table)
    degrees = Table(title="Degrees (percentiles)", title_justify="left")
    degrees.add_column("")
    for q in QUANTILES:
        degrees.add_column({0: "min", 50: "median", 100: "max"}.get(q, f"{q} %"), justify="right")
    for name, values in found["degrees"].items():
        degrees.add_row(name, *(f"{value:,}" for value in values.values()))
    report.out.print(degrees)
