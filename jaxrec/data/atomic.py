"""Files written beside their place and renamed into it: a reader sees the old or the new one.

All writers share two functions: ``write_atomically`` for a file, ``fill_atomically`` for a folder.
Either writes to ``.PID-NAME`` beside its place. A process that is killed may leave that behind;
the next one that writes there removes it.
"""

import contextlib
import errno
import os
import re
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from jaxrec.base import InputError

REPAIRS = {
    errno.ENOSPC: "free the disk",
    errno.EDQUOT: "free the disk",
    errno.EFBIG: "raise the limit on the size of files",
    errno.EACCES: "get permission to write there",
    errno.EROFS: "mount it for writing",
    errno.EPERM: "get permission to write there",
}
STALE_SECONDS = 60.0
"""Age of a file of a dead process before it is removed: its id may be that of another machine."""


def write_atomically(
    path: Path, write: Callable[[Path], object], elsewhere: str = "choose another place"
) -> None:
    """Calls ``write`` on a path beside ``path`` and renames the result into place.

    A symbolic link stays, and its target is replaced; a file keeps its permissions. What is no
    regular file, such as a pipe, is written to as it stands.

    Args:
      elsewhere: how the caller names another place; the end of every message.

    Raises:
      InputError: the place cannot be written; what stood at ``path`` is as it was.
    """
    target = _target(path)
    beside = _beside(target)
    try:
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            write(target)
            return
        _remove_stale(target)
        write(beside)
        if mode is not None:
            beside.chmod(stat.S_IMODE(mode))
        os.replace(beside, target)
    except (OSError, pl.exceptions.ComputeError) as error:  # Parquet's writer raises the second.
        raise InputError(refusal(path, error, elsewhere)) from error
    finally:
        with contextlib.suppress(OSError):  # What went wrong first is what is told.
            beside.unlink()


def fill_atomically(
    folder: Path, fill: Callable[[Path], object], elsewhere: str = "choose another place"
) -> None:
    """Calls ``fill`` on a new folder beside ``folder``, then renames it into place.

    ``folder`` is empty or does not exist; if it is a symbolic link, its target is replaced.

    Raises:
      InputError: the place cannot be written; nothing is left of the new folder.
    """
    target = _target(folder)
    beside = _beside(target)
    try:
        if target.parent.exists() and not target.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(target)
        beside.mkdir()
        fill(beside)
        os.replace(beside, target)
    except (OSError, pl.exceptions.ComputeError) as error:
        raise InputError(refusal(folder, error, elsewhere)) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def refusal(path: Path, error: Exception, elsewhere: str) -> str:
    """Why ``path`` cannot be written, and what can be done, in one line.

    >>> refusal(Path("a.csv"), OSError(errno.ENOSPC, "No space left on device"), "choose another")
    'cannot write a.csv: No space left on device; free the disk, or choose another'
    """
    number = _number(error)
    why = os.strerror(number) if number else str(error).strip().splitlines()[0]
    repair = f"{REPAIRS[number]}, or " if number in REPAIRS else ""
    return f"cannot write {path}: {why}; {repair}{elsewhere}"


def _number(error: Exception) -> int | None:
    """The system's number of an error; polars and FAISS have it in their words alone."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    text = str(error).strip()
    if told := re.search(r"\(os error (\d+)\)", text):
        return int(told[1])
    ends = (number for number in errno.errorcode if text.rstrip(")").endswith(os.strerror(number)))
    return next(ends, None)


def _target(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _beside(target: Path) -> Path:
    # Names have an upper limit of 255 bytes; what a writer may go by is the end.
    return target.with_name(f".{os.getpid()}-{target.name[-60:]}")


def _remove_stale(target: Path) -> None:
    """Removes what processes that no longer run have left beside ``target``."""
    with contextlib.suppress(OSError):
        for path in target.parent.glob(".*-*"):
            told = re.fullmatch(r"\.(\d+)-(.+)", path.name, re.DOTALL)
            if told is None or told[2] != target.name[-60:] or _runs(int(told[1])):
                continue
            if time.time() - path.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # Somebody else's.
    return True
