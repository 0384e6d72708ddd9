"""The ``jaxrec`` command: reads options, calls the library, turns errors into one line."""

import contextlib
import dataclasses
import importlib
import io
import logging
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import tyro

from jaxrec import __version__
from jaxrec.base import InputError, Terminated
from jaxrec.commands import options, report
from jaxrec.commands.looking_options import (
    CompareOptions,
    EvaluateOptions,
    InspectOptions,
    ModelsOptions,
)
from jaxrec.commands.serving_options import (
    ExplainOptions,
    ExportOptions,
    RecommendOptions,
    SimilarOptions,
)
from jaxrec.commands.training_options import LaunchOptions, RunOptions, TrainOptions, TuneOptions
from jaxrec.train import hosts

DEFAULT = RunOptions.model
OF_IDS = ("--users", "--items", "--user", "--item")
NOT_UTF8 = (
    "{} holds bytes that are not UTF-8; write ids in UTF-8, and rename files and folders so that "
    "their names and those of the folders above them are"
)
COMMANDS = {
    "train": (TrainOptions, "jaxrec.commands.train", "a file of interactions -> a run"),
    "evaluate": (EvaluateOptions, "jaxrec.commands.evaluate", "measure a run again"),
    "recommend": (RecommendOptions, "jaxrec.commands.recommend", "items for users"),
    "similar": (SimilarOptions, "jaxrec.commands.recommend", "items like these items"),
    "explain": (ExplainOptions, "jaxrec.commands.explain", "why an item, by known facts"),
    "export": (ExportOptions, "jaxrec.commands.export", "an index, or StableHLO, of a run"),
    "tune": (TuneOptions, "jaxrec.commands.tune", "search a model's best options"),
    "compare": (CompareOptions, "jaxrec.commands.compare", "do trained runs differ"),
    "launch": (LaunchOptions, "jaxrec.commands.launch", "train in several processes"),
    "models": (ModelsOptions, "jaxrec.commands.models", "what can be trained"),
    "inspect": (InspectOptions, "jaxrec.commands.inspect", "what is in the data"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns 0, 2 for what the user can repair, 1 for a defect of ours."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    code = 0
    try:
        if not words or words[0] in ("-h", "--help"):
            print(_usage())
        elif words[0] == "--version":
            print(f"jaxrec {__version__}")
        else:
            code = _run(words[0], words[1:])
        sys.stdout.flush()
        return code
    except InputError as error:
        return _fail(str(error), 2)
    except BrokenPipeError:  # As with ``| head``: whoever reads has seen enough.
        _drop_unwritten()
        return 0
    except OSError as error:
        where = error.filename or "standard output or a file"
        return _fail(f"{where}: {error.strerror or error}", 2)
    except UnicodeEncodeError as error:
        return _fail(NOT_UTF8.format(ascii(error.object[:200])), 2)
    except KeyboardInterrupt as stop:
        code = 128 + (signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)
        return _fail(str(stop) or "stopped", code)
    except Exception as error:
        if os.environ.get("JAXREC_DEBUG"):
            raise
        what = " ".join(str(error).split())[:300]
        if "RESOURCE_EXHAUSTED" in what:
            return _fail(f"out of memory: lower --dim or --batch-size ({what})", 2)
        hint = "a defect of jaxrec; JAXREC_DEBUG=1 shows where"
        return _fail(f"{type(error).__name__}: {what} ({hint})", 1)


def entry() -> None:
    """The console script: runs ``main`` and ends the process with its code."""
    for name in ("absl", "asyncio"):  # Orbax reports every save, errors twice.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    sys.unraisablehook = _without_closed_loops
    if os.environ.get(hosts.VARIABLES[2], "0") == "0":  # Others of a run wait for the first.
        signal.signal(signal.SIGTERM, _terminate)
    code = main()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _drop_unwritten()
    if code:  # After a failed write, orbax's threads would print tracebacks at a gentle exit.
        os._exit(code)


def _terminate(kind: int, _: object) -> None:
    signal.signal(kind, signal.SIG_DFL)  # Asked twice, the process ends at once.
    raise Terminated


def _drop_unwritten() -> None:
    """Flushes the standard streams; what one cannot take any more is dropped."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _without_closed_loops(unraisable) -> None:
    """Keeps orbax's threads from printing tracebacks after a read or write that failed."""
    if "Event loop is closed" not in str(unraisable.exc_value):
        sys.__unraisablehook__(unraisable)


def _run(command: str, words: list[str]) -> int:
    for text in (command, *words, os.getcwd()):
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise InputError(NOT_UTF8.format(ascii(text)))
    if command not in COMMANDS:
        raise InputError(f"no command is called {command!r}; there are {', '.join(COMMANDS)}")
    kind, module, _ = COMMANDS[command]
    run = getattr(importlib.import_module(module), command)
    if command == "launch":  # Its words end where those of the launched command begin.
        end = words.index("train") if "train" in words else len(words)
        return run(_parse(kind, "jaxrec launch", words[:end], {}), words[end:])
    given = {}
    if command == "train":
        hosts.join()
        stored = hosts.from_first(lambda: _started(words))
        model = (_said("--model", words) or (stored or {}).get("model")) or DEFAULT
        kind = options.kind(model)
        options.check_words(model, words)
        if stored is not None and stored["model"] == model:
            given = {"default": options.options(**stored)}
    elif command == "tune":
        kind = options.tune_kind(_said("--model", words) or DEFAULT)
    elif command == "inspect":
        kind = options.inspect_kind(_said("--model", words) or DEFAULT)
    found = run(_parse(kind, f"jaxrec {command}", words, given))
    if command == "train":
        line = f"Next: jaxrec recommend {shlex.quote(str(found))} --all --out recommendations.csv"
        report.out.print(line, soft_wrap=True, markup=False)
    return 0


def _parse(kind: type, program: str, words: list[str], given: dict):
    """Reads options; a word that is none becomes one line instead of tyro's box."""
    flags = [word.split("=")[0] for word in words]
    if twice := [flag for flag in OF_IDS if flags.count(flag) > 1]:
        raise InputError(f"{twice[0]} stands twice, and the last alone would count; join them")
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(kind, prog=program, args=words, **given)
    except SystemExit as stop:
        if not stop.code:  # --help
            raise
        lines = (line.strip(" │╭╮╰╯─") for line in said.getvalue().splitlines()[1:])
        said_once = " ".join(line for line in lines if line)
        raise InputError(said_once + _about_dashes(words, kind)) from stop


def _about_dashes(words: list[str], kind: type) -> str:
    """A hint where a word that is no option stands where ids stand."""
    options, flag = {field.name for field in dataclasses.fields(kind)}, ""
    for word in words:
        name = word.split("=")[0].removeprefix("--").replace("-", "_")
        if word.startswith("--") and (name in options or name.removeprefix("no_") in options):
            flag = word
        elif word.startswith("-") and flag in OF_IDS:
            return f" (An id that begins with a dash is written {flag}={word})"
    return ""


def _started(words: list[str]) -> dict[str, Any] | None:
    """The stored options of the run to resume, which are the defaults of what is not said."""
    from jaxrec.commands.run_folder import read_config

    out = _said("--out", words) if "--resume" in words else None
    return dataclasses.asdict(read_config(Path(out))[0]) if out is not None else None


def _said(flag: str, words: list[str]) -> str | None:
    """What follows ``flag``, by a space or an equals sign."""
    spelled = [part for word in words for part in word.split("=", 1)]
    places = [place for name, place in pairwise(spelled) if name == flag]
    return places[-1] if places else None


def _usage() -> str:
    lines = [f"  jaxrec {name:10s} {about}" for name, (_, _, about) in COMMANDS.items()]
    return "\n".join(
        [
            "Graph recommenders in JAX: from a file of interactions to top-K.",
            "",
            *lines,
            "",
            "jaxrec COMMAND --help lists every option. Start with: jaxrec train",
            "",
            "Compiled programs are kept in ~/.cache/jaxrec (512 MiB at most), so that the next",
            "run on data of this size starts sooner. JAXREC_COMPILED=FOLDER keeps them there,",
            "JAXREC_COMPILED= nowhere.",
        ]
    )


def _fail(message: str, code: int) -> int:
    print(f"jaxrec: {message}", file=sys.stderr)
    return code
