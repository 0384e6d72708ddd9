"""``jaxrec train``: from a file of interactions to a run folder."""

import dataclasses
from pathlib import Path
from typing import Any

from jaxrec.base import InputError
from jaxrec.commands import assemble, fitting, report, results, run_folder
from jaxrec.commands.config import TrainOptions
from jaxrec.commands.load import load_dataset, load_split
from jaxrec.data import fingerprint

MAY_CHANGE = ("epochs", "data_dir")
"""Options that may differ when a run is resumed: how long, and where the data lie."""


def train(options: TrainOptions) -> Path:
    """Trains, measures and writes a run; returns its folder.

    Raises:
      InputError: anything the user can repair, before any long work.
    """
    folder = _resumed_folder(options) if options.resume else run_folder.choose(options)
    assemble.check_options(options)
    dataset = load_dataset(options.data, options)
    split = load_split(dataset, options)
    n_items = dataset.interactions.n_items
    if max(options.k) > n_items:
        raise InputError(f"--k is {max(options.k)} but the catalogue has {n_items} items")
    data = run_folder.RunData(
        split, dataset.user_ids, dataset.item_ids, dataset.titles, dataset.repeats
    )
    about = {
        "name": dataset.name,
        "fingerprint": fingerprint(dataset.interactions),
        "counts": dataset.counts,
        "train": len(split.train),
        "valid": len(split.valid),
        "test": len(split.test),
    }
    training = assemble.build_training(options, split.train)
    run = fitting.Run(options, folder, data, training, *fitting.questions(data))
    if options.resume:
        _check_same_data(folder, about)
    else:
        run_folder.create(folder, options, data, {"data": about})
    report.say(
        f"{dataset.name}: {dataset.interactions.n_users:,} users, {n_items:,} items, "
        f"{len(split.train):,} training interactions -> {folder}"
    )
    progress, seconds = fitting.fit_run(run)
    results.finish(run, progress, about, seconds)
    return folder


def _resumed_folder(options: TrainOptions) -> Path:
    if options.out is None:
        raise InputError("--resume needs the run to go on with; add --out RUN")
    folder = Path(options.out)
    started, _ = run_folder.read_config(folder)
    for field in dataclasses.fields(TrainOptions):
        then, now = getattr(started, field.name), getattr(options, field.name)
        if then != now and field.name not in (*MAY_CHANGE, "out", "resume"):
            flag = "--" + field.name.replace("_", "-")
            raise InputError(
                f"{folder} was started with {flag} {then}, not {now}; leave {flag} out, "
                "or train into a new --out"
            )
    return folder


def _check_same_data(folder: Path, about: dict[str, Any]) -> None:
    _, config = run_folder.read_config(folder)
    then, now = config["data"]["fingerprint"], about["fingerprint"]
    if then != now:
        raise InputError(
            f"the data changed since {folder} began: {then} then, {now} now; "
            "restore the file or train into a new --out"
        )
