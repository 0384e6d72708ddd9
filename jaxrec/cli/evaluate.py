"""``jaxrec evaluate``: measures a trained run again."""

import shlex
from pathlib import Path
from typing import Any

from jaxrec.base import InputError
from jaxrec.cli.options.looking import EvaluateOptions
from jaxrec.evaluate import (
    measure_baselines,
    measure_model,
    questions,
    sample_users,
    standard_errors,
)
from jaxrec.runs import checks, report
from jaxrec.runs.answer.serving import read_run
from jaxrec.runs.behind import behind_lines
from jaxrec.runs.fit import phases
from jaxrec.runs.options import TrainOptions


def evaluate(options: EvaluateOptions) -> dict[str, dict[str, dict[str, float]]]:
    """Prints the tables and returns ``{slice: {system: means}}``.

    What is measured is what ``jaxrec recommend`` shows: users to whom the model gives all items the
    same score count by the popular items, as in ``jaxrec train``, and a line says how many. Users
    without training interactions are left out, and so is a slice that the model has learned from.

    Raises:
      InputError: a run that has learned from all of its data.
    """
    folder = Path(options.run)
    checks.check_ks(options.k)
    checks.check_test_users(options.test_users)
    run = read_run(folder)
    if run.phase is phases.ALL:
        raise InputError(_learned_from_all(folder, run.options))
    served, name = run.encoded(), run.options.model
    results = {}
    data = served.data
    for part, whole in questions(data.split, data.repeats, data.hidden).items():
        question = sample_users(whole, options.test_users, run.options.split_seed)
        with report.RankingProgress(f"measuring the {part} slice") as progress:
            model = measure_model(served.model, served.reps, question, options.k, progress)
        report.tell_alike(model.n_alike, len(question.users), part)
        with report.RankingProgress("measuring the baselines") as progress:
            baselines = measure_baselines(question, options.k, progress)
        rows = {name: model} | baselines
        results[part] = {system: measured.mean for system, measured in rows.items()}
        heading = f"{part}: {len(question.users):,} users"
        columns = report.columns_shown(options.k)
        report.out.print(report.metric_table(results[part], heading, columns))
        if len(question.users) < len(whole.users):
            report.print_standard_errors(standard_errors(model), columns)
        for line in behind_lines(name, model, baselines, f"recall@{max(options.k)}", part):
            report.say(line)
    if run.phase is phases.REFIT:
        report.say(
            "the validation slice is left out: the refit has learned from it; "
            f"{folder / 'metrics.json'} has its numbers of before the refit"
        )
    return results


def _learned_from_all(folder: Path, options: Any) -> str:
    resume = f"jaxrec train --resume --no-fit-all --out {shlex.quote(str(folder))} goes back to"
    before = resume if isinstance(options, TrainOptions) else "training without --fit-all makes"
    return (
        f"{folder} answers from what it learned from all interactions (--fit-all), those of the "
        f"test slice among them, and nothing is left to measure it on; {folder / 'metrics.json'} "
        f"has the numbers of the model before, and {before} that model"
    )
