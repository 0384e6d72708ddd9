"""From a file, or a data set, to a run folder."""

import dataclasses
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple

from jaxrec.base import InputError
from jaxrec.runs import checks, log
from jaxrec.runs.federated_options import epochs_of
from jaxrec.runs.fit import fitting, phases, results
from jaxrec.runs.fit.choosing import choice_line, choose
from jaxrec.runs.fit.federated import privacy_line
from jaxrec.runs.fit.phase_run import Run, build
from jaxrec.runs.fit.resuming import begins, check_resumed, read_resumed, resumes
from jaxrec.runs.fit.starting import check_start, read_start
from jaxrec.runs.fit.training import say_rank
from jaxrec.runs.load import Given, load_run
from jaxrec.runs.options import RunOptions, TrainOptions
from jaxrec.runs.progress import silence
from jaxrec.runs.store import run_folder
from jaxrec.runs.store.files import alone
from jaxrec.runs.unread import without_unread
from jaxrec.tasks import Data, NodeData, RunData
from jaxrec.train import newest_epoch
from jaxrec.train.hosts import from_first, is_first


class Fitted(NamedTuple):
    """A run that has been trained, measured and written.

    Attributes:
      folder: where it lies.
      last: the last phase, which answers.
      reps: what scoring reads, of that phase.
      phases: what every phase came to, in order.
      results: what metrics.json holds.
      warnings: a line for every baseline that the model is not above.
    """

    folder: Path
    last: Run
    reps: Any
    phases: Sequence[results.Found]
    results: dict[str, Any]
    warnings: list[str]


def train(
    options: RunOptions, dataset: Given = None, on_epoch: fitting.OnEpoch | None = None
) -> Fitted:
    """Trains, measures and writes a run.

    Args:
      dataset: what was read already, in place of ``options.data``, which names it then.
      on_epoch: called after every epoch.

    Of several processes (``train.hosts``) all train, and the first alone reads, writes and prints.

    Raises:
      InputError: anything the user can repair, before any training.
    """
    if not is_first():
        silence()
    with ExitStack() as held:  # The folder, until the end.
        return _train(checks.with_lengths(options), held, dataset, on_epoch)


def _train(
    options: RunOptions, held: ExitStack, dataset: Given, on_epoch: fitting.OnEpoch | None
) -> Fitted:
    data, about = from_first(lambda: _open(options, held, dataset))
    train = data.split.train
    options = checks.with_lengths(options, data.n_candidates)
    checks.check_lengths(options, data)
    if isinstance(options, TrainOptions) and not len(data.split.valid):
        _without_validation(options)
    if not isinstance(options, TrainOptions):
        say_rank(options, train)
        options, chosen = choose(options, data)
        about |= {"chosen": chosen} if chosen else {}
    n_epochs, found = epochs_of(options), []
    run = build(options, data, phases.FIRST, n_epochs)
    start = read_start(options, data, run.training) if begins(options, data.split) else None
    folder = from_first(lambda: _write(options, held, data, {"data": about}))
    number = from_first(lambda: run_folder.read_config(folder)[1].get("run"))
    for line in [] if resumes(options) else about["reading"]:
        log.say(line)
    if "chosen" in about:
        log.say(choice_line(about["chosen"]))
    n_rows, learned = len(data.rows.train), f"{len(train):,} training {data.EXAMPLES}"
    learned += f" and {n_rows - len(train):,} pairs of label 0" if data.negatives else ""
    size = getattr(options, "batch_size", 0)
    if size > n_rows and not isinstance(data, NodeData):  # There all at once is usual.
        log.say(f"--batch-size {size} is more than the {learned}; a step draws {n_rows}")
    if isinstance(data, RunData) and data.low_rated is not None and data.hidden is not None:
        # What goes with an item is measured over all users.
        measured = " and of what is measured" if run.task.by_items is None else ""
        log.say(
            f"{len(data.hidden):,} pairs rated below --min-rating count as seen: they are left out "
            f"of lists{measured} (--low-rated show lets them in)"
        )
    sizes = (f"{size:,} {what}" for size, what in zip(train.sizes, data.SIZES, strict=True))
    log.say(f"{about['name']}: {', '.join(sizes)}, {learned} -> {folder}")
    if getattr(options, "rounds", 0):
        log.say(privacy_line(options, run.training.tables, n_epochs))
        if len(data.split.valid):
            log.say(
                "no refit, which would spend the clients' privacy again: "
                f"{len(data.split.valid):,} validation {data.EXAMPLES} choose the round and are "
                "not learned from"
            )
    if start is not None:
        start.tell(about["fingerprint"])
    phase, reps = phases.FIRST, None
    try:
        for phase in phases.planned(options, data.split):
            if found:
                del run, reps  # Two graphs at once may not fit.
                run = build(options, data, phase, n_epochs)
                log.say(phase.summary(n_epochs, len(run.data.split.train), data.EXAMPLES))
            training = run.training if start is None else start.of(run.training)
            run = run._replace(training=training, folder=folder, number=number)
            progress, seconds = fitting.fit_run(run, on_epoch)
            reps, one = results.measure(run, progress, seconds)
            n_epochs, found = one.epoch, [*found, one]
            del progress  # With it goes the optimizer's state.
        written, warnings = results.finish(run, found, about)
    except KeyboardInterrupt as stop:
        if not isinstance(options, TrainOptions):  # There is nothing to resume.
            raise
        raise type(stop)(
            f"stopped; jaxrec train --resume --out {quote(str(folder))} goes on after "
            f"{phase.epoch} {newest_epoch(folder / phase.checkpoint) or 0}"
        ) from None
    return Fitted(folder, run, reps, found, written, warnings)


def _without_validation(options: TrainOptions) -> None:
    """Says why the last epoch will be kept; refuses what would have chosen another.

    Told when the data are read: a split that they fix may bring a validation slice of its own.

    Raises:
      InputError: an option that only a validation slice has use for.
    """
    if options.valid_fraction > 0:
        log.say(
            f"--valid-fraction {options.valid_fraction} holds nothing out of so few interactions; "
            "without a validation slice the last epoch is kept"
        )
    elif not options.resume:  # Older versions let them pass.
        usual = {field.name: field.default for field in dataclasses.fields(options)}
        for name in ("patience", "validate_every"):
            value, flag = getattr(options, name), "--" + name.replace("_", "-")
            if value != usual[name] and value < epochs_of(options):
                raise InputError(
                    f"{flag} is {value}, but without a validation slice nothing reads it; leave "
                    f"{flag} out, or give --valid-fraction above 0"
                )


def _open(options: RunOptions, held: ExitStack, dataset: Given) -> tuple[Data, dict[str, Any]]:
    """The run's data, read before anything is written."""
    if not resumes(options):
        run_folder.choose(options)  # What cannot be is told now; it is made when the data are good.
        checks.check_options(options)
        check_start(options)
        return load_run(options, dataset)
    folder = check_resumed(options)
    held.enter_context(alone(folder))
    checks.check_options(without_unread(options))  # Older versions let some of them pass.
    return read_resumed(options, folder)


def _write(options: RunOptions, held: ExitStack, data: Data, about: dict[str, Any]) -> Path:
    """The run's folder, with all that is known before training."""
    if resumes(options):
        assert options.out is not None
        folder = Path(options.out)
        run_folder.reopen(folder, options, about)
    else:
        folder = run_folder.claim(options, held)
        run_folder.create(folder, options, data, about)
    return folder
