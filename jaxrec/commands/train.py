"""``jaxrec train``: from a file of interactions to a run folder."""

import dataclasses
from pathlib import Path
from typing import Any

from jaxrec.base import InputError
from jaxrec.commands import checks, fitting, report, results, run_folder
from jaxrec.commands.devices import encoder
from jaxrec.commands.load import load_run
from jaxrec.commands.training import build_training
from jaxrec.commands.training_options import RunOptions
from jaxrec.evaluate import questions
from jaxrec.train import newest_epoch
from jaxrec.train.hosts import from_first, is_first

MAY_CHANGE = ("epochs", "data_dir", "devices")
"""Options that may differ when a run is resumed: it reads its own copy of the data, and
checkpoints fit any devices."""


def train(options: RunOptions) -> Path:
    """Trains, measures and writes a run; returns its folder.

    Of several processes (``train.hosts``) all train, and the first alone reads, writes and prints.

    Raises:
      InputError: anything the user can repair, before any training.
    """
    if not is_first():
        report.silence()
    folder, data, about = from_first(lambda: _open(options))
    train = data.split.train
    if max(options.k) > train.n_items:
        raise InputError(
            f"--k is {max(options.k)} but the catalogue has {train.n_items} items; "
            f"lower --k and name one of its lengths in --select (now {options.select})"
        )
    if (size := getattr(options, "batch_size", 0)) > len(train):
        report.say(
            f"--batch-size {size} is more than the {len(train)} training interactions; a step "
            f"draws {len(train)}"
        )
    training = build_training(options, train, knowledge=data.knowledge)
    asked = questions(data.split, data.repeats)
    encode = encoder(training.model, training.graph, training.mesh, train.n_users, train.n_items)
    run = fitting.Run(options, folder, data, training, encode, asked.get("valid"), asked["test"])
    if resumes(options):
        from_first(lambda: run_folder.reopen(folder, options, {"data": about}))
    else:
        from_first(lambda: run_folder.create(folder, options, data, {"data": about}))
    report.say(
        f"{about['name']}: {train.n_users:,} users, {train.n_items:,} items, "
        f"{len(train):,} training interactions -> {folder}"
    )
    progress, seconds = fitting.fit_run(run)
    results.finish(run, progress, about, seconds)
    return folder


def resumes(options: RunOptions) -> bool:
    """Whether an older run is to go on."""
    return getattr(options, "resume", False)


def _open(options: RunOptions) -> tuple[Path, run_folder.RunData, dict[str, Any]]:
    """The run's folder and data, read before anything is written."""
    folder = _resumed_folder(options) if resumes(options) else run_folder.choose(options)
    checks.check_options(options)
    if resumes(options):  # From its own copy of the data, so that nothing can have changed.
        return folder, run_folder.read_data(folder), run_folder.read_config(folder)[1]["data"]
    return folder, *load_run(options)


def _resumed_folder(options: RunOptions) -> Path:
    if options.out is None:
        raise InputError("--resume needs the run to go on with; add --out RUN")
    folder = Path(options.out)
    started, _ = run_folder.read_config(folder)
    names = [field.name for field in dataclasses.fields(started)]
    for name in sorted(names, key=lambda name: name != "model"):  # Of it all others depend.
        then, now = getattr(started, name), getattr(options, name, None)
        if then != now and name not in (*MAY_CHANGE, "out", "resume"):
            flag = "--" + name.replace("_", "-")
            raise InputError(
                f"{folder} was started with {flag} {then}, not {now}; leave {flag} out, "
                "or train into a new --out"
            )
    done, wanted = newest_epoch(folder / "checkpoint") or 0, getattr(options, "epochs", None)
    if wanted is not None and wanted < done:
        raise InputError(
            f"--epochs is {wanted} but {folder} has trained {done}; give as many or more"
        )
    return folder
