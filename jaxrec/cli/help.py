"""What ``jaxrec COMMAND --help`` prints: options by group, in lines that fit the terminal."""

import dataclasses
import inspect
import textwrap
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

import docstring_parser
from tyro.conf import Positional, Suppress

from jaxrec.cli import report
from jaxrec.tasks.option_groups import Group, group_of

BROADEST = 100
"""Longer lines are hard to read."""
WIDE, COLUMN, INDENT = 80, 26, 8
"""From this width on, texts have a column beside the options; else they are indented below."""


class Option(NamedTuple):
    """An option as the help shows it.

    Attributes:
      label: how it is written, such as ``--k INT ...``.
      positional: whether it is given by its place, without a flag.
      text: what it does, and its default.
    """

    group: Group
    label: str
    positional: bool
    text: str


def print_help(kind: type, program: str, default: Any = None) -> None:
    """Prints the help of a command whose options are the dataclass ``kind``.

    Args:
      default: a ``kind`` with the defaults, instead of those of the class.
    """
    shown = lambda text, **style: report.out.print(text, soft_wrap=True, markup=False, **style)
    found = options(kind, default)
    places = [option.label for option in found if option.positional]
    flags = ["[OPTIONS]"] if len(places) < len(found) else []
    shown(_filled(" ".join(["usage:", program, *places, *flags])))
    for paragraph in (inspect.getdoc(kind) or "").split("\n\n"):
        is_command = paragraph.startswith("jaxrec ")  # To be copied as it is.
        shown("\n" + (paragraph if is_command else _filled(paragraph)))
    for group, members in groupby(found, lambda option: option.group):
        shown(f"\n{group.title}", style="bold")
        for option in members:
            shown(_entry(option))


def options(kind: type, default: Any = None) -> list[Option]:
    """The options of a command in the order of its help: by group, positional ones first."""
    found = []
    for field in dataclasses.fields(kind):
        bare = get_origin(field.type) is not Annotated
        of, *marks = (field.type,) if bare else get_args(field.type)
        if Suppress in marks:
            continue
        value = field.default if default is None else getattr(default, field.name)
        also = [alias for mark in marks for alias in getattr(mark, "aliases", None) or ()]
        label = ", ".join([_label(field.name, of), *also])
        if Positional in marks:
            label = field.name.upper() + (" ..." if get_origin(of) is tuple else "")
            label = label if value is dataclasses.MISSING else f"[{label}]"
        text = _text(kind, field.name, marks) + _default(value)
        found.append(Option(group_of(kind, field.name), label, Positional in marks, text))
    return sorted(found, key=lambda option: (option.group, not option.positional))


def _label(name: str, of: Any) -> str:
    flag = name.replace("_", "-")
    return f"--{flag}, --no-{flag}" if of is bool else f"--{flag} {_value(of)}"


def _value(of: Any) -> str:
    """What stands behind an option of a type, such as ``INT ...`` or ``{hide, show}``."""
    origin, parts = get_origin(of), get_args(of)
    if origin is None:
        return of.__name__.upper()
    if origin is Literal:
        return "{" + ", ".join(map(str, parts)) + "}"
    values = [_value(part) for part in parts if part not in (type(None), ...)]
    if origin in (tuple, Sequence):
        return " ".join(values) + (" ..." if len(values) == 1 else "")
    return "|".join(values)


def _text(kind: type, name: str, marks: Sequence[Any]) -> str:
    """The help that is annotated on an option, or else its docstring."""
    helps = (getattr(mark, "help", None) for mark in marks)
    docs = (_docs(base).get(name) for base in kind.__mro__[:-1])
    found = next(text for text in (*helps, *docs) if text)
    text = " ".join(found.replace("``", "").split())
    return text[0].upper() + text[1:]


@cache
def _docs(kind: type) -> dict[str, str | None]:
    """Docstrings of the fields that a class itself defines."""
    said = docstring_parser.parse_from_object(kind).params
    return {part.arg_name: part.description for part in said}


def _default(value: Any) -> str:
    if value is dataclasses.MISSING:
        return " (required)"
    if value in (None, ()):  # The text says what happens then.
        return ""
    values = value if isinstance(value, tuple) else (value,)
    return f" (default: {' '.join(map(str, values))})"


def _entry(option: Option) -> str:
    margin = " " * (COLUMN if _width() >= WIDE else INDENT)
    if len(option.label) + 4 <= len(margin):
        return _filled(option.text, f"  {option.label}".ljust(len(margin)), margin)
    return _filled(option.label, "  ", "    ") + "\n" + _filled(option.text, margin, margin)


def _filled(text: str, first: str = "", later: str = "") -> str:
    """Lines of whole words, options and ids among them."""
    wrapper = textwrap.TextWrapper(_width(), first, later)
    wrapper.break_long_words = wrapper.break_on_hyphens = False
    return wrapper.fill(text)


def _width() -> int:
    return min(report.out.width, BROADEST)
