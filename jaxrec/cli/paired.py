"""Trained runs side by side: what each did for the same queries of one test slice."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float, Int

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.cli.paired_slices import Slices, slices_of
from jaxrec.runs import log
from jaxrec.runs.store import manifest, run_folder
from jaxrec.tasks import NodeData, RunData, Task

SPLITTING = (
    "split",
    "test_fraction",
    "valid_fraction",
    "valid",
    "refit",
    "split_seed",
    "repeats",
    "min_rating",
    "low_rated",
)
"""Options that decide which interactions are in which slice, and which items are ranked."""


class Paired(NamedTuple):
    """The same ``Q`` queries of several runs, in one order.

    Attributes:
      task: that all runs were trained for.
      names: of the runs, short and distinct.
      n_train: training interactions of each query's user in the first run; None of nodes.
      values: by metric, a vector for each run.
    """

    task: Task
    names: list[str]
    n_train: Int[np.ndarray, "Q"] | None
    values: dict[str, list[Float[np.ndarray, "Q"]]]


class _Run(NamedTuple):
    folder: Path
    options: Any
    fingerprint: str
    vectors: pl.DataFrame


def read_paired(folders: Sequence[Path], metrics: Sequence[str]) -> Paired:
    """Reads every run and pairs their queries by id: users, or whatever else their task asks about.

    The log tells of runs that learned from another training slice, or measured other queries.

    Args:
      metrics: what to compare by; by default the one that the first run selects by.

    Raises:
      InputError: a run is missing, unfinished or broken; it has not measured a metric; runs
        measured other data, for another task or on another test slice.
    """
    runs = [_read(folder) for folder in folders]
    chosen = list(dict.fromkeys(metrics)) or [runs[0].options.select]
    for run in runs:
        _check_data(runs[0], run)
        _check_metrics(run, chosen)
    task, keys = registry.task_of(runs[0].options), _keys(runs[0])
    slices = slices_of(runs[0].folder, runs[0].options)
    for run in runs[1:]:
        _check_slices(runs[0], slices, run)
    table, n_train = runs[0].vectors.select(keys), None
    if task.data is not NodeData:
        counts = slices.train.group_by("user").len("n_train")
        table = table.join(counts, on="user", how="left", maintain_order="left")
    for place, run in enumerate(runs):
        vectors = run.vectors.select(keys).with_row_index(f"row {place}")
        table = table.join(vectors, on=keys, maintain_order="left")
    if not len(table):
        raise InputError(
            f"none of the {task.counts} was measured in all of these runs; train them with the "
            "same --test-users and --split-seed"
        )
    rows = [table[f"row {place}"].to_numpy() for place in range(len(runs))]
    values = {
        name: [_part(task, run, name, which) for run, which in zip(runs, rows, strict=True)]
        for name in chosen
    }
    most = max(len(run.vectors) for run in runs)
    if len(table) < most:
        log.say(
            f"{len(table):,} of {most:,} {task.counts} are tested in all runs; others do not count"
        )
    if "n_train" in table.columns:
        n_train = table["n_train"].fill_null(0).to_numpy().astype(np.int64)
    return Paired(task, short_names(folders), n_train, values)


def _part(
    task: Task, run: _Run, metric: str, which: Int[np.ndarray, "Q"]
) -> Float[np.ndarray, "Q"]:
    values = task.part(metric, run.vectors[metric].to_numpy(), which)
    if values is None:
        raise InputError(
            f"{run.folder} has the {metric} of {len(run.vectors):,} {task.counts} together, of "
            f"whom {len(which):,} were measured in all of these runs; train them with the same "
            "--test-users"
        )
    return values


def _keys(run: _Run) -> list[str]:
    """Columns that say which query a row is; the others are metrics."""
    return [name for name, kind in run.vectors.schema.items() if not kind.is_float()]


def _read(folder: Path) -> _Run:
    options, config = run_folder.read_config(folder)
    manifest.check(folder, config)
    if not issubclass((task := registry.task_of(options)).data, RunData | NodeData):
        raise InputError(
            f"{folder} is a run for the task {task.name}, and compare pairs users or nodes; see "
            f"its metrics with jaxrec evaluate {folder}"
        )
    if not (folder / "metrics.json").is_file():
        raise InputError(f"{folder} is not finished; {run_folder.to_finish(folder, options)}")
    try:
        vectors = pl.read_parquet(folder / "per_user.parquet", glob=False)
        vectors = vectors.with_columns(pl.col("^(user|node)$").cast(pl.String))
        keys = [name for name, kind in vectors.schema.items() if not kind.is_float()]
        vectors = vectors.with_columns(repeat=pl.int_range(pl.len()).over(keys))
        return _Run(folder, options, config["data"]["fingerprint"]["sha256"], vectors)
    except (OSError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        first = str(error).splitlines()[0]
        raise InputError(
            f"{folder} is incomplete ({first}); train again into a new --out"
        ) from error


def _check_metrics(run: _Run, metrics: Sequence[str]) -> None:
    measured = [name for name in run.vectors.columns if name not in _keys(run)]
    for name in metrics:
        if name not in measured:
            raise InputError(
                f"{run.folder} has not measured {name!r}; --metric may be {', '.join(measured)}"
            )


def _check_data(first: _Run, run: _Run) -> None:
    own, other = (registry.task_of(one.options).name for one in (run, first))
    if own != other:
        raise InputError(
            f"{run.folder} is a run for the task {own}, and {first.folder} for {other}; compare "
            "runs of one task"
        )
    if run.fingerprint != first.fingerprint:
        raise InputError(
            f"{run.folder} read other data than {first.folder} (fingerprint {run.fingerprint}, not "
            f"{first.fingerprint}); compare runs with the same --data and filters"
        )


def _check_slices(first: _Run, slices: Slices, run: _Run) -> None:
    then, now = (vars(one.options) for one in (first, run))
    differing = ", ".join(
        f"--{name.replace('_', '-')} {now[name]}, not {then[name]}"
        for name in SPLITTING
        if name in now and name in then and now[name] != then[name]
    )
    why = f" ({differing})" if differing else ""
    own = slices_of(run.folder, run.options)
    if not own.test.equals(slices.test) or now.get("repeats") != then.get("repeats"):
        raise InputError(
            f"{run.folder} was asked for another test slice than {first.folder}{why}; "
            "train both with the same options of the split"
        )
    if not own.hidden.equals(slices.hidden):
        raise InputError(
            f"{run.folder} was measured on another ranking than {first.folder}{why}: other items "
            "rated below --min-rating are left out; train both with the same --low-rated"
        )
    if not own.train.equals(slices.train):
        log.say(
            f"{run.folder} learned from another training slice than {first.folder}{why}: "
            "what differs may be the data, not the model"
        )


def short_names(folders: Sequence[Path]) -> list[str]:
    """Last parts of the paths; whole paths where those are shared; numbers where they are, too."""
    last, names = [folder.resolve().name for folder in folders], []
    for place, folder in enumerate(folders):
        before = folders[:place].count(folder)
        name = last[place] if last.count(last[place]) == 1 else str(folder)
        names.append(f"{name} ({before + 1})" if before else name)
    return names
