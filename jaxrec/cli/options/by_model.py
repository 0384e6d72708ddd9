"""Options of inspect and tune for a model, and words that are no option of it."""

import dataclasses
from collections.abc import Sequence
from functools import cache

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.cli.options.looking import InspectOptions
from jaxrec.runs.model_options import extended, fields_of, kind, options_of
from jaxrec.tasks.option_groups import MostUsed


@cache
def inspect_kind(model: str) -> type:
    """The class of options of ``jaxrec inspect``."""
    task = ("task", MostUsed[str], dataclasses.field(default=registry.entry(model).tasks[0].name))
    return extended((InspectOptions,), model, [task, *fields_of(model)])


def check_words(model: str, words: Sequence[str], task: str | None = None) -> None:
    """Refuses an option that other models have and this one has not, by whose it is.

    Raises:
      InputError: names the option and the models that have it.
    """
    known = {field.name for field in dataclasses.fields(kind(model, task))}
    for word in words:
        name = word.removeprefix("--").split("=")[0].replace("-", "_")
        if not word.startswith("--") or name in known or name.removeprefix("no_") in known:
            continue
        if task is not None and hasattr(options_of(model), name):
            raise InputError(
                f"--{name.replace('_', '-')} is no option of {model} for --task {task}; leave it "
                f"out, or see jaxrec train --model {model} --task {task} --help"
            )
        others = [other for other in registry.MODELS if hasattr(options_of(other), name)]
        if others:
            why = "" if registry.entry(model).trained else ", which is not trained"
            raise InputError(
                f"--{name.replace('_', '-')} is no option of {model}{why}; it belongs to "
                f"{', '.join(others)}. Leave it out, or see jaxrec train --model {model} --help"
            )
