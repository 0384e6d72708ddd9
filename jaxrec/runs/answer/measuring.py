"""A trained run, measured again."""

import dataclasses
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.evaluate import Measured
from jaxrec.runs import log
from jaxrec.runs.answer.serving import Trained
from jaxrec.runs.fit import phases
from jaxrec.runs.held_friends import friend_question, measure_friends
from jaxrec.runs.options import TrainOptions
from jaxrec.runs.progress import RankingProgress
from jaxrec.tasks.task import Part


class Measures(NamedTuple):
    """What a model and the baselines are worth on one slice.

    Attributes:
      n: queries measured.
      n_all: queries of the slice, of which those may be a sample.
    """

    n: int
    n_all: int
    model: Measured
    baselines: dict[str, Measured]


def measure(
    run: Trained, folder: Path, ks: Sequence[int], test_users: int | None = None
) -> dict[str, Measures]:
    """Measures the slices that a run has not learned from, by their names; held-out links: friends.

    What is measured is what the run recommends: users to whom the model gives all items the same
    score count by the popular items, and a line of the log says how many. Users without training
    interactions are left out.

    Args:
      folder: the run's, for what cannot be measured is in its metrics.json.
      ks: lengths of lists.
      test_users: measures a sample of so many users of each slice; None measures all.

    Raises:
      InputError: a run that has learned from all of its data.
    """
    if run.phase is phases.ALL:
        raise InputError(_learned_from_all(folder, run.options))
    task = registry.task_of(run.options)
    options = dataclasses.replace(run.options, k=tuple(ks))
    served, found = run.encoded(), {}
    parts: tuple[Part, ...] = ("test", "valid") if len(run.data.split.valid) else ("test",)
    for part in parts:
        whole = task.question(served.data, part, options)
        asked = task.sample(whole, test_users, run.options.split_seed)
        with RankingProgress(f"measuring the {part} slice", task.counts) as bar:
            model = task.measure(served.model, served.reps, asked, options, bar)
        counts = [len(task.queries(each, served.data)) for each in (asked, whole)]
        log.tell_alike(model.n_alike, counts[0], part)
        with RankingProgress("measuring the baselines", task.counts) as bar:
            baselines = task.baselines(asked, options, bar)
        found[part] = Measures(counts[0], counts[1], model, baselines)
    question = friend_question(run.data, options)
    if question is not None:
        friends = measure_friends(served.model, served.reps, question, run.data, options)
        n_users = len(friends.queries)
        found["friends"] = Measures(n_users, n_users, *friends[2:])
    return found


def _learned_from_all(folder: Path, options: Any) -> str:
    resume = f"jaxrec train --resume --no-fit-all --out {shlex.quote(str(folder))} goes back to"
    before = resume if isinstance(options, TrainOptions) else "training without --fit-all makes"
    return (
        f"{folder} answers from what it learned from all interactions (--fit-all), those of the "
        f"test slice among them, and nothing is left to measure it on; {folder / 'metrics.json'} "
        f"has the numbers of the model before, and {before} that model"
    )
