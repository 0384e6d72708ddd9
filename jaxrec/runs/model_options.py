"""The options of a run by its model: those of every run, those of training, and the model's own.

A model's own options are the keywords of its factory and of its graph's builder, with the text of
their docstrings as help, so each model offers what belongs to it and nothing else.
"""

import dataclasses
import difflib
import inspect
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

import docstring_parser
import numpy as np
import tyro

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.ops import Backend
from jaxrec.registry.social_graphs import SOCIAL
from jaxrec.runs.federated_options import FederatedOptions
from jaxrec.runs.options import (
    DataOptions,
    FactOptions,
    NodeOptions,
    RunOptions,
    TrainOptions,
)
from jaxrec.tasks import Data, FriendData, LinkData, NodeData, RunData
from jaxrec.tasks.option_groups import of_model

PROPAGATION = """Formulation of the diffusion; 'auto' takes what was measured to be fastest on this
kind of device, the last two are baselines to compare with."""

KNOWLEDGE = """Facts about items: a file of triples, or the name of a known graph; by default that
of the data set, if it has one. Text (tabs, commas, ..., also .gz) of three columns, or whose first
line names head, relation and tail (or subject, predicate, object; head_id:token as in RecBole);
Parquet of such names."""
LINKS = """What items are called among the facts: text or Parquet of two columns, item and entity,
or whose first line names both; by default what the known graph has, or items are called as their
entities."""

ITEM_FEATURES = """What is known of items: a CSV, TSV, Parquet or JSON lines file with a column of
ids called item (item_id, itemId) and columns of numbers, dates, words, texts or vectors; cells may
be missing. By default the features of the data set, if it has any."""
SOCIAL_FILE = """Links between users, friends or trust: a file of two columns of user ids; the same
as --relation social=FILE. By default those of the data set."""
TEST_LINKS = """Share of the links between users that is held out, by --split-seed: the model reads
them in neither direction, and they measure the friends that it ranks. 0 holds out none."""

OF_DATA: dict[type[Data], type] = {
    RunData: DataOptions,
    LinkData: FactOptions,
    FriendData: FactOptions,
    NodeData: NodeOptions,
}
"""What may be chosen of each kind of data."""


@cache
def kind(model: str, task: str | None = None) -> type:
    """The class of options of a run of ``model`` for a task, by default its usual one.

    Raises:
      InputError: no model of that name, or a task that it does not answer.
    """
    entry, fields = registry.entry(model), fields_of(model)
    chosen = registry.task_named(model, task)
    bases = (TrainOptions, *chosen.options) if entry.trained else (RunOptions,)
    if entry.on_clients is not None:
        bases = (*bases, FederatedOptions)
    bases = (*bases, *chosen.data_options, OF_DATA[chosen.data])
    types = {field.name: field.type for base in bases for field in dataclasses.fields(base)}
    restated = {} if chosen.restated is None else _described(chosen.restated)
    types |= {name: kind for name, (kind, _) in restated.items()}
    defaults: dict[str, Any] = {"task": chosen.name, "select": chosen.select}
    if "repeats" in types:
        defaults["repeats"] = chosen.repeats
    defaults |= {name: default for name, (_, default) in restated.items()}
    own = {name for name, *_ in fields}  # These have the entry's default already.
    defaults |= {n: value for n, value in entry.defaults.items() if n in types and n not in own}
    if not entry.trained:  # There is no epoch to choose.
        defaults["valid_fraction"] = 0.0
    for name, value in defaults.items():
        fields.append((name, types[name], dataclasses.field(default=value)))
    made = extended(bases, model, fields)
    made.__doc__ = (chosen.restated or bases[0]).__doc__
    return made


def _described(restated: type) -> dict[str, tuple[Any, Any]]:
    """Type and default of every field of a dataclass, with its docstring as help."""
    said = {
        part.arg_name: part.description
        for part in docstring_parser.parse_from_object(restated).params
    }
    return {
        field.name: (Annotated[field.type, tyro.conf.arg(help=said[field.name])], field.default)
        for field in dataclasses.fields(restated)
    }


def options_of(model: str = "lightgcn", **given: Any) -> Any:
    """Options of a run of ``model``, defaults where nothing is given.

    >>> options_of("mf", dim=8).dim
    8

    Raises:
      InputError: a name that is no option of the model.
    """
    chosen = kind(model, given.get("task"))
    names = [field.name for field in dataclasses.fields(chosen)]
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            listed = f"jaxrec train --model {model} --help lists all"
            raise InputError(f"{name} is no option of {model}; {hint}{listed}")
    return chosen(**given)


def settled(options: Any) -> Any:
    """The options with those that a run would choose at their model's first setting."""
    first = next(iter(registry.entry(options.model).settings), {})
    left = {name: value for name, value in first.items() if getattr(options, name) is None}
    return dataclasses.replace(options, **left)


def arguments(settings: Any, function: Callable[..., Any]) -> dict[str, Any]:
    """What ``settings`` say of the keywords of ``function``; lists as tuples: models are cached."""
    settings = settled(settings)
    own = {name: getattr(settings, name) for name in keywords(function)}
    return {name: tuple(x) if isinstance(x, list | np.ndarray) else x for name, x in own.items()}


def keywords(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters that have a default: what may be chosen, not what the data are."""
    parameters = inspect.signature(function).parameters.items()
    return {name: one for name, one in parameters if one.default is not inspect.Parameter.empty}


def own(model: str) -> list[tuple[str, inspect.Parameter, str]]:
    """The options that belong to a model alone: name, parameter and help, each once."""
    entry, found = registry.entry(model), {}
    for function in (entry.factory, entry.graph, entry.terms, entry.on_batches):
        if function is None:
            continue
        said = docstring_parser.parse(inspect.getdoc(function) or "")
        helps = {part.arg_name: part.description or "" for part in said.params}
        for name, parameter in keywords(function).items():
            if name not in found:
                found[name] = name, parameter, " ".join(helps.get(name, "").split())
    return list(found.values())


def fields_of(model: str) -> list[tuple[str, Any, Any]]:
    """The options of a model alone, as ``dataclasses.make_dataclass`` takes them."""
    fields: list[tuple[str, Any, Any]] = []
    settings = registry.entry(model).settings
    for name, parameter, text in own(model):
        annotation = parameter.annotation
        default = registry.entry(model).defaults.get(name, parameter.default)
        if choices := list(dict.fromkeys(each[name] for each in settings if name in each)):
            annotation, default = annotation | None, None
            text += " By default chosen on held-out interactions, of "
            text += ", ".join(f"{choice:g}" for choice in choices) + "."
        annotated = Annotated[annotation, tyro.conf.arg(help=text)]
        fields.append((name, annotated, dataclasses.field(default=default)))
    if registry.entry(model).propagates:
        told = tyro.conf.arg(help=" ".join(PROPAGATION.split()))
        default = dataclasses.field(default="auto")
        fields.append(("propagation", Annotated[Backend, told], default))
    if registry.entry(model).knows:
        for name, told in (("kg", KNOWLEDGE), ("links", LINKS)):
            annotated = Annotated[str | None, tyro.conf.arg(help=" ".join(told.split()))]
            fields.append((name, annotated, dataclasses.field(default=None)))
    if "features" in registry.entry(model).reads:
        annotated = Annotated[str | None, tyro.conf.arg(help=" ".join(ITEM_FEATURES.split()))]
        fields.append(("item_features", annotated, dataclasses.field(default=None)))
    if links := registry.entry(model).links:
        names = ", ".join(f"{link.name} (from {link.source} to {link.target})" for link in links)
        text = f"NAME=FILE: where the links are that the model reads, {names}; a file of two "
        text += "columns of ids. By default those of the data set."
        annotated = Annotated[tuple[str, ...], tyro.conf.arg(help=text)]
        fields.append(("relation", annotated, dataclasses.field(default=())))
    if any(link.name == SOCIAL for link in links):
        annotated = Annotated[str | None, tyro.conf.arg(help=" ".join(SOCIAL_FILE.split()))]
        fields.append((SOCIAL, annotated, dataclasses.field(default=None)))
    if registry.entry(model).friends is not None:
        annotated = Annotated[float, tyro.conf.arg(help=" ".join(TEST_LINKS.split()))]
        fields.append(("test_links", annotated, dataclasses.field(default=0.2)))
    return fields


def extended(bases: tuple[type, ...], model: str, fields: list[tuple[str, Any, Any]]) -> type:
    """The options of ``bases`` and of a model."""
    named = ("model", str, dataclasses.field(default=model))
    name = f"{bases[0].__name__} of {model}"
    space = {"GROUP": of_model(model)}
    made = dataclasses.make_dataclass(
        name, [named, *fields], bases=bases, namespace=space, frozen=True
    )
    made.__doc__ = bases[0].__doc__
    return made
