"""``jaxrec tune``: the options of a model that are best on the validation slice."""

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.runs import log
from jaxrec.runs.behind import advice
from jaxrec.runs.checks import check_lengths, with_lengths
from jaxrec.runs.fit import trial as trials
from jaxrec.runs.fit.trial import Found
from jaxrec.runs.load import load_run
from jaxrec.runs.options import RunOptions
from jaxrec.runs.store.files import alone, make, write_atomically, write_json
from jaxrec.search import (
    picture,
    store,
    study as studies,
    trial_options,
    trial_table,
)
from jaxrec.search.space import read_space
from jaxrec.search.study import Study
from jaxrec.train import Diverged

Find = Callable[[RunOptions, Callable[[int, float], None]], Found]


class Search(NamedTuple):
    """What a search came to.

    Attributes:
      rows: a trial each, in order: its number, state, value, epoch, what was tried, seconds.
      select: the validation metric that the trials were compared by.
      lower_is_better: whether that is an error.
      baseline: the best one's name and value.
      importance: the share of each option in what told good trials from others.
      command: the command line that trains the best.
    """

    rows: list[dict[str, Any]]
    select: str
    lower_is_better: bool
    baseline: tuple[str, float]
    importance: dict[str, float]
    command: str

    @property
    def trials(self) -> pl.DataFrame:
        """A row a trial, a column an option that was searched."""
        return trial_table.frame(self.rows)


class _Pruned(Exception):
    """The trial is stopped before its end."""


def tune(settings: Any) -> Search:
    """Runs trials until there are ``--trials``, and writes them.

    Raises:
      InputError: anything the user can repair; what can be told before any trial, is.
    """
    studies.optuna()
    settings = with_lengths(settings)
    folder = store.choose(settings)
    space = read_space(settings.search, settings.model, settings.task)
    trial_options.check(settings, space)
    data, about = load_run(settings)
    settings = with_lengths(settings, data.n_candidates)
    check_lengths(settings, data)
    task = registry.task_of(settings)
    valid = task.question(data, "valid", settings)
    graph_of = trials.remembered()
    find = lambda run, tell: trials.find(run, data, valid, graph_of, tell)
    make(folder)
    with alone(folder):
        store.begin(folder, settings, space, about)
        lower = task.better(settings.select) < 0
        study = Study(folder, settings, space, lower)
        _run_all(study, settings, find, about, lower)
        rows, line = study.rows(), _write(study, settings, about, lower)
    if line is None:
        raise InputError(
            f"none of {len(rows)} trials was completed, the last is {rows[-1]['state']}; "
            "search other values in another --out"
        )
    measured = task.baselines(valid, settings, None)
    levels = {name: baseline.mean[settings.select] for name, baseline in measured.items()}
    name = (min if lower else max)(levels, key=lambda name: levels[name])
    picture.draw(rows, space, folder / "search.png", settings.select, lower)
    best = trial_table.best_of(rows, 1, lower)[0]["value"]
    if best == levels[name] or (best > levels[name]) == lower:
        log.say(
            f"No trial is better than {name} in {settings.select}: {best:.4f} against "
            f"{levels[name]:.4f}. {advice(settings.model, name, task)}"
        )
    baseline = name, levels[name]
    return Search(rows, settings.select, lower, baseline, study.importance(), line)


def _run_all(study: Study, settings: Any, find: Find, about: dict[str, Any], lower: bool) -> None:
    rows = study.rows()
    log.say(f"{about['name']}: {len(rows)} of {settings.trials} trials are in {study.folder}")
    with trial_table.SearchProgress(rows, settings.trials, settings.select, lower) as bar:
        for number in range(len(rows), settings.trials):
            try:
                _run_one(study, settings, find, bar, lower)
            except KeyboardInterrupt as stop:
                raise type(stop)(
                    f"stopped after {number} of {settings.trials} trials; the same command goes on"
                ) from None
            _write(study, settings, about, lower)


def _run_one(
    study: Study, settings: Any, find: Find, bar: trial_table.SearchProgress, lower: bool
) -> None:
    trial, tried = study.ask()
    worst = math.inf if lower else -math.inf
    seen, start = [Found(worst, 0)], time.perf_counter()

    def tell(epoch: int, value: float) -> None:
        seen.append(Found(value, epoch))
        bar.epoch(epoch, value)
        if study.report(trial, epoch, value):
            raise _Pruned

    # The earliest among equals.
    best = lambda: (min if lower else max)(seen, key=lambda found: found.value)
    try:
        found, state = find(trial_options.run_options(settings, tried), tell), "complete"
    except _Pruned:
        found, state = best(), "pruned"
    except (Diverged, InputError) as error:
        log.say(f"trial {len(study.rows()) + 1}: {error}")
        state = "diverged" if isinstance(error, Diverged) else "refused"
        found = best()
    study.tell(trial, state, tried, found, time.perf_counter() - start)
    bar.trial(study.rows()[-1])


def _write(study: Study, settings: Any, about: dict[str, Any], lower: bool) -> str | None:
    """trials.csv and best.json, after every trial; returns the best one's command, if any."""
    rows = study.rows()
    frame = trial_table.frame(rows)
    write_atomically(study.folder / "trials.csv", frame.write_csv)
    best = trial_table.best_of(rows, 1, lower)
    if not best:
        return None
    run = trial_options.final(trial_options.run_options(settings, best[0]["tried"]))
    line = trial_table.command(run, study.folder / "best")
    about = {name: about[name] for name in ("name", "fingerprint")}
    told = {"data": about, "model": run.model, "select": run.select, "trials": len(rows)}
    write_json(
        study.folder / "best.json",
        told | best[0] | {"importance": study.importance(), "command": line},
    )
    return line
