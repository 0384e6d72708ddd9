"""Files and folders that commands write; each file as ``data.atomic`` has it."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jaxrec.base import InputError
from jaxrec.data import atomic

ELSEWHERE = "choose another --out"


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """``data.write_atomically`` for commands, where another place is another ``--out``.

    Raises:
      InputError: the place cannot be written; what stood at ``path`` is as it was.
    """
    atomic.write_atomically(path, write, ELSEWHERE)


def write_json(path: Path, content: Any) -> None:
    """Writes indented JSON."""
    write_text(path, json_text(content))


def json_text(content: Any) -> str:
    """Indented JSON, as ``write_json`` writes it."""
    return json.dumps(content, indent=2) + "\n"


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8."""
    write_atomically(path, lambda beside: beside.write_text(text, "utf-8"))


def remove(path: Path) -> None:
    """Removes a file, if it is there.

    Raises:
      InputError: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(atomic.refusal(path, error, ELSEWHERE)) from error


def make(folder: Path) -> bool:
    """Makes the folder, unless there is one; returns whether it did.

    Raises:
      InputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        if folder.is_dir():
            return False
        raise InputError(atomic.refusal(folder, error, ELSEWHERE)) from error
    return True


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keeps others who ask for it out of ``folder``, until the end or any death of this process.

    The folder itself is locked, so that nothing is left behind.

    Raises:
      InputError: another came first.
    """
    with contextlib.ExitStack() as held:
        try:
            import fcntl

            opened = os.open(folder, os.O_RDONLY)
            held.callback(os.close, opened)
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"another process is training in {folder}; wait for it, or choose another --out"
            ) from error
        except (ImportError, OSError):
            pass  # Windows, or a file system without locks: nobody is kept out.
        yield
