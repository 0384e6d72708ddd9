"""How programs start and end: with streams to write to, huge pages, and a line if refused.

A table of features is read a row here and a row there, and each row lies on a page of its own.
With pages of 2 MiB instead of 4 KiB the processor finds them without searching, and new memory
costs less to get; ``python -m benchmarks.huge_pages`` says how much that is worth. glibc asks the
kernel for such pages when told so by a variable that it reads only when a process starts.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jaxrec import compiled

VARIABLE, SETTING = "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"
MODE = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def on_request() -> bool:
    """Whether this system grants huge pages to the processes that ask for them."""
    return MODE.exists() and "[madvise]" in MODE.read_text()


def with_huge_pages() -> None:
    """Starts this program over with huge pages, unless it has them or cannot have them.

    To be called first thing: what was computed before is lost. A variable set by the caller stays.
    """
    if on_request() and VARIABLE not in os.environ and sys.orig_argv:
        os.environ[VARIABLE] = SETTING
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


@contextmanager
def refusals_in_one_line(program: str) -> Iterator[None]:
    """For programs around ``jaxrec``: what a person can repair is told without a traceback.

    Raises:
      SystemExit: with 2 in place of an InputError, with 130 of an interrupt.
    """
    from jaxrec.base import InputError  # Only now, for it imports JAX.

    escape_what_streams_cannot_encode()
    try:
        yield
    except (InputError, KeyboardInterrupt) as error:
        repairable = isinstance(error, InputError)
        print(f"{program}: {error if repairable else 'stopped'}", file=sys.stderr)
        sys.exit(2 if repairable else 130)


def open_closed_streams() -> None:
    """Gives a program that was started without standard streams (``2>&-``) ones that lead nowhere.

    Else the next file that is opened would take their number, and get what libraries print there.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            os.dup2(opened, number)
            if opened != number:
                os.close(opened)
            setattr(sys, name, open(number, mode))


def escape_what_streams_cannot_encode() -> None:
    """Lets a stream write ``\\u6f22`` where its encoding has no such character, as stderr does."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def entry() -> None:
    """The console script."""
    open_closed_streams()
    with_huge_pages()
    compiled.keep_programs("programs")
    escape_what_streams_cannot_encode()
    from jaxrec.cli.main import entry

    entry()
