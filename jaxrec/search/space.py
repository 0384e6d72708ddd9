"""What ``jaxrec tune`` varies: ``NAME=LOW:HIGH``, ``NAME=LOW:HIGH:log`` or ``NAME=a,b,c``."""

import dataclasses
import math
from collections.abc import Container, Iterator, Sequence
from itertools import product
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from jaxrec.base import InputError
from jaxrec.runs.model_options import kind
from jaxrec.runs.options import DataOptions, FactOptions, RunOptions, TrainOptions

NOT_SEARCHED = {
    field.name
    for kind_of_options in (RunOptions, DataOptions, FactOptions)
    for field in dataclasses.fields(kind_of_options)
}
"""What says which data, which question and which folder: no choice that validation could make."""
NOT_SEARCHED |= {"epochs", "validate_every", "patience", "devices", "resume"}
NOT_SEARCHED |= {"start_from", "start_tables"}  # Their folder is read before any trial.
NOT_SEARCHED |= {"propagation"}  # The same numbers, faster or slower.
NOT_SEARCHED |= {"kg", "links"}  # What is known of items is read once.
NOT_SEARCHED |= {"squared", "valid_facts"}  # Of the model, and of what trials are compared by.
LEARNED = "learning_rate=1e-4:1e-1:log", "l2=1e-6:1e-2:log"
DEFAULTS = {
    "simgcl": (*LEARNED, "contrast_weight=1e-2:1:log"),
    "xsimgcl": (*LEARNED, "contrast_weight=1e-2:1:log"),
    "bgcf": (*LEARNED, "distance_weight=1e-4:1e-1:log"),
    "kgcn": (LEARNED[0], "l2=1e-7:1e-3:log"),
    "kgnn_ls": (LEARNED[0], "l2=1e-7:1e-3:log", "smooth_weight=1e-2:10:log"),
    "ripplenet": (LEARNED[0], "l2=1e-9:1e-4:log", "kge_weight=1e-3:1:log"),
    "filter_r": ("r=0:1",),
    "gf_cf": ("rank=8:512:log", "low_pass=0:1"),
    "ease": ("l2=1:10000:log",),
    "item_knn": ("n_neighbors=5:500:log", "shrink=0:100"),
    **dict.fromkeys(
        ("twhin", "transe", "distmult", "complex", "rotate"),
        ("learning_rate=1e-3:3e-1:log", "n3=1e-3:1:log"),
    ),
    "concept_knn": ("similarity=cf_idf,jaccard", "n_neighbors=20:2000:log"),
}
"""What varies when ``--search`` is not given; ``LEARNED`` for the others."""
DIGITS = 4
"""Decimal digits of a number that is tried: more would make longer commands, not better models."""


class Choices(NamedTuple):
    """One of these."""

    values: tuple[Any, ...]

    def suggest(self, trial: Any, name: str) -> Any:
        """What optuna's ``trial`` is to try."""
        return trial.suggest_categorical(name, self.values)


class Range(NamedTuple):
    """A number from ``low`` to ``high``, both included; ``log`` is even over powers."""

    low: float
    high: float
    log: bool

    def suggest(self, trial: Any, name: str) -> Any:
        """What optuna's ``trial`` is to try."""
        if isinstance(self.low, int):
            return trial.suggest_int(name, self.low, self.high, log=self.log)
        value = trial.suggest_float(name, self.low, self.high, log=self.log)
        return min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high)


Space = dict[str, Choices | Range]


def read_space(words: Sequence[str], model: str, task: str | None = None) -> Space:
    """The space that ``--search`` names, or the model's default.

    >>> read_space(["n-layers=1:3", "learning_rate=1e-4:1e-1:log"], "lightgcn")["n_layers"]
    Range(low=1, high=3, log=False)

    Raises:
      InputError: a word of another form, an option that is not searched, or a range of nothing.
    """
    space: Space = {}
    for word in words or DEFAULTS.get(model, LEARNED):
        spelled, equals, text = word.partition("=")
        name = spelled.strip().replace("-", "_")
        if not equals or not text:
            raise InputError(
                f"--search {word} is none of NAME=LOW:HIGH, NAME=LOW:HIGH:log and NAME=a,b,c"
            )
        if name in space:
            raise InputError(f"--search names {name} twice; name it once")
        space[name] = _read(word, text, _annotation(name, model, task))
    return space


def searchable(model: str, task: str | None = None) -> list[str]:
    """The options of ``model``, trained for a task, that ``--search`` may name."""
    known, hints = dataclasses.fields(kind(model, task)), get_type_hints(kind(model, task))
    names = (field.name for field in known if field.name not in NOT_SEARCHED)
    return [name for name in names if _scalar(hints[name])]


def ends(space: Space) -> list[dict[str, Any]]:
    """Each choice and each end of a range, alone: what must be in range before anything runs."""
    return [{name: value} for name, over in space.items() for value in _ends(over)]


def corners(space: Space, without: Container[str] = ()) -> Iterator[dict[str, Any]]:
    """Every combination of choices and ends of ranges, of all options but those.

    >>> space = read_space(["n_layers=1:4", "dim=8,16", "l2=0:1"], "lightgcn")
    >>> list(corners(space, without=["l2"]))[1]
    {'n_layers': 1, 'dim': 16}
    """
    named = {name: _ends(over) for name, over in space.items() if name not in without}
    return (dict(zip(named, values, strict=True)) for values in product(*named.values()))


def _ends(over: Choices | Range) -> tuple[Any, ...]:
    return over.values if isinstance(over, Choices) else (over.low, over.high)


def _annotation(name: str, model: str, task: str | None) -> Any:
    if name in searchable(model, task):
        return get_type_hints(kind(model, task))[name]
    flags = {field.name for field in dataclasses.fields(TrainOptions)}
    why = "is not searched" if name in flags else f"is no option of {model}"
    raise InputError(f"--search: {name} {why}; name any of {', '.join(searchable(model, task))}")


def _scalar(annotation: Any) -> bool:
    kinds = _kinds(annotation)
    return all(each in (int, float, str, bool, NoneType) or _words(each) for each in kinds)


def _kinds(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) is UnionType else (annotation,)


def _words(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _read(word: str, text: str, annotation: Any) -> Choices | Range:
    if "," in text:
        read = (_value(word, part.strip(), annotation) for part in text.split(","))
        return Choices(tuple(dict.fromkeys(read)))
    low, *rest = text.split(":")
    if not rest:
        raise InputError(
            f"--search {word} is one value; give LOW:HIGH or a,b,c, or hold it by "
            f"--{word.split('=')[0].replace('_', '-')} {text}"
        )
    number = next((each for each in _kinds(annotation) if each in (int, float)), None)
    if number is None:
        raise InputError(f"--search {word} is a range, but the option has words; give a,b,c")
    if rest[1:] not in ([], ["log"]):
        raise InputError(f"--search {word}: a range is LOW:HIGH or LOW:HIGH:log")
    ends, log = [_value(word, end, number) for end in (low, rest[0])], rest[1:] == ["log"]
    if ends[0] >= ends[1]:
        raise InputError(f"--search {word} has nothing between; give LOW below HIGH")
    if log and ends[0] <= 0:
        raise InputError(f"--search {word} begins at {ends[0]}; with :log give LOW above 0")
    return Range(ends[0], ends[1], log)


def _value(word: str, text: str, annotation: Any) -> Any:
    for each in _kinds(annotation):
        if each is NoneType and text == "None":
            return None
        if each is bool and text in ("True", "False"):
            return text == "True"
        if text in _words(each) or each is str:
            return text
        if each in (int, float):
            try:
                if math.isfinite(value := each(text)):
                    return value
            except ValueError:
                continue
    allowed = [part for each in _kinds(annotation) for part in _words(each) or (_NAMES[each],)]
    raise InputError(f"--search {word}: {text!r} is not {' or '.join(allowed)}")


_NAMES = {int: "a whole number", float: "a number", bool: "True or False", NoneType: "None"}
_NAMES |= {str: "a word"}
