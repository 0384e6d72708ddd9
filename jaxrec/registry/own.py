"""Models of one's own: found by ``module:NAME``, or given as objects."""

import functools
import importlib
import os
import sys
from typing import Any

from jaxrec.base import InputError, Model
from jaxrec.registry.model_entry import Entry
from jaxrec.registry.source import Source
from jaxrec.tasks import CLICKS, RANKING, RATING, Task

OF_USERS = (RANKING, RATING, CLICKS)
"""Tasks whose queries are users."""
GIVEN: dict[str, Entry] = {}
"""Entries that were given as objects, by the names that runs have for them in this process."""


def imported(name: str) -> Entry:
    """The entry that ``module:NAME`` names, the working folder among the places looked at.

    Raises:
      InputError: there is none.
    """
    module, _, attribute = name.partition(":")
    if os.getcwd() not in sys.path:  # A console script does not look there.
        sys.path.append(os.getcwd())
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise InputError(f"no model can be imported as {name}: {error}") from error
    if not isinstance(found, Entry):
        raise InputError(f"{name} is a {type(found).__name__}; make it a jaxrec.registry.Entry")
    return found


def name_of(entry: Entry) -> str:
    """What a run stores of an entry: ``module:NAME`` where it can be imported.

    One that cannot, for it was made in a notebook or a function, is kept in this process; its runs
    are opened elsewhere by ``jaxrec.load(folder, model=entry)``.
    """
    module = sys.modules.get(getattr(entry.factory, "__module__", ""))
    if module is not None and module.__name__ != "__main__":
        for name, value in vars(module).items():
            if value is entry:
                return f"{module.__name__}:{name}"
    first = f"given:{getattr(entry.factory, '__name__', 'model')}"
    name, n = first, 1
    while GIVEN.setdefault(name, entry) is not entry:
        n += 1
        name = f"{first}-{n}"
    return name


def give(name: str, entry: Entry) -> None:
    """Lets a run's ``name`` mean ``entry`` in this process.

    Raises:
      InputError: a name that is not of an entry given as an object.
    """
    if not name.startswith("given:"):
        raise InputError(f"the run's model is {name}, which is found by its name; leave model out")
    GIVEN[name] = entry


def of_model(model: Model, graph: Any = None, task: Task = RANKING) -> Entry:
    """An entry of a model that is built already, for the users and items of one data set.

    When what it encodes has other numbers of users and items than the data, training says so before
    its first step: JAX would clamp rows that are not there.

    Args:
      graph: what ``model.encode`` reads, or a function from ``Source`` to it.
      task: what the model is asked.
    """

    @functools.cache
    def own_model(n_users: int, n_items: int) -> Model:
        def encode(params: Any, graph: Any, **key: Any) -> Any:
            reps = model.encode(params, graph, **key)
            _check_rows(reps, n_users if task in OF_USERS else None, n_items)
            return reps

        return model._replace(encode=encode)

    def own_graph(source: Source) -> Any:
        return graph(source) if callable(graph) else graph

    return Entry(own_model, None if graph is None else own_graph, (task,))


def _check_rows(reps: Any, n_users: int | None, n_items: int) -> None:
    """Compares rows of tables that bear the usual names; others cannot be recognized.

    Raises:
      InputError: a table of users or of items has too few rows or too many.
    """
    named = reps if isinstance(reps, dict) else getattr(reps, "_asdict", dict)()
    for what, names, n in (("users", ("query", "user"), n_users), ("items", ("item",), n_items)):
        for table in (named[name] for name in names if name in named):
            rows = table.shape[0] if getattr(table, "ndim", 0) else n
            if n is not None and rows != n:
                raise InputError(
                    f"the model has {rows:,} {what}, the data {n:,}; build it with "
                    "data.n_users and data.n_items, or give fit an Entry of its factory"
                )
