"""Files written beside their place and renamed into it: a reader sees the old or the new one."""

import json
import os
from collections.abc import Callable
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


def make(folder: Path) -> None:
    """Makes the folder, unless there is one.

    Raises:
      InputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot create {folder}: {error.strerror}; choose another --out"
        ) from error
