"""A trained run, measured again."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jaxrec.base import InputError
from jaxrec.evaluate import Measured, measure_baselines, measure_model, questions, sample_users
from jaxrec.runs import checks, log
from jaxrec.runs.answer.serving import Trained
from jaxrec.runs.fit import phases
from jaxrec.runs.options import TrainOptions
from jaxrec.runs.progress import RankingProgress


class Measures(NamedTuple):
    """What a model and the baselines are worth on one slice.

    Attributes:
      n_users: measured.
      n_all: users of the slice, of whom those may be a sample.
    """

    n_users: int
    n_all: int
    model: Measured
    baselines: dict[str, Measured]


def measure(
    run: Trained, folder: Path, ks: Sequence[int], test_users: int | None = None
) -> dict[str, Measures]:
    """Measures the slices that a run has not learned from, by their names.

    What is measured is what the run recommends: users to whom the model gives all items the same
    score count by the popular items, and a line of the log says how many. Users without training
    interactions are left out.

    Args:
      folder: the run's, for what cannot be measured is in its metrics.json.
      ks: lengths of lists.
      test_users: measures a sample of so many users of each slice; None measures all.

    Raises:
      InputError: a number out of range, or a run that has learned from all of its data.
    """
    checks.check_ks(ks)
    checks.check_test_users(test_users)
    if run.phase is phases.ALL:
        raise InputError(_learned_from_all(folder, run.options))
    served, found = run.encoded(), {}
    data = served.data
    for part, whole in questions(data.split, data.repeats, data.hidden).items():
        question = sample_users(whole, test_users, run.options.split_seed)
        with RankingProgress(f"measuring the {part} slice") as bar:
            model = measure_model(served.model, served.reps, question, ks, bar)
        log.tell_alike(model.n_alike, len(question.users), part)
        with RankingProgress("measuring the baselines") as bar:
            baselines = measure_baselines(question, ks, bar)
        found[part] = Measures(len(question.users), len(whole.users), model, baselines)
    return found


def _learned_from_all(folder: Path, options: Any) -> str:
    resume = f"jaxrec train --resume --no-fit-all --out {shlex.quote(str(folder))} goes back to"
    before = resume if isinstance(options, TrainOptions) else "training without --fit-all makes"
    return (
        f"{folder} answers from what it learned from all interactions (--fit-all), those of the "
        f"test slice among them, and nothing is left to measure it on; {folder / 'metrics.json'} "
        f"has the numbers of the model before, and {before} that model"
    )
