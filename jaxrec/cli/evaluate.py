"""``jaxrec evaluate``: measures a trained run again, and prints the tables."""

import dataclasses
from pathlib import Path

from jaxrec import registry
from jaxrec.cli import report
from jaxrec.cli.options.looking import EvaluateOptions
from jaxrec.evaluate import standard_errors
from jaxrec.runs import log
from jaxrec.runs.answer.measuring import measure
from jaxrec.runs.answer.serving import read_run
from jaxrec.runs.behind import behind_lines, followable
from jaxrec.runs.checks import check_ks, check_test_users
from jaxrec.runs.fit import phases


def evaluate(options: EvaluateOptions) -> dict[str, dict[str, dict[str, float]]]:
    """Prints the tables and returns ``{slice: {system: means}}``.

    Raises:
      InputError: as ``runs.answer.measuring.measure``.
    """
    folder = Path(options.run)
    if options.k:
        check_ks(options.k)
    check_test_users(options.test_users)
    run = read_run(folder)
    name, results = run.options.model, {}
    task, ks = registry.task_of(run.options), options.k or run.options.k
    columns = task.shown(dataclasses.replace(run.options, k=ks))
    for part, found in measure(run, folder, ks, options.test_users).items():
        rows = {name: found.model} | found.baselines
        results[part] = {system: measured.mean for system, measured in rows.items()}
        heading = f"{part}: {found.n:,} {task.counts}"
        report.out.print(report.metric_table(results[part], heading, columns, task.lower_is_better))
        if found.n < found.n_all:
            report.print_standard_errors(standard_errors(found.model), columns)
        usual = f"{task.select.split('@')[0]}@{max(ks)}"
        select = usual if usual in found.model.mean else task.select
        able = followable(task, run.options)
        for line in behind_lines(name, found.model, found.baselines, select, part, able):
            log.warn(line)
    if run.phase is phases.REFIT:
        log.say(
            "the validation slice is left out: the refit has learned from it; "
            f"{folder / 'metrics.json'} has its numbers of before the refit"
        )
    return results
