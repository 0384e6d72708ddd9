"""The end of a run: measure the best parameters, write the results, show them."""

import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

import jax
import polars as pl

from jaxrec.evaluate import Measured, standard_errors
from jaxrec.runs import log
from jaxrec.runs.behind import behind_lines, followable
from jaxrec.runs.fit import curves
from jaxrec.runs.fit.federated import account, privacy_line
from jaxrec.runs.fit.fitting import Run, Seconds, read_history
from jaxrec.runs.fit.phases import Phase
from jaxrec.runs.held_friends import MeasuredFriends, measure_friends
from jaxrec.runs.options import TrainOptions
from jaxrec.runs.progress import RankingProgress
from jaxrec.runs.store import files, run_folder
from jaxrec.tasks import FRIENDS
from jaxrec.train import Progress
from jaxrec.train.hosts import from_first

VERSIONS = ("jaxrec", "jax", "jaxlib", "numpy", "optax")


class Measures(NamedTuple):
    """What a model and the baselines are worth on a slice.

    Attributes:
      queries: ids, a row a query, in the order of what was measured.
      asked: how much is asked of whom, in words.
    """

    queries: pl.DataFrame
    asked: str
    model: Measured
    baselines: dict[str, Measured]


class Found(NamedTuple):
    """What one phase of a run came to.

    Attributes:
      epoch: the one whose parameters it keeps; 0 without training.
      n_rows: interactions, or facts, learned from.
      valid: None where the phase has no validation slice, or learned from it.
      test: None but of the phase that the test slice measures.
      friends: what held-out links measure in that phase, if any are.
    """

    phase: Phase
    epoch: int
    n_rows: int
    rows: str
    seconds: Seconds
    valid: Measures | None
    test: Measures | None
    friends: MeasuredFriends | None = None

    @property
    def summary(self) -> str:
        """What the phase was, in a line."""
        return self.phase.summary(self.epoch, self.n_rows, self.rows)


Written = tuple[dict[str, Any], list[str]]
"""What metrics.json holds, and a line for every baseline that the model is not above."""


def measure(run: Run, progress: Progress, seconds: Seconds) -> tuple[Any, Found]:
    """Encodes a phase's parameters, and measures them on the slices that it has.

    All processes encode; the first measures.
    """
    start = time.perf_counter()
    reps = run.encode(progress.best_params)

    def found() -> Found:
        valid, test = _measure(run, reps, "validation"), _measure(run, reps, "test")
        spent = seconds.evaluate + time.perf_counter() - start
        learned = len(run.data.split.train), run.data.EXAMPLES
        spent = seconds._replace(evaluate=spent)
        friends = None
        if run.friends is not None:
            asked = run.friends, run.data, run.options
            friends = measure_friends(run.training.model, reps, *asked)
        return Found(run.phase, progress.best_epoch, *learned, spent, valid, test, friends)

    return reps, from_first(found)


def _measure(run: Run, reps: Any, part: str) -> Measures | None:
    asked, task = run.test if part == "test" else run.valid, run.task
    if asked is None:
        return None
    with RankingProgress(f"measuring the {part} slice", task.counts) as bar:
        model = task.measure(run.training.model, reps, asked, run.options, bar)
    with RankingProgress("measuring the baselines", task.counts) as bar:
        baselines = task.baselines(asked, run.options, bar)
    return Measures(task.queries(asked, run.data), task.asked(asked), model, baselines)


def finish(run: Run, found: Sequence[Found], about: dict[str, Any]) -> Written:
    """Writes per_user.parquet, per_user_friends.parquet, curves.png and metrics.json.

    Args:
      run: the last phase.
      found: what every phase came to, in order.
    """
    return from_first(lambda: _finish(run, found, about))


def _finish(run: Run, found: Sequence[Found], about: dict[str, Any]) -> Written:
    first, *later = found
    test = next(one.test for one in found if one.test is not None)
    extents = {"refit": None, "fit_all": None} | {
        one.phase.key: {"epochs": one.epoch, one.rows: one.n_rows} for one in later
    }
    results = {
        "data": about | {f"{run.task.counts}_tested": len(test.queries)},
        "model": {"name": run.options.model, "epoch": first.epoch},
        **extents,
        "seed": run.options.seed,
        "valid": {} if first.valid is None else first.valid.model.mean,
        "test": test.model.mean,
        "baselines": {name: system.mean for name, system in test.baselines.items()},
        "seconds": _seconds(found),
        "versions": {name: version(name) for name in VERSIONS}
        | {"python": platform.python_version()},
        "device": jax.devices()[0].device_kind,
    }
    friends = next((one.friends for one in found if one.friends is not None), None)
    if friends is not None:
        rows = {run.options.model: friends.model} | friends.baselines
        results["friends"] = {name: system.mean for name, system in rows.items()}
        _write_vectors(run, "per_user_friends.parquet", friends.queries, friends.model)
    if run.options.test_users is not None:
        results["test_standard_error"] = standard_errors(test.model)
    if (mesh := run.training.mesh) is not None:
        results |= {"devices": tuple(mesh.shape.values()), "processes": jax.process_count()}
    if getattr(run.options, "rounds", 0):
        n_rounds = len(read_history(run.folder / first.phase.history))
        results["federated"] = account(
            run.options, run.training.tables, n_rounds, run.training.model
        )
        log.say(privacy_line(run.options, run.training.tables, n_rounds))
    _write_vectors(run, "per_user.parquet", test.queries, test.model)
    if isinstance(run.options, TrainOptions):
        _draw(run, found)
    run_folder.finish(run.folder, results, [one.phase for one in later])
    log.tell_alike(test.model.n_alike, len(test.queries), "test")
    asked = test.model, test.baselines, run.options.select, "test"
    lines = behind_lines(run.options.model, *asked, followable(run.task, run.options))
    if friends is not None:
        asked = friends.model, friends.baselines, f"recall@{max(run.options.k)}", "links", FRIENDS
        lines += behind_lines(run.options.model, *asked)
    return results, lines


def _write_vectors(run: Run, name: str, queries: pl.DataFrame, measured: Measured) -> None:
    """Every query's ids and metrics, a row a query."""
    vectors = {
        metric: pl.Series(vector).fill_nan(None) for metric, vector in measured.per_user.items()
    }
    files.write_atomically(run.folder / name, queries.with_columns(**vectors).write_parquet)


def _seconds(found: Sequence[Found]) -> dict[str, float]:
    """Of the first phase by what it did, of measuring in all, and of each other phase."""
    first, *later = found
    seconds = first.seconds._asdict() | {"evaluate": sum(one.seconds.evaluate for one in found)}
    seconds |= {one.phase.key: one.seconds.compile + one.seconds.train for one in later}
    return {name: round(value, 3) for name, value in seconds.items()}


def _draw(run: Run, found: Sequence[Found]) -> None:
    first, *later = [read_history(run.folder / one.phase.history) for one in found]
    levels, select = {}, run.options.select
    if (valid := found[0].valid) is not None:
        levels = {name: system.mean[select] for name, system in valid.baselines.items()}
    losses = {one.summary: each for one, each in zip(found[1:], later, strict=True)}
    curves.draw(first, run.folder / "curves.png", select, levels, losses)
