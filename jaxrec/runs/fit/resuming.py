"""A run that goes on: which options may differ, and where it begins."""

import dataclasses
from pathlib import Path
from typing import Any

from jaxrec.base import InputError
from jaxrec.data import Split, check
from jaxrec.runs.federated_options import epochs_of
from jaxrec.runs.fit import phases
from jaxrec.runs.options import RunOptions
from jaxrec.runs.store import manifest, run_folder
from jaxrec.tasks import Data, RunData
from jaxrec.train import newest_epoch

MAY_CHANGE = ("epochs", "refit", "fit_all", "data_dir", "devices")
"""Options that may differ when a run is resumed: phases come after what is trained, it reads its
own copy of the data, and checkpoints fit any devices."""


def resumes(options: RunOptions) -> bool:
    """Whether an older run is to go on."""
    return getattr(options, "resume", False)


def begins(options: RunOptions, split: Split) -> bool:
    """Whether a phase has no checkpoint to go on from, and so begins."""
    if not resumes(options):
        return True
    assert options.out is not None
    planned = phases.planned(options, split)
    return any(newest_epoch(Path(options.out) / one.checkpoint) is None for one in planned)


def check_resumed(options: RunOptions) -> Path:
    """The folder of the run to go on with.

    Raises:
      InputError: no run there, a broken one, or options that do not go on from it.
    """
    if options.out is None:
        raise InputError("--resume needs the run to go on with; add --out RUN")
    folder = Path(options.out)
    started, config = run_folder.read_config(folder)
    manifest.check(folder, config)
    names = [field.name for field in dataclasses.fields(started)]
    for name in sorted(names, key=lambda name: name != "model"):  # Of it all others depend.
        then, now = getattr(started, name), getattr(options, name, None)
        if then != now and name not in (*MAY_CHANGE, "out", "resume"):
            flag = "--" + name.replace("_", "-")
            raise InputError(
                f"{folder} was started with {flag} {then}, not {now}; leave {flag} out, "
                "or train into a new --out"
            )
    done, wanted = newest_epoch(folder / "checkpoint") or 0, epochs_of(options) or None
    schedule = getattr(started, "schedule", "constant")
    if schedule != "constant" and wanted != started.epochs:
        raise InputError(
            f"{folder} was started with --schedule {schedule} down to --epochs {started.epochs}, "
            f"not {wanted}; leave --epochs out, or train anew with --epochs {wanted} into "
            "another --out"
        )
    if wanted is not None and wanted < done:
        raise InputError(
            f"--epochs is {wanted} but {folder} has trained {done}; give as many or more"
        )
    found = manifest.divergence(folder)
    if found is not None and wanted is not None and wanted >= found.epoch:
        raise InputError(f"{folder} cannot go on: {run_folder.to_finish(folder, started)}")
    return folder


def read_resumed(options: RunOptions, folder: Path) -> tuple[Data, dict[str, Any]]:
    """The run's own copy of its data, which nothing can have changed, and what is known of them.

    Leak checks are made again, for ``--refit`` may have changed.
    """
    data, about = run_folder.read_data(folder), run_folder.read_config(folder)[1]["data"]
    if isinstance(data, RunData) and data.negatives is None:
        refits = phases.measured(options, data.split) is phases.REFIT
        now = {each.name: dataclasses.asdict(each) for each in check(data.split, refits)}
        about["leaks"] = [now.get(each["name"], each) for each in about["leaks"]]
    return data, about
