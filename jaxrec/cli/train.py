"""``jaxrec train``: trains a run, prints what it came to."""

import shlex
from pathlib import Path

from jaxrec.cli import report
from jaxrec.cli.frame_tables import print_frame
from jaxrec.data import Finding
from jaxrec.runs import log
from jaxrec.runs.answer.answers import recommendations
from jaxrec.runs.answer.classifying import classify
from jaxrec.runs.answer.completing import complete
from jaxrec.runs.answer.serving import Served
from jaxrec.runs.fit.train import Fitted, train as train_run
from jaxrec.runs.options import RunOptions, TrainOptions
from jaxrec.tasks import NodeData, RunData
from jaxrec.train.hosts import is_first

N_SHOWN = 3
MEASURED = "; the test slice measures this model"
NOT_MEASURED = "; recommendations come from this model, the metrics from before it"


def train(options: RunOptions) -> Path:
    """Trains, measures and writes a run, prints its tables; returns its folder.

    Raises:
      InputError: anything the user can repair, before any training.
    """
    fitted = train_run(options)
    if is_first():  # Of several processes.
        _show(options, fitted)
        for line in fitted.warnings:
            log.warn(line)
        _print(f"Next: {_next(fitted)}")
    return fitted.folder


def _next(fitted: Fitted) -> str:
    """A command that asks the run."""
    folder = shlex.quote(str(fitted.folder))
    if "recommend" in fitted.last.task.verbs:
        return f"jaxrec recommend {folder} --all --out recommendations.csv"
    if isinstance(fitted.last.data, NodeData):
        return f"jaxrec predict {folder} --all --out classes.csv"
    test = next(phase.test for phase in fitted.phases if phase.test is not None)
    asked = test.queries.row(0, named=True)
    words = shlex.quote(str(asked["head"])), shlex.quote(str(asked["relation"]))
    return f"jaxrec complete {folder} --head {words[0]} --relation {words[1]}"


def _show(options: RunOptions, fitted: Fitted) -> None:
    results, data = fitted.results, fitted.last.data
    test = next(phase.test for phase in fitted.phases if phase.test is not None)
    title = f"Test slice: {test.asked}, split {results['data']['split']}"
    if isinstance(options, TrainOptions):
        title += f"; best epoch {results['model']['epoch']}"
    rows = {options.model: results["test"]} | results["baselines"]
    columns = fitted.last.task.shown(options)
    lower = fitted.last.task.lower_is_better
    report.out.print(report.metric_table(rows, title, columns, lower))
    if "test_standard_error" in results:
        report.print_standard_errors(results["test_standard_error"], columns)
    friends = next((one.friends for one in fitted.phases if one.friends is not None), None)
    if friends is not None:
        title = f"Held-out links: {friends.asked}"
        report.out.print(report.metric_table(results["friends"], title, columns, lower))
    for phase in fitted.phases[1:]:
        _print(phase.summary + (MEASURED if phase.test is not None else NOT_MEASURED))
    leaks = [Finding(**finding) for finding in results["data"]["leaks"]]
    _print(report.leak_lines(leaks))
    served = Served(data, fitted.last.training.model, fitted.reps, fitted.last.task)
    if isinstance(data, RunData):
        few = test.queries["user"].unique().sort().head(N_SHOWN)
        frame = recommendations(served, few, k=min(5, len(data.item_ids)))
        print_frame(frame, f"Recommendations for {len(few)} users")
    elif isinstance(data, NodeData):
        few = data.split.test.node[:N_SHOWN]
        print_frame(classify(served, few), f"Classes of {len(few)} nodes")
    else:
        asked = test.queries.row(0, named=True)
        frame = complete(served, "head", [str(asked["head"])], asked["relation"], k=5)
        print_frame(frame, "Completed facts")
    spent = ", ".join(f"{name} {value:.1f}" for name, value in results["seconds"].items())
    _print(f"Seconds on {results['device']}: {spent}")


def _print(line: str) -> None:
    report.out.print(line, soft_wrap=True, markup=False)
