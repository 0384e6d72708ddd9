"""From words to options; what cannot be read becomes one line."""

import contextlib
import dataclasses
import io
import re
from difflib import get_close_matches
from itertools import pairwise

import tyro

from jaxrec.base import InputError
from jaxrec.cli.help import options, print_help

OF_IDS = ("--users", "--items", "--user", "--item", "--head", "--tail", "--relation")


def parse(kind: type, program: str, words: list[str], given: dict):
    """Reads options; a word that is none becomes one line instead of tyro's box."""
    flags = [word.split("=")[0] for word in words]
    if twice := [flag for flag in OF_IDS if flags.count(flag) > 1]:
        raise InputError(f"{twice[0]} stands twice, and the last alone would count; join them")
    said, shown = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(shown):
            return tyro.cli(kind, prog=program, args=words, **given)
    except SystemExit as stop:
        if stop.code:
            lines = (line.strip(" │╭╮╰╯─") for line in said.getvalue().splitlines()[1:])
            said_once = " ".join(line for line in lines if line.strip("-"))
            said_once = re.sub(r"\.?( Argument helptext: .*)? For full helptext,", ";", said_once)
            unknown = _unknown(said_once, words, kind, program)
            raise InputError((unknown or said_once) + _about_dashes(words, kind)) from stop
        if {"-h", "--help"}.intersection(words):
            print_help(kind, program, **given)
        else:  # What else tyro offers, such as a shell's completion.
            print(shown.getvalue(), end="")
        raise


def _unknown(said_once: str, words: list[str], kind: type, program: str) -> str:
    """Names the options that there are not, each with the nearest that there is."""
    if not said_once.startswith("Unrecognized options"):
        return ""
    known = [name for option in options(kind) for name in re.findall(r"--[\w-]+", option.label)]
    flags = [word.split("=")[0] for word in words if word.startswith("--")]
    unknown = [flag for flag in flags if flag.replace("_", "-") not in known]
    if not unknown:
        return ""
    near = lambda flag: [
        f" (did you mean {best}?)" for best in get_close_matches(flag, known, 1, 0.7)
    ]
    named = ", ".join("".join([flag, *near(flag)]) for flag in unknown)
    of_model = " --model NAME" * any(field.name == "model" for field in dataclasses.fields(kind))
    return f"{program} has no option {named}; {program}{of_model} --help lists all"


def _about_dashes(words: list[str], kind: type) -> str:
    """A hint where a word that is no option stands where ids stand."""
    names, flag = {field.name for field in dataclasses.fields(kind)}, ""
    for word in words:
        name = word.split("=")[0].removeprefix("--").replace("-", "_")
        if word.startswith("--") and (name in names or name.removeprefix("no_") in names):
            flag = word
        elif word.startswith("-") and flag in OF_IDS:
            return f" (An id that begins with a dash is written {flag}={word})"
    return ""


def said(flag: str, words: list[str]) -> str | None:
    """What follows ``flag``, by a space or an equals sign."""
    spelled = [part for word in words for part in word.split("=", 1)]
    places = [place for name, place in pairwise(spelled) if name == flag]
    return places[-1] if places else None
