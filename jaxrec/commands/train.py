"""``jaxrec train``: from a file of interactions to a run folder."""

import dataclasses
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import polars as pl

from jaxrec.base import InputError
from jaxrec.commands import assemble, curves, measure, report, run_folder
from jaxrec.commands.config import TrainOptions
from jaxrec.commands.load import load_dataset, load_split
from jaxrec.commands.recommend import recommendations
from jaxrec.data import check, fingerprint
from jaxrec.evaluate import METRICS
from jaxrec.train import Checkpoints, Diverged, Progress, fit

VERSIONS = ("jaxrec", "jax", "jaxlib", "numpy", "optax")
SAVE_EVERY_SECONDS = 10.0
"""At most so much training is lost to a kill, or one epoch if that takes longer."""


def train(options: TrainOptions) -> Path:
    """Trains, measures and writes a run; returns its folder.

    Raises:
      InputError: anything the user can repair, before any long work.
    """
    folder = _folder(options)
    _check_metrics(options)
    dataset = load_dataset(options.data, options)
    split = load_split(dataset, options)
    data = run_folder.RunData(
        split, dataset.user_ids, dataset.item_ids, dataset.titles, dataset.repeats
    )
    about = {
        "fingerprint": fingerprint(dataset.interactions),
        "counts": dataset.counts,
        "interactions": {
            "train": len(split.train),
            "valid": len(split.valid),
            "test": len(split.test),
        },
    }
    if max(options.k) > dataset.interactions.n_items:
        raise InputError(
            f"--k is {max(options.k)} but the catalogue has {dataset.interactions.n_items} items"
        )
    training = assemble.build_training(options, split.train)
    if not options.resume:
        run_folder.create(folder, options, data, {"data": about})
    else:
        _same_data(folder, about)
    run = _Run(options, folder, data, training, about)
    report.say(
        f"{dataset.name}: {dataset.interactions.n_users:,} users, "
        f"{dataset.interactions.n_items:,} items, {len(split.train):,} training interactions "
        f"-> {folder}"
    )
    progress = run.fit()
    run.finish(progress, dataset.name, check(split))
    return folder


class _Run:
    """One training on its way: the pieces that fitting and finishing share."""

    def __init__(self, options, folder: Path, data, training: assemble.Training, about):
        self.options, self.folder, self.data = options, folder, data
        self.training, self.about = training, about
        split = data.split
        self.valid = (
            measure.slice_of(split.train, split.train, split.valid, data.repeats)
            if len(split.valid)
            else None
        )
        past = measure.join(split.train, split.valid)
        self.test = measure.slice_of(split.train, past, split.test, data.repeats)
        self.seconds = {"compile": 0.0, "train": 0.0, "evaluate": 0.0}
        self.encode = jax.jit(training.model.encode)
        self.history = folder / "history.csv"

    def measure(self, params, question: measure.Slice) -> measure.Measured:
        reps = self.encode(params, self.training.graph)
        return measure.measure_model(self.training.model, reps, question, self.options.k)

    def validate(self, params) -> float:
        assert self.valid is not None
        start = time.perf_counter()
        value = self.measure(params, self.valid).mean[self.options.select]
        self.seconds["evaluate"] += time.perf_counter() - start
        return value

    def fit(self) -> Progress:
        options, training = self.options, self.training
        progress = assemble.first_progress(training, options.seed)
        rows: list[dict[str, Any]] = []
        with Checkpoints(self.folder / "checkpoint") as checkpoints:
            if checkpoints.epoch is not None:
                progress = checkpoints.restore(progress)
                rows = _read_history(self.history, progress.epoch)
                report.say(f"resuming after epoch {progress.epoch}")
            metric = options.select if self.valid is not None else None
            bar = report.TrainingProgress(options.epochs, training.n_steps, metric, progress.epoch)
            arrays = jax.tree.map(jax.numpy.asarray, (training.graph, training.likes))
            start = time.perf_counter()
            run = assemble.build_epoch(options, training, self.data.split.train.n_items, bar.step)
            run = run.lower(progress.state, *arrays).compile()
            self.seconds["compile"] = time.perf_counter() - start
            saved = time.perf_counter()

            def on_epoch(progress: Progress, row: dict[str, float]) -> None:
                nonlocal saved
                rows.append({"epoch": progress.epoch, "step": int(progress.state.step)} | row)
                bar.epoch(progress.epoch, row)
                if time.perf_counter() - saved > VERSIONS = ("jaxrec", "jax", "jaxlib", "numpy", "optax")
SAVE_EVERY_SECONDS:
                    self.save(checkpoints, progress, rows)
                    saved = time.perf_counter()

            start = time.perf_counter()
            with bar:
                try:
                    progress = fit(
                        lambda state: run(state, *arrays),
                        progress,
                        n_epochs=options.epochs,
                        validate=None if self.valid is None else self.validate,
                        validate_every=options.validate_every,
                        patience=options.patience if self.valid is not None else None,
                        on_epoch=on_epoch,
                    )
                except Diverged as error:
                    kept = checkpoints.epoch
                    what = f"the checkpoint of epoch {kept}" if kept else "no checkpoint"
                    raise InputError(
                        f"{error}; {self.folder} keeps {what}; "
                        f"lower --learning-rate (now {options.learning_rate})"
                    ) from error
            self.seconds["train"] = time.perf_counter() - start - self.seconds["evaluate"]
            self.save(checkpoints, progress, rows)
        return progress

    def save(self, checkpoints: Checkpoints, progress: Progress, rows) -> None:
        # History first: after a kill between the two, resuming drops the rows that are too new.
        frame = pl.DataFrame(rows, infer_schema_length=None)
        run_folder.write_atomically(self.history, frame.write_csv)
        checkpoints.save(progress)

    def finish(self, progress: Progress, name: str, findings) -> None:
        options, params = self.options, progress.best_params
        start = time.perf_counter()
        test = self.measure(params, self.test)
        valid = self.measure(params, self.valid).mean if self.valid is not None else {}
        baselines = measure.measure_baselines(self.test, options.k)
        self.seconds["evaluate"] += time.perf_counter() - start
        results = {
            "data": {"name": name}
            | self.about
            | {
                "split": self.data.split.method,
                "repeats": "kept" if self.data.repeats else "dropped",
                "users_tested": len(self.test.users),
                "leaks": [dataclasses.asdict(finding) for finding in findings],
            },
            "model": {"name": options.model, "epoch": progress.best_epoch},
            "seed": options.seed,
            "valid": valid,
            "test": test.mean,
            "baselines": {name: measured.mean for name, measured in baselines.items()},
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
            "versions": {name: version(name) for name in VERSIONS}
            | {"python": platform.python_version()},
            "device": jax.devices()[0].device_kind,
        }
        ids = self.data.user_ids.gather(self.test.users).rename("user")
        vectors = pl.DataFrame([ids]).with_columns(
            **{name: pl.Series(vector) for name, vector in test.per_user.items()}
        )
        run_folder.write_atomically(self.folder / "per_user.parquet", vectors.write_parquet)
        self.draw()
        run_folder.write_json(self.folder / "metrics.json", results)
        self.show(results, findings)

    def draw(self) -> None:
        levels = {}
        if self.valid is not None:
            measured = measure.measure_baselines(self.valid, self.options.k)
            levels = {name: m.mean[self.options.select] for name, m in measured.items()}
        history = _with_valid(pl.read_csv(self.history))
        curves.draw(history, self.folder / "curves.png", self.options.select, levels)

    def show(self, results: dict[str, Any], findings) -> None:
        options = self.options
        rows = {options.model: results["test"]} | results["baselines"]
        split = self.data.split
        title = (
            f"Test slice: {len(split.test):,} interactions of {len(self.test.users):,} users, "
            f"split {split.method}; best epoch {results['model']['epoch']}"
        )
        report.out.print(report.metric_table(rows, title, report.columns_shown(options.k)))
        report.out.print(report.leak_lines(findings), soft_wrap=True)
        few = self.test.users[:3]
        frame = recommendations(self.folder, self.data.user_ids.gather(few), k=5)
        report.out.print(report.frame_table(frame, "Recommendations for three users"))
        seconds = ", ".join(f"{name} {value:.1f}" for name, value in results["seconds"].items())
        report.out.print(
            f"Seconds on {results['device']}: {seconds}\n"
            f"Next: jaxrec recommend {self.folder} --all --out recommendations.csv",
            soft_wrap=True,
        )


def _folder(options: TrainOptions) -> Path:
    if not options.resume:
        return run_folder.choose(options)
    if options.out is None:
        raise InputError("--resume needs the run to go on with; add --out RUN")
    folder = Path(options.out)
    started, _ = run_folder.read_config(folder)
    now = dataclasses.replace(options, resume=False, out=started.out)
    for field in dataclasses.fields(TrainOptions):
        then, given = getattr(started, field.name), getattr(now, field.name)
        if then != given and field.name not in ("epochs", "data_dir"):
            flag = "--" + field.name.replace("_", "-")
            raise InputError(
                f"{folder} was started with {flag} {then}, not {given}; leave {flag} out, "
                "or train into a new --out"
            )
    return folder


def _check_metrics(options: TrainOptions) -> None:
    if not options.k or min(options.k) < 1:
        raise InputError(f"--k is {options.k}; give one or more numbers of 1 or more")
    known = [f"{name}@{k}" for k in options.k for name in METRICS]
    if options.select not in known:
        raise InputError(f"--select is {options.select}; choose one of {', '.join(known)}")


def _same_data(folder: Path, about: dict[str, Any]) -> None:
    _, config = run_folder.read_config(folder)
    if config["data"]["fingerprint"] != about["fingerprint"]:
        raise InputError(
            f"the data changed since {folder} began: {config['data']['fingerprint']} then, "
            f"{about['fingerprint']} now; restore the file or train into a new --out"
        )


def _with_valid(history: pl.DataFrame) -> pl.DataFrame:
    if "valid" in history.columns:
        return history
    return history.with_columns(valid=pl.lit(None, pl.Float64))


def _read_history(path: Path, epoch: int) -> list[dict[str, Any]]:
    history = _with_valid(pl.read_csv(path)).filter(pl.col("epoch") <= epoch)
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in history.iter_rows(named=True)
    ]
