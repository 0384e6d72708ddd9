"""Files written beside their place and renamed into it: a reader sees the old or the new one."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from jaxrec.base import InputError


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Calls ``write`` on a path beside ``path`` and renames the result into place.

    Raises:
      InputError: the place cannot be written; what stood at ``path`` is as it was.
    """
    beside = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        write(beside)
        os.replace(beside, path)
    except (OSError, pl.exceptions.ComputeError) as error:  # Parquet's writer raises the second.
        why = getattr(error, "strerror", None) or error
        raise InputError(
            f"cannot write {path}: {why}; free the disk or choose another --out"
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Writes indented JSON."""
    write_atomically(path, lambda beside: beside.write_text(json.dumps(content, indent=2) + "\n"))


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
        raise InputError(
            f"cannot create {folder}: {error.strerror}; choose another --out"
        ) from error
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
