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
from jaxrec.evaluate import Slice, measure_model, sample_users
from jaxrec.runs.fit.training import build_training, first_progress
from jaxrec.runs.fit.trial import remembered
from jaxrec.runs.model_options import settled
from jaxrec.runs.options import RunOptions
from jaxrec.tasks import RunData

N_USERS = 2000
"""Users that a choice is measured on, at most: the standard error of a recall is below .01."""
FRACTION = 0.1


def choose(options: RunOptions, data: RunData) -> tuple[RunOptions, dict[str, Any]]:
    """The options with nothing left to choose, and what was measured, a value a setting.

    Those that ``options`` leave open are measured by ``--select`` on the validation slice, or where
    there is none on a tenth of every user's training interactions. The test slice is not read. With
    too few interactions it is the model's first setting.
    """
    settings = _settings(options)
    if len(settings) < 2:
        return settled(options), {}
    held, task = data, registry.task_of(options)
    if not len(data.split.valid):
        parts = hold_out(data.split.train, data.split.method, FRACTION, options.split_seed)
        held = dataclasses.replace(data, split=Split(*parts, data.split.test, data.split.method))
    try:
        measured_on = task.question(held, "valid", options)
    except InputError:  # Nobody has anything to hold out.
        return settled(options), {}
    measured_on = sample_users(measured_on, N_USERS, options.split_seed)
    tried = [settled(dataclasses.replace(options, **setting)) for setting in settings]
    values = _measure(tried, held, measured_on)
    best = int(np.argmax(values))
    named = [
        " ".join(f"{_flag(name)} {value:g}" for name, value in setting.items())
        for setting in settings
    ]
    found = dict(zip(named, values, strict=True))
    return tried[best], {"select": options.select, "users": len(measured_on.users), "values": found}


def choice_line(chosen: dict[str, Any]) -> str:
    """What ``choose`` measured, in a line that begins with the best."""
    values = chosen["values"]
    all_of_them = ", ".join(f"{name} {value:.4f}" for name, value in values.items())
    return (
        f"{max(values, key=values.get)}: best {chosen['select']} of {chosen['users']:,} users on "
        f"held-out interactions ({all_of_them})"
    )


def _measure(tried: list[RunOptions], data: RunData, measured_on: Slice) -> list[float]:
    graph_of, params, values = remembered(), None, []
    for options in tried:
        training = build_training(options, data.split.train, graph_of, **data.beside)
        if params is None or not registry.entry(options.model).same_params:
            params = first_progress(training, options.seed).best_params
        reps = jax.jit(training.model.encode)(params, training.graph)
        measured = measure_model(training.model, reps, measured_on, options.k)
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
