"""What a page on a run shows: what its files say, and its lists by group."""

from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from jaxrec import registry
from jaxrec.runs.answer.list_groups import ListGroups, list_groups
from jaxrec.runs.fit import phases
from jaxrec.runs.fit.fitting import read_history
from jaxrec.runs.run import Run
from jaxrec.runs.store import manifest, run_folder
from jaxrec.tasks import RANKING


class RunReport(NamedTuple):
    """All that a page says of one run.

    Attributes:
      results: metrics.json.
      about: config.json.
      histories: by phase, columns epoch, loss and valid; empty of a model without training.
      lists: None of a task that does not rank items for users.
    """

    folder: Path
    options: Any
    results: dict[str, Any]
    about: dict[str, Any]
    histories: dict[str, pl.DataFrame]
    lists: ListGroups | None


def run_report(folder: Path) -> RunReport:
    """Reads a finished run; of a task that ranks items for users, makes its lists again.

    Raises:
      InputError: no run, a run that is not finished, or files that do not fit together.
    """
    options, about = run_folder.read_config(folder)
    manifest.check(folder, about)
    results = Run(folder).results
    histories = {
        phase.epoch: read_history(folder / phase.history)
        for phase in (phases.FIRST, phases.REFIT, phases.ALL)
        if (folder / phase.history).is_file()
    }
    lists = list_groups(folder) if registry.task_of(options) is RANKING else None
    return RunReport(folder, options, results, about, histories, lists)
