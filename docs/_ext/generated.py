"""Pages made from the code when the docs are built: API reference, models, commands, experiments.

Functions return ``{path below docs: text}``, in reStructuredText where docstrings are.

A long file, for the site has one extension, which is no package.
"""

import ast
import dataclasses
import importlib
import inspect
import io
import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console

import jaxrec
from jaxrec import registry
from jaxrec.cli import help as cli_help, report, verbs
from jaxrec.cli.main import COMMANDS
from jaxrec.cli.options.by_model import inspect_kind
from jaxrec.registry import MODELS
from jaxrec.runs import checks
from jaxrec.runs.model_options import kind
from jaxrec.search.options import tune_kind

REFERENCE = ("base", "data", "graph", "ops", "nn", "losses", "sampling", "models", "train")
REFERENCE += ("federated", "transfer", "rank", "evaluate", "retrieve", "tasks", "registry", "runs")
ROOT = Path(__file__).parents[2]
EXPERIMENTS, CHOOSING = ROOT / "experiments", ROOT / "docs" / "choosing.md"
READS = {
    "interactions": "interactions of users and items",
    "facts": "facts: head, relation, tail",
    "features": "features of items, where there are any",
    "titles": "titles of items, or vectors in their place",
    "nodes": "a graph of nodes, labels of some and features",
}


def public_names(package: str) -> dict[str, Any]:
    """What ``jaxrec.PACKAGE`` exports, by name; submodules are no names of their own."""
    module = importlib.import_module(f"jaxrec.{package}")
    names = {}
    for name, value in vars(module).items():
        foreign = not (getattr(value, "__module__", None) or "jaxrec").startswith("jaxrec")
        if name.startswith("_") or inspect.ismodule(value) or (foreign and package == "base"):
            continue
        names[name] = value
    return names


def reference() -> dict[str, str]:
    """A page a package, each public name on one of them, and an index."""
    front = {name: getattr(jaxrec, name) for name in jaxrec.__all__}
    places = {id(value): f"jaxrec.{name}" for name, value in front.items()}
    about = (inspect.getdoc(jaxrec) or "").partition("\n")[0]
    pages = {"api/jaxrec.rst": _page("jaxrec", front, inspect.getdoc(jaxrec) or "", {})}
    lines = [f"* :doc:`jaxrec <jaxrec>`: {about}"]
    for package in REFERENCE:
        text = inspect.getdoc(importlib.import_module(f"jaxrec.{package}")) or ""
        pages[f"api/{package}.rst"] = _page(
            f"jaxrec.{package}", public_names(package), text, places
        )
        first = " ".join(text.split("\n\n")[0].split())
        lines.append(f"* :doc:`jaxrec.{package} <{package}>`: {first}")
    intro = (
        "Data flows one way, and a package imports only those before it. "
        "`A` to `Z` in shapes are explained in :doc:`jaxrec.base <base>`."
    ).replace("`A` to `Z`", "Letters")
    tree = _tree(["jaxrec", *REFERENCE])
    pages["api/index.rst"] = "\n".join([*_title("API reference"), intro, "", *lines, "", *tree])
    return pages


def _page(module: str, names: dict[str, Any], about: str, places: dict[int, str]) -> str:
    """A page of one module; ``places`` are full names of what was described before, by identity."""
    lines = [*_title(module), f".. py:module:: {module}", "", about, ""]
    for name, value in sorted(names.items(), key=lambda each: each[0].lower()):
        full = f"{module}.{name}"
        earlier = places.get(id(value)) if callable(value) else None
        lines += [*_title(name, "-")]
        if earlier is not None:
            lines += [f".. _{full}:", "", f"``{full}`` is :obj:`{earlier}`.", ""]
            continue
        places[id(value)] = full
        if inspect.isclass(value):
            lines += [f".. autoclass:: {full}", "   :members:", ""]
        elif inspect.isroutine(value) or hasattr(value, "__wrapped__"):
            lines += [f".. autofunction:: {full}", ""]
        else:
            text = constant_docs().get((module.split(".")[1], name), "")
            lines += [f".. py:data:: {full}", "", *_indented(text), *_value(value), ""]
    return "\n".join(lines)


@cache
def constant_docs() -> dict[tuple[str, str], str]:
    """The text below each constant of ``jaxrec``, by package and name."""
    found, root = {}, Path(jaxrec.__file__).parent
    for path in sorted(root.rglob("*.py")):
        package = path.relative_to(root).parts[0].removesuffix(".py")
        body = ast.parse(path.read_text()).body
        for one, following in pairwise(body):
            targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
            text = getattr(getattr(following, "value", None), "value", None)
            if isinstance(targets[0], ast.Name) and isinstance(text, str):
                found[package, targets[0].id] = inspect.cleandoc(text)
    return found


def _value(value: Any) -> list[str]:
    """The keys of a mapping, or a short value."""
    if isinstance(value, Mapping):
        return ["", "   Keys: " + ", ".join(f"``{key}``" for key in value)]
    text = repr(value)
    return ["", f"   ``{text}``"] if len(text) < 300 and " at 0x" not in text else []


def models() -> dict[str, str]:
    """A page a model of the registry: docstrings, what it reads, tasks and options."""
    folds_in = checks.models_that_fold_in()
    pages = {f"models/{name}.rst": _model(name, name in folds_in) for name in MODELS}
    heads = "model", "what it is", "needs", "training", "new users", "tasks"
    table = ["* - " + "\n     - ".join(heads)]
    for name, entry in MODELS.items():
        needs = [each for each in entry.reads if each != "interactions"]
        needs += [link.name for link in entry.links]
        cells = [f":doc:`{name} <{name}>`", registry.about(name)[0], ", ".join(needs) or "\\-"]
        cells += ["yes" if entry.trained else "no", "yes" if name in folds_in else "no"]
        cells += [", ".join(task.name for task in entry.tasks)]
        table.append("* - " + "\n     - ".join(cells))
    lines = [*_title("Models")]
    lines += ["Every model of ``jaxrec train --model NAME`` and ``jaxrec.fit(data, NAME)``."]
    lines += ["Interactions are read by all but models of facts; *needs* lists what else is read."]
    lines += ["*New users* are given as a list of items, without training. Which of them for which"]
    lines += ["data: :doc:`/choosing`.", "", ".. list-table::", "   :header-rows: 1", ""]
    lines += [f"   {row}" for row in table] + ["", *_tree(list(MODELS))]
    return pages | {"models/index.rst": "\n".join(lines)}


def _model(name: str, folds_in: bool) -> str:
    entry = MODELS[name]
    module = inspect.getmodule(entry.factory)
    lines = [*_title(name), inspect.getdoc(module) or "", ""]
    tasks = ", ".join(task.name for task in entry.tasks)
    reads = [READS[each] for each in entry.reads]
    reads += [
        f"links ``{link.name}`` from {link.source} to {link.target}, "
        f"{'with' if link.directed else 'without'} direction"
        for link in entry.links
    ]
    lines += [f":Tasks: {tasks} (:doc:`/tasks`)", f":Reads: {'; '.join(reads)}"]
    trained = "by gradient descent" if entry.trained else "none: computed from the data at once"
    new = "yes: a list of items, without training" if folds_in else "no"
    lines += [f":Training: {trained}", f":New users: {new}"]
    if numbers := _measured(name):
        lines += [f":Numbers: {numbers}"]
    lines += [""]
    lines += [".. code-block:: bash", "", f"   jaxrec train --model {name} --data FILE", ""]
    lines += [*_title("Options of this model", "-")]
    found = [o for o in cli_help.options(kind(name)) if o.group.title == f"Model: {name}"]
    for option in found:
        lines += [f"``{option.label}``", *_indented(_escaped(option.text)), ""]
    if not found:
        lines += ["It has none of its own.", ""]
    lines += [f"``jaxrec train --model {name} --help`` lists the others.", ""]
    lines += [*_title("In Python", "-"), f".. py:currentmodule:: {module.__name__}", ""]
    factory = entry.factory
    full = f"{factory.__module__}.{factory.__qualname__}"
    return "\n".join([*lines, f".. autofunction:: {full}", "   :no-index:", ""])


def experiments() -> dict[str, str]:
    """A page for every experiment: its README, whose pictures stay where they are."""
    return {
        f"experiments/{path.parent.name}.md": (
            f"```{{include}} ../../experiments/{path.parent.name}/README.md\n"
            ":relative-images:\n```\n"
        )
        for path in sorted(EXPERIMENTS.glob("*/README.md"))
    }


def to_pages(text: str) -> str:
    """Links of the repository to READMEs of experiments, as links to their pages."""
    return re.sub(r"\]\(\.\./experiments/(\w+)/README\.md\)", r"](experiments/\1.md)", text)


def _measured(name: str) -> str:
    """Pages that have numbers of a model, as links."""
    title = registry.about(name)[0].partition(":")[0]
    found = [":doc:`Choosing a model </choosing>`"] if f"`{name}`" in CHOOSING.read_text() else []
    for path in sorted(EXPERIMENTS.glob("*/README.md")):
        text, page = path.read_text(), path.parent.name
        if f"`{name}`" in text or re.search(rf"\b{re.escape(title)}\b", text):
            found.append(f":doc:`{page} </experiments/{page}>`")
    return ", ".join(found)


def commands() -> dict[str, str]:
    """The help of every command, as the terminal prints it."""
    kinds = verbs.OPTIONS | {"train": kind("lightgcn"), "tune": tune_kind("lightgcn", None)}
    kinds |= {"inspect": inspect_kind("lightgcn")}
    lines = [*_title("Commands")]
    lines += ["What ``jaxrec COMMAND --help`` prints. Options of ``train``, ``tune`` and"]
    lines += ["``inspect`` depend on ``--model``; these are those of ``lightgcn``.", ""]
    for name, about in COMMANDS.items():
        printed = _help(kinds[name], name)
        lines += [*_title(f"jaxrec {name}", "-"), about[0].upper() + about[1:] + ".", ""]
        lines += [".. code-block:: text", "", *_indented(printed), ""]
    return {"commands.rst": "\n".join(lines)}


def _help(options: type, name: str) -> str:
    assert dataclasses.is_dataclass(options)
    before, file = report.out, io.StringIO()
    report.out = Console(width=92, file=file, highlight=False)  # type: ignore[assignment]
    try:
        cli_help.print_help(options, f"jaxrec {name}")
    finally:
        report.out = before
    return file.getvalue().rstrip()


def _title(text: str, line: str = "=") -> list[str]:
    return [text, line * len(text), ""]


def _tree(names: list[str]) -> list[str]:
    return [".. toctree::", "   :hidden:", "", *(f"   {name}" for name in names), ""]


def _indented(text: str) -> list[str]:
    return [f"   {line}".rstrip() for line in text.splitlines()]


def _escaped(text: str) -> str:
    for letter in "\\*|`_":
        text = text.replace(letter, "\\" + letter)
    return text
