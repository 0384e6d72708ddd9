"""The end of a run: measure the best parameters, write the results, show them."""

import platform
import time
from importlib.metadata import version
from typing import Any

import jax
import polars as pl

from jaxrec.commands import curves, files, report, run_folder
from jaxrec.commands.answers import recommendations
from jaxrec.commands.behind import behind_lines
from jaxrec.commands.fitting import Run, Seconds, read_history
from jaxrec.commands.serving import Served
from jaxrec.commands.training_options import TrainOptions
from jaxrec.data import Finding
from jaxrec.evaluate import measure_baselines, measure_model, standard_errors
from jaxrec.train import Progress
from jaxrec.train.hosts import from_first

VERSIONS = ("jaxrec", "jax", "jaxlib", "numpy", "optax")
N_SHOWN = 3


def finish(run: Run, progress: Progress, about: dict[str, Any], seconds: Seconds) -> None:
    """Measures, writes metrics.json, per_user.parquet and curves.png, and prints the tables.

    All processes encode; the first does the rest.
    """
    start = time.perf_counter()
    reps = run.encode(progress.best_params)
    from_first(lambda: _finish(run, reps, progress.best_epoch, about, seconds, start))


def _finish(
    run: Run, reps: Any, best_epoch: int, about: dict[str, Any], seconds: Seconds, start: float
) -> None:
    model = run.training.model
    with report.RankingProgress("measuring the test slice") as progress:
        test = measure_model(model, reps, run.test, run.options.k, progress)
    with report.RankingProgress("measuring the baselines") as progress:
        baselines = measure_baselines(run.test, run.options.k, progress)
    valid, levels = {}, {}
    if run.valid is not None:
        with report.RankingProgress("measuring the validation slice") as progress:
            valid = measure_model(model, reps, run.valid, run.options.k, progress).mean
        measured = measure_baselines(run.valid, run.options.k)
        levels = {name: system.mean[run.options.select] for name, system in measured.items()}
    seconds = seconds._replace(evaluate=seconds.evaluate + time.perf_counter() - start)
    results = {
        "data": about | {"users_tested": len(run.test.users)},
        "model": {"name": run.options.model, "epoch": best_epoch},
        "seed": run.options.seed,
        "valid": valid,
        "test": test.mean,
        "baselines": {name: system.mean for name, system in baselines.items()},
        "seconds": {name: round(value, 3) for name, value in seconds._asdict().items()},
        "versions": {name: version(name) for name in VERSIONS}
        | {"python": platform.python_version()},
        "device": jax.devices()[0].device_kind,
    }
    if run.options.test_users is not None:
        results["test_standard_error"] = standard_errors(test)
    if (mesh := run.training.mesh) is not None:
        results |= {"devices": tuple(mesh.shape.values()), "processes": jax.process_count()}
    users = run.data.user_ids.gather(run.test.users).rename("user")
    vectors = pl.DataFrame([users]).with_columns(
        **{name: pl.Series(vector) for name, vector in test.per_user.items()}
    )
    files.write_atomically(run.folder / "per_user.parquet", vectors.write_parquet)
    if isinstance(run.options, TrainOptions):
        history = read_history(run.folder / "history.csv")
        curves.draw(history, run.folder / "curves.png", run.options.select, levels)
    run_folder.finish(run.folder, results)
    leaks = [Finding(**finding) for finding in about["leaks"]]
    served = Served(run.data, model, reps)
    report.tell_alike(test.n_alike, len(run.test.users), "test")
    _show(run, served, results, report.leak_lines(leaks))
    for line in behind_lines(run.options.model, test, baselines, run.options.select, "test"):
        report.say(line)


def _show(run: Run, served: Served, results: dict[str, Any], leaks: str) -> None:
    title = (
        f"Test slice: {run.test.n_measured:,} user-item pairs of {len(run.test.users):,} users, "
        f"split {results['data']['split']}"
    )
    if isinstance(run.options, TrainOptions):
        title += f"; best epoch {results['model']['epoch']}"
    rows = {run.options.model: results["test"]} | results["baselines"]
    columns = report.columns_shown(run.options.k)
    report.out.print(report.metric_table(rows, title, columns))
    if "test_standard_error" in results:
        report.tell_errors(results["test_standard_error"], columns)
    report.out.print(leaks, soft_wrap=True, markup=False)
    few = run.data.user_ids.gather(run.test.users).sort().head(N_SHOWN)
    frame = recommendations(served, few, k=min(5, len(run.data.item_ids)))
    report.out.print(report.frame_table(frame, f"Recommendations for {len(few)} users"))
    spent = ", ".join(f"{name} {value:.1f}" for name, value in results["seconds"].items())
    report.out.print(f"Seconds on {results['device']}: {spent}", soft_wrap=True, markup=False)
