"""Fitting a run: epochs with a progress bar, validation, history and checkpoints."""

import time
from pathlib import Path
from typing import Any, NamedTuple

import jax
import polars as pl

from jaxrec.base import InputError
from jaxrec.commands import assemble, report, run_folder
from jaxrec.commands.config import TrainOptions
from jaxrec.evaluate import Slice, measure_model
from jaxrec.train import Checkpoints, Diverged, Progress, fit

SAVE_EVERY_SECONDS = 10.0
"""A kill loses at most so much training, or one epoch if that takes longer."""


class Run(NamedTuple):
    """One run: what it was told, where it goes, what it trains and what it is asked.

    Attributes:
      valid: None when there is no validation slice.
    """

    options: TrainOptions
    folder: Path
    data: run_folder.RunData
    training: assemble.Training
    valid: Slice | None
    test: Slice


class Seconds(NamedTuple):
    """Where the time went."""

    compile: float
    train: float
    evaluate: float


def fit_run(run: Run) -> tuple[Progress, Seconds]:
    """Trains ``run`` from its newest checkpoint, or from the start, to the end.

    Raises:
      InputError: training diverged, or the folder cannot be written.
    """
    options, training = run.options, run.training
    history = run.folder / "history.csv"
    progress, rows = assemble.first_progress(training, options.seed), []
    with Checkpoints(run.folder / "checkpoint") as checkpoints:
        if checkpoints.epoch is not None:
            progress = checkpoints.restore(progress)
            rows = _read_history(history, progress.epoch)
            report.say(f"resuming after epoch {progress.epoch}")
        metric = options.select if run.valid is not None else None
        bar = report.TrainingProgress(options.epochs, training.n_steps, metric, progress.epoch)
        likes = jax.tree.map(jax.numpy.asarray, training.likes)
        n_items = run.data.split.train.n_items
        start = time.perf_counter()
        epoch = assemble.build_epoch(options, training, n_items, bar.step)
        epoch = epoch.lower(progress.state, training.graph, likes).compile()
        compiled = time.perf_counter()
        evaluating, saved = 0.0, compiled
        encode = jax.jit(training.model.encode)

        def validate(params) -> float:
            nonlocal evaluating
            begin = time.perf_counter()
            assert run.valid is not None
            reps = encode(params, training.graph)
            measured = measure_model(training.model, reps, run.valid, options.k)
            evaluating += time.perf_counter() - begin
            return measured.mean[options.select]

        def save(progress: Progress) -> None:
            # History first: after a kill between the two, resuming drops rows that are too new.
            frame = pl.DataFrame(rows, infer_schema_length=None)
            run_folder.write_atomically(history, frame.write_csv)
            checkpoints.save(progress)

        def on_epoch(progress: Progress, row: dict[str, float]) -> None:
            nonlocal saved
            rows.append({"epoch": progress.epoch, "step": int(progress.state.step)} | row)
            bar.epoch(progress.epoch, row)
            if time.perf_counter() - saved > SAVE_EVERY_SECONDS:
                save(progress)
                saved = time.perf_counter()

        with bar:
            try:
                progress = fit(
                    lambda state: epoch(state, training.graph, likes),
                    progress,
                    n_epochs=options.epochs,
                    validate=None if run.valid is None else validate,
                    validate_every=options.validate_every,
                    patience=None if run.valid is None else options.patience,
                    on_epoch=on_epoch,
                )
            except KeyboardInterrupt:
                raise KeyboardInterrupt(
                    f"stopped; jaxrec train --resume --out {run.folder} goes on "
                    f"after epoch {checkpoints.epoch or 0}"
                ) from None
            except Diverged as error:
                kept = checkpoints.epoch
                what = f"the checkpoint of epoch {kept}" if kept else "no checkpoint yet"
                raise InputError(
                    f"{error}; {run.folder} holds {what}; "
                    f"lower --learning-rate (now {options.learning_rate})"
                ) from error
        save(progress)
        trained = time.perf_counter() - compiled - evaluating
    return progress, Seconds(compiled - start, trained, evaluating)


def read_history(path: Path) -> pl.DataFrame:
    """History with a column ``valid``, null where nothing was measured.

    Raises:
      InputError: the file is missing or broken.
    """
    try:
        history = pl.read_csv(path, glob=False)
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
