"""Fitting a run: epochs with a progress bar, validation, history and checkpoints."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.runs import log
from jaxrec.runs.fit import devices, phases, training as parts
from jaxrec.runs.fit.phase_run import Run
from jaxrec.runs.fit.stopping import deferred_signals
from jaxrec.runs.options import TrainOptions
from jaxrec.runs.progress import TrainingProgress
from jaxrec.runs.store import files, manifest
from jaxrec.train import Checkpoints, Diverged, Progress, fit, is_finished
from jaxrec.train.epoch import N_REPORTS
from jaxrec.train.hosts import from_first

SAVE_EVERY_SECONDS = 10.0
"""A kill loses at most so much training, or one epoch if that takes longer."""


class Epoch(NamedTuple):
    """An epoch that has been trained.

    Attributes:
      phase: "" for the first, "refit" or "fit-all" for those that train anew on more.
      number: from 1.
      metrics: means over its steps, such as ``loss``; ``valid`` where the validation slice was
        measured, by the metric that selects.
    """

    phase: str
    number: int
    metrics: dict[str, float]


OnEpoch = Callable[[Epoch], object]


class Seconds(NamedTuple):
    """Where the time went."""

    compile: float
    train: float
    evaluate: float


def fit_run(run: Run, watch: OnEpoch | None = None) -> tuple[Progress, Seconds]:
    """Trains a phase from its newest checkpoint, or from the start, to the end.

    Of several processes, what depends on files or clocks the first decides for all.

    Args:
      watch: called after every epoch.

    Raises:
      InputError: training diverged, or the folder cannot be written.
    """
    options, training, mesh = run.options, run.training, run.training.mesh
    history = run.folder / run.phase.history
    begin = partial(parts.first_progress, training, options.seed)
    if not isinstance(options, TrainOptions):
        return _without_training(run, begin)
    progress, like, rows = begin(), jax.eval_shape(begin), []
    epoch_of = run.phase.epoch
    until: dict[str, Any] = {"n_epochs": run.n_epochs, "validate_every": options.validate_every}
    until |= {"patience": None if run.valid is None else options.patience}
    with Checkpoints(run.folder / run.phase.checkpoint, run=run.number) as checkpoints:
        if checkpoints.epoch is not None:
            progress = checkpoints.restore(progress)
            rows = from_first(partial(_read_history, history, progress.epoch))
            log.say(f"resuming after {epoch_of} {progress.epoch}")
        metric = options.select if run.valid is not None else None
        size = run.n_epochs, training.n_steps
        bar = TrainingProgress(*size, metric, progress.epoch, epoch_of)
        progress = devices.spread(progress, mesh)
        if is_finished(progress, **until):  # There is nothing to compile for.
            return progress, Seconds(0.0, 0.0, 0.0)
        tables = devices.to_devices(training.tables, mesh)
        start = time.perf_counter()
        # A callback makes the program another in every process, and none that JAX could keep on
        # disk (JAX_COMPILATION_CACHE_DIR); short epochs are told of when they end.
        told = jax.process_count() == 1 and training.n_steps > N_REPORTS
        tell = bar.step if told else None
        epoch = parts.build_epoch(training, tell)
        epoch = epoch.lower(progress.state, training.graph, tables).compile()
        compiled = time.perf_counter()
        evaluating, saved, sign = 0.0, compiled, run.task.better(options.select)

        def validate(params) -> float:
            nonlocal evaluating
            begin = time.perf_counter()
            assert run.valid is not None
            asked = training.model, run.encode(params), run.valid, options, None
            value = from_first(lambda: run.task.measure(*asked).mean[options.select])
            evaluating += time.perf_counter() - begin
            return sign * value

        def save(progress: Progress) -> None:
            # History first: after a kill between the two, resuming drops rows that are too new.
            frame = pl.DataFrame(rows, infer_schema_length=None)
            from_first(lambda: files.write_atomically(history, frame.write_csv))
            checkpoints.save(devices.whole(progress, like, mesh))

        def on_epoch(progress: Progress, row: dict[str, float]) -> None:
            nonlocal saved
            row |= {"valid": sign * row["valid"]} if "valid" in row else {}
            rows.append({"epoch": progress.epoch, "step": int(progress.state.step)} | row)
            bar.epoch(progress.epoch, row)
            if watch is not None:
                watch(Epoch(run.phase.name, progress.epoch, dict(row)))
            stop, due = from_first(
                lambda: (stop_signal(), time.perf_counter() - saved > SAVE_EVERY_SECONDS)
            )
            if due or stop:
                save(progress)
                saved = time.perf_counter()
            if stop:
                raise stop

        with bar, deferred_signals() as stop_signal:
            try:
                progress = fit(
                    lambda state: epoch(state, training.graph, tables),
                    progress,
                    validate=None if run.valid is None else validate,
                    on_epoch=on_epoch,
                    **until,
                )
            except Diverged as error:
                if run.phase is not phases.FIRST:
                    raise _phase_diverged(run, error) from error
                kept = checkpoints.epoch
                what = f"the checkpoint of epoch {kept}" if kept else "no checkpoint yet"
                found = manifest.Divergence(error.epoch, str(error))
                from_first(partial(manifest.note_divergence, run.folder, found))
                raise InputError(
                    f"{error}; {run.folder} holds {what}; train again with a lower "
                    f"--learning-rate (now {options.learning_rate}) into a new --out"
                ) from error
            save(progress)
            if stop := from_first(stop_signal):  # It came after the last epoch.
                raise stop
        trained = time.perf_counter() - compiled - evaluating
    return progress, Seconds(compiled - start, trained, evaluating)


def _phase_diverged(run: Run, error: Diverged) -> InputError:
    """The run has its measured parameters of before; to go without the phase is enough."""
    assert isinstance(run.options, TrainOptions)
    flag = "--no-" + run.phase.name
    return InputError(
        f"{run.phase.name}: {error}; finish without by jaxrec train --resume {flag} --out "
        f"{quote(str(run.folder))}, or train again with a lower --learning-rate "
        f"(now {run.options.learning_rate}) into a new --out"
    )


def _without_training(run: Run, begin: Callable[[], Progress]) -> tuple[Progress, Seconds]:
    """All the work is in the model's ``init``."""
    start = time.perf_counter()
    if run.phase is phases.FIRST:
        log.say(f"{run.options.model} is not trained: computing it")
    progress = jax.block_until_ready(begin())
    tables = progress.state.params.items()
    if broken := [name for name, table in tables if not np.isfinite(table).all()]:
        raise InputError(
            f"{run.options.model} came out with a {broken[0]} that is not finite; give other "
            f"options, such as a larger --l2 (jaxrec train --model {run.options.model} --help)"
        )
    with Checkpoints(run.folder / run.phase.checkpoint, run=run.number) as checkpoints:
        checkpoints.save(progress)
    return progress, Seconds(0.0, time.perf_counter() - start, 0.0)


def read_history(path: Path) -> pl.DataFrame:
    """History with a column ``valid``, null where nothing was measured.

    Raises:
      InputError: the file is missing or broken.
    """
    try:
        # From all rows: validations may begin behind any number of epochs.
        history = pl.read_csv(path, glob=False, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{path} is broken ({first}); train into a new --out") from error
    if "valid" in history.columns:
        return history
    return history.with_columns(valid=pl.lit(None, pl.Float64))


def _read_history(path: Path, epoch: int) -> list[dict[str, Any]]:
    kept = read_history(path).filter(pl.col("epoch") <= epoch)
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in kept.iter_rows(named=True)
    ]
