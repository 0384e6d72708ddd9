"""``jaxrec evaluate``: measures a trained run again."""

from pathlib import Path

from jaxrec.commands import measure, report, run_folder
from jaxrec.commands.config import EvaluateOptions
from jaxrec.commands.recommend import open_run


def evaluate(options: EvaluateOptions) -> dict[str, dict[str, dict[str, float]]]:
    """Prints the tables and returns ``{"valid": {system: means}, "test": {system: means}}``."""
    folder = Path(options.run)
    served = open_run(folder)
    name = run_folder.read_config(folder)[0].model
    split, repeats = served.data.split, served.data.repeats
    questions = {
        "valid": (split.train, split.valid),
        "test": (measure.join(split.train, split.valid), split.test),
    }
    results = {}
    for title, (past, future) in questions.items():
        if len(future) == 0:
            continue
        question = measure.slice_of(split.train, past, future, repeats)
        model = measure.measure_model(served.model, served.reps, question, options.k)
        rows = {name: model} | measure.measure_baselines(question, options.k)
        results[title] = {system: measured.mean for system, measured in rows.items()}
        heading = f"{title}: {len(question.users):,} users"
        columns = report.columns_shown(options.k)
        report.out.print(report.metric_table(results[title], heading, columns))
    return results
