"""A model by its name, and what its task answers."""

import difflib
import inspect
from typing import Any

from jaxrec.base import InputError
from jaxrec.registry import own
from jaxrec.registry.entries import MODELS
from jaxrec.registry.model_entry import Entry
from jaxrec.tasks import CLICKS, Task
from jaxrec.tasks.task import Verb


def entry(name: str) -> Entry:
    """The model of that name, or one of your own: ``"module:NAME"`` imports an ``Entry``.

    Raises:
      InputError: there is none.
    """
    if name in own.GIVEN:
        return own.GIVEN[name]
    if name.startswith("given:"):
        raise InputError(
            f"{name} was given as an object to another process; open its run with "
            "jaxrec.load(folder, model=...), or put it into a module: --model module:NAME"
        )
    if ":" in name:
        return own.imported(name)
    if name not in MODELS:
        near = difflib.get_close_matches(name.lower(), MODELS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(f"no model is called {name!r}; {hint}there are {', '.join(MODELS)}")
    return MODELS[name]


def task_named(model: str, name: str | None = None) -> Task:
    """The task of that name, which has to be one of the model's; by default its usual one.

    Raises:
      InputError: it is none of them.
    """
    found = entry(model)
    tasks = {task.name: task for task in found.tasks if found.trained or task is not CLICKS}
    if name is None:
        return found.tasks[0]
    if name not in tasks:
        raise InputError(f"--task is {name!r}; {model} answers {' and '.join(tasks)}")
    return tasks[name]


def task_of(options: Any) -> Task:
    """The task that ``options`` name, which has to be one of their model's.

    Raises:
      InputError: it is none of them.
    """
    return task_named(options.model, options.task)


def check_verb(options: Any, verb: Verb) -> None:
    """Refuses what the task of a run does not answer.

    Raises:
      InputError: names what it does answer.
    """
    task = task_of(options)
    if verb not in task.verbs:
        raise InputError(
            f"a run of {options.model} for the task {task.name} answers no jaxrec {verb}; it has "
            f"{', '.join(sorted(task.verbs))}"
        )


def about(name: str) -> tuple[str, str]:
    """What a model is, in a line, and the paper it comes from: from its file's own first lines."""
    described = inspect.getdoc(inspect.getmodule(entry(name).factory)) or ""
    first, _, rest = described.partition("\n\n")
    return " ".join(first.split()), " ".join(rest.split("\n\n")[0].split())
