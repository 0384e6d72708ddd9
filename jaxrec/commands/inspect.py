"""``jaxrec inspect``: what is in the data, and what training on it would take here."""

import statistics
import time
from typing import Any

import jax
import numpy as np
from rich.table import Table

from jaxrec.base import InputError
from jaxrec.commands import assemble, report
from jaxrec.commands.config import InspectOptions, TrainOptions
from jaxrec.commands.load import load_dataset, load_split
from jaxrec.data import Interactions, check, fingerprint
from jaxrec.evaluate.full_ranking import BLOCK_SCORES

N_TIMED = 3
QUANTILES = (0, 10, 50, 90, 99, 100)
FLOAT = 4


def inspect(options: InspectOptions) -> dict[str, Any]:
    """Prints counts, degrees, what the filters and the split do, memory and time; returns them."""
    dataset = load_dataset(options.source, options)
    interactions = dataset.interactions
    split = load_split(dataset, TrainOptions())
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
        "leaks": {finding.name: finding.count for finding in check(split)},
        "memory_mb": memory_mb(split.train, options),
    }
    found["epoch_seconds"] = epoch_seconds(split.train, options)
    _show(found, check(split), options)
    return found


def memory_mb(train: Interactions, options: InspectOptions) -> dict[str, float]:
    """Predicted device memory of training and evaluating, by what takes it."""
    table = (train.n_users + train.n_items) * options.dim * FLOAT
    n_edges = 2 * len(train) if options.model != "mf" else 0
    users = min(1024, max(1, BLOCK_SCORES // train.n_items), train.n_users)
    parts = {
        "tables, Adam, best": 4 * table,
        "gradients and layers": 4 * table,
        "graph": n_edges * 8 + len(train) * 4,
        "ranking block": 2 * users * train.n_items * FLOAT,
    }
    return {name: size / 2**20 for name, size in parts.items()}


def epoch_seconds(train: Interactions, options: InspectOptions) -> float | None:
    """Seconds of an epoch from the median of a few real steps here; None with too little data."""
    settings = TrainOptions(
        model=options.model,
        dim=options.dim,
        layers=options.layers,
        batch_size=options.batch_size,
        propagation="auto",
    )
    try:
        training = assemble.build_training(settings, train)
    except InputError:
        return None
    state = assemble.first_progress(training, seed=0).state
    sample = assemble.SAMPLERS[settings.sampler]
    likes = jax.tree.map(jax.numpy.asarray, training.likes)
    batch = sample(jax.random.key(0), likes, train.n_items, settings.batch_size)
    update = jax.jit(training.step.update)
    jax.block_until_ready(update(state, training.graph, batch))  # Compiles.
    seconds = []
    for _ in range(N_TIMED):
        start = time.perf_counter()
        jax.block_until_ready(update(state, training.graph, batch))
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds) * training.n_steps


def _show(found: dict[str, Any], findings, options: InspectOptions) -> None:
    table = Table(title=f"{found['name']}", title_justify="left", show_header=False)
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
    report.out.print(report.leak_lines(findings), soft_wrap=True)
    memory = ", ".join(f"{name} {size:,.0f}" for name, size in found["memory_mb"].items())
    total = sum(found["memory_mb"].values())
    lines = [f"Memory for {options.model}: about {total:,.0f} MiB ({memory})"]
    seconds = found["epoch_seconds"]
    if seconds is None:
        lines.append(f"Time: no estimate; one batch of {options.batch_size} exceeds the data")
    else:
        device = jax.devices()[0].device_kind
        lines.append(f"Time: about {seconds:.2f} s an epoch, from steps measured on {device}")
    report.out.print("\n".join(lines), soft_wrap=True)
