"""The ``jaxrec`` command: reads options, calls the library, turns errors into one line."""

import logging
import os
import signal
import sys
from collections.abc import Sequence

from jaxrec import __version__
from jaxrec.errors import InputError, Terminated

PROCESS_ID = "JAXREC_PROCESS_ID"  # Of train.hosts, which imports JAX.
NOT_UTF8 = (
    "{} holds bytes that are not UTF-8; write ids in UTF-8, and rename files and folders so that "
    "their names and those of the folders above them are"
)
COMMANDS = {
    "train": "a file of interactions -> a run",
    "pretrain": "an encoder of structure, for other data",
    "evaluate": "measure a run again",
    "recommend": "items for users",
    "similar": "items like these items",
    "predict": "ratings or chances of pairs",
    "complete": "entities for a missing end of a fact",
    "explain": "why an item, by known facts",
    "export": "an index, or StableHLO, of a run",
    "embed": "vectors of a catalogue, by its features",
    "tune": "search a model's best options",
    "compare": "do trained runs differ",
    "report": "a page on trained runs",
    "launch": "train in several processes",
    "models": "what can be trained",
    "inspect": "what is in the data",
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
    if os.environ.get(PROCESS_ID, "0") == "0":  # Others of a run wait for the first.
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
    from jaxrec.cli.console import printed_log  # Only now, for they import JAX.
    from jaxrec.cli.verbs import run

    with printed_log():
        return run(command, words)


def _usage() -> str:
    lines = [f"  jaxrec {name:10s} {about}" for name, about in COMMANDS.items()]
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
