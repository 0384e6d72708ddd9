"""Settings that a run chooses for itself, on interactions held out of its training slice.

No one setting of a model without training is good everywhere: on few interactions a user, popular
items should count for more (``experiments/defaults``).
"""

import dataclasses
from typing import Any

import jax
import numpy as np

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import Split, hold_out
from jaxrec.runs.fit.training import build_training, first_progress
from jaxrec.runs.fit.trial import remembered
from jaxrec.runs.model_options import settled
from jaxrec.runs.options import RunOptions
from jaxrec.tasks import Data, RunData

N_USERS = 2000
"""Users, or other queries, of a choice, at most: the standard error of a recall is below .01."""
FRACTION = 0.1


def choose(options: RunOptions, data: Data) -> tuple[RunOptions, dict[str, Any]]:
    """The options with nothing left to choose, and what was measured, a value a setting.

    Those that ``options`` leave open are measured by ``--select`` on the validation slice, or where
    there is none on a tenth of every user's training interactions. The test slice is not read. With
    too few interactions it is the model's first setting.
    """
    settings = _settings(options)
    if len(settings) < 2:
        return settled(options), {}
    assert isinstance(data, RunData), "settings are those of rankings"
    held, task = data, registry.task_of(options)
    if not len(data.split.valid):
        parts = hold_out(data.split.train, data.split.method, FRACTION, options.split_seed)
        held = dataclasses.replace(data, split=Split(*parts, data.split.test, data.split.method))
    try:
        measured_on = task.question(held, "valid", options)
    except InputError:  # Nobody has anything to hold out.
        return settled(options), {}
    measured_on = task.sample(measured_on, N_USERS, options.split_seed)
    tried = [settled(dataclasses.replace(options, **setting)) for setting in settings]
    values = _measure(tried, held, measured_on)
    best = int(np.argmax(values))
    named = [
        " ".join(f"{_flag(name)} {value:g}" for name, value in setting.items())
        for setting in settings
    ]
    found = dict(zip(named, values, strict=True))
    n = len(task.queries(measured_on, held))
    asked = {"select": options.select, task.counts: n, "asked": f"{n:,} {task.counts}"}
    return tried[best], asked | {"values": found}


def choice_line(chosen: dict[str, Any]) -> str:
    """What ``choose`` measured, in a line that begins with the best."""
    values = chosen["values"]
    all_of_them = ", ".join(f"{name} {value:.4f}" for name, value in values.items())
    return (
        f"{max(values, key=values.get)}: best {chosen['select']} of {chosen['asked']} on "
        f"held-out interactions ({all_of_them})"
    )


def _measure(tried: list[RunOptions], data: RunData, measured_on: Any) -> list[float]:
    graph_of, params, values = remembered(), None, []
    for options in tried:
        training = build_training(options, data.split.train, graph_of, **data.beside)
        if params is None or not registry.entry(options.model).same_params:
            params = first_progress(training, options.seed).best_params
        reps = jax.jit(training.model.encode)(params, training.graph)
        task = registry.task_of(options)
        measured = task.measure(training.model, reps, measured_on, options, None)
        values.append(measured.mean[options.select])
    return values


def _settings(options: RunOptions) -> list[dict[str, Any]]:
    """What is left to choose from: the model's settings, less what the person named."""
    left = []
    for setting in registry.entry(options.model).settings:
        own = {name: value for name, value in setting.items() if getattr(options, name) is None}
        if own and own not in left:
            left.append(own)
    return left


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
