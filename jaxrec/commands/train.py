"""``jaxrec train``: from a file of interactions to a run folder."""

import dataclasses
from pathlib import Path

from jaxrec.base import InputError
from jaxrec.commands import assemble, fitting, report, results, run_folder
from jaxrec.commands.config import TrainOptions
from jaxrec.commands.load import load_run
from jaxrec.evaluate import questions

MAY_CHANGE = ("epochs", "data_dir")
"""Options that may differ when a run is resumed; it reads its own copy of the data."""


def train(options: TrainOptions) -> Path:
    """Trains, measures and writes a run; returns its folder.

    Raises:
      InputError: anything the user can repair, before any training.
    """
    folder = _resumed_folder(options) if options.resume else run_folder.choose(options)
    assemble.check_options(options)
    if options.resume:  # From its own copy of the data, so that nothing can have changed.
        data, about = run_folder.read_data(folder), run_folder.read_config(folder)[1]["data"]
    else:
        data, about = load_run(options)
    train = data.split.train
    if max(options.k) > train.n_items:
        raise InputError(
            f"--k is {max(options.k)} but the catalogue has {train.n_items} items; "
            f"lower --k and name one of its lengths in --select (now {options.select})"
        )
    training = assemble.build_training(options, train)
    asked = questions(data.split, data.repeats)
    run = fitting.Run(options, folder, data, training, asked.get("valid"), asked["test"])
    if options.resume:
        run_folder.reopen(folder, options, {"data": about})
    else:
        run_folder.create(folder, options, data, {"data": about})
    report.say(
        f"{about['name']}: {train.n_users:,} users, {train.n_items:,} items, "
        f"{len(train):,} training interactions -> {folder}"
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
