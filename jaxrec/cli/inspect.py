"""``jaxrec inspect``: what is in the data, and what training on it is estimated to cost here."""

import dataclasses
from typing import Any

import jax
import numpy as np
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.cli import report
from jaxrec.cli.options.looking import InspectOptions
from jaxrec.data import Dataset, Split, by_label, check, check_facts, fingerprint
from jaxrec.ops.propagate.prepare import automatic
from jaxrec.runs import checks, model_options, progress
from jaxrec.runs.costs.epoch_costs import in_words
from jaxrec.runs.costs.estimate import estimate, memory_line, time_line
from jaxrec.runs.costs.forecast import forecasts
from jaxrec.runs.costs.memory import ProcessMemory, process_memory
from jaxrec.runs.knowledge import load_knowledge
from jaxrec.runs.load import load_split, renumbered, rows_of_run
from jaxrec.runs.options import TrainOptions
from jaxrec.runs.read import load_dataset
from jaxrec.runs.reading_report import reading_lines
from jaxrec.runs.split_report import split_line
from jaxrec.tasks import RunData

QUANTILES = (0, 10, 50, 90, 99, 100)


def inspect(options: InspectOptions) -> dict[str, Any]:
    """Prints counts, degrees, leaks of the default split, memory and time; returns them."""
    settings = checks.with_lengths(_settings(options))
    checks.check_options(settings)
    dataset = load_dataset(options.data, options)
    interactions = dataset.interactions
    pairs = interactions.unique_pairs() if dataset.repeats else interactions
    degrees = {
        "items a user": np.bincount(pairs.user, minlength=pairs.n_users),
        "users an item": np.bincount(pairs.item, minlength=pairs.n_items),
    }
    found: dict[str, Any] = {
        "name": dataset.name,
        **fingerprint(interactions),
        "density": len(pairs) / (pairs.n_users * pairs.n_items),
        "counts": dataset.counts,
        "reading": None if dataset.reading is None else dataclasses.asdict(dataset.reading),
        "degrees": {
            name: {f"p{q}": int(np.percentile(values, q)) for q in QUANTILES}
            for name, values in degrees.items()
        },
        "cold": {
            "users with one item": int(np.sum(degrees["items a user"] == 1)),
            "items with one user": int(np.sum(degrees["users an item"] == 1)),
        },
    }
    report.out.print("\n".join(reading_lines(dataset)), soft_wrap=True, markup=False)
    report.out.print("The rules by which files are read: docs/data.md", soft_wrap=True)
    _show_counts(found)
    try:
        rows = load_split(dataset, settings)
    except InputError as error:  # What is wrong with the split is worth knowing, too.
        report.out.print(f"No test slice: {error}", soft_wrap=True, markup=False)
        return found
    report.out.print(split_line(dataset, rows, settings), soft_wrap=True, markup=False)
    parts, negatives = rows, None
    if registry.task_of(settings).labels:
        parts, negatives = by_label(rows)
    knowledge, findings = (
        load_knowledge(settings, dataset.item_ids),
        check(parts, getattr(settings, "refit", False)),
    )
    if knowledge is not None:
        findings += check_facts(parts, dataset.user_ids, knowledge)
    found["leaks"] = {finding.name: finding.count for finding in findings}
    report.out.print(report.leak_lines(findings), soft_wrap=True)
    if not options.forecast:
        return found
    n_rows = dataset.counts.get("rows_read", len(interactions))
    found["memory"] = process_memory(parts.train, settings, n_rows)._asdict()
    report.out.print(memory_line(ProcessMemory(**found["memory"])), soft_wrap=True)
    if not isinstance(settings, TrainOptions):
        report.out.print(f"Time: no estimate; {settings.model} is not trained")
        return found
    found["estimate"] = {"epoch_seconds": estimate(parts.train, settings)}
    report.out.print(time_line(settings, **found["estimate"]), soft_wrap=True)
    if options.measure:
        found["training"] = _measured(options, settings, dataset, parts, negatives)
    return found


def _settings(asked: InspectOptions) -> Any:
    """The run's options, with what was asked."""
    task = registry.task_named(asked.model, asked.task)
    if task.data is not RunData:
        raise InputError(
            f"{asked.model} learns from no interactions, which inspect shows; jaxrec train "
            f"--model {asked.model} says what it reads"
        )
    kind = model_options.kind(asked.model, asked.task)
    known = {field.name for field in dataclasses.fields(kind)}
    given = {name: value for name, value in dataclasses.asdict(asked).items() if name in known}
    return kind(**given)


def _measured(
    options: InspectOptions,
    settings: Any,
    dataset: Dataset,
    parts: Split,
    negatives: Split | None,
) -> dict[str, Any]:
    """Prints what steps took by formulation, on the rows that a run has."""
    users, items = rows_of_run(dataset.interactions, parts)
    train = renumbered(parts, users, items).train
    beside: dict[str, Any] = {"knowledge": load_knowledge(settings, dataset.item_ids.gather(items))}
    if negatives is not None:
        beside["negatives"] = renumbered(negatives, users, items).train
    by_graph = registry.entry(settings.model).propagates
    dim = getattr(settings, "dim", 1)
    chosen = automatic(2 * len(train), train.n_users + train.n_items, dim)
    table = Table(title=f"Training {settings.model}, measured steps", title_justify="left")
    table.add_column("--propagation" if by_graph else "")
    table.add_column("an epoch", justify="right")
    table.add_column(f"{settings.epochs:,} epochs at most", justify="right")
    table.add_column("device memory, MiB", justify="right")
    found = {}
    shown = {"description": "measuring a few steps of each", "console": progress.err}
    for one in track(forecasts(train, settings, **beside), total=None, transient=True, **shown):
        name = one.formulation if by_graph else settings.model
        found[name] = {"epoch_seconds": one.epoch_seconds, "memory_mb": one.memory_mb}
        seconds = one.epoch_seconds
        words = ["does not fit", ""]
        if seconds is not None:
            words = [in_words(seconds), in_words(seconds * settings.epochs)]
        mark = " (auto)" if by_graph and name == chosen else ""
        table.add_row(name + mark, *words, f"{one.memory_mb:,.0f}")
    report.out.print(table)
    report.out.print(f"on {jax.devices()[0].device_kind}, one device; compiling not counted")
    return found


def _show_counts(found: dict[str, Any]) -> None:
    table = Table(title=escape(found["name"]), title_justify="left", show_header=False)
    for name in ("users", "items", "interactions"):
        table.add_row(name, f"{found[name]:,}")
    table.add_row("density", f"{found['density']:.5f}")
    for name, count in (found["counts"] | found["cold"]).items():
        table.add_row(name.replace("_", " "), f"{count:,}")
    table.add_row("fingerprint", str(found["sha256"]))
    report.out.print(table)
    heads = [{0: "min", 50: "median", 100: "max"}.get(q, f"{q} %") for q in QUANTILES]
    degrees = found["degrees"].items()
    lines = [[name, *(f"{value:,}" for value in values.values())] for name, values in degrees]
    report.out.print(report.fitting_table("Degrees (percentiles)", heads, lines))
