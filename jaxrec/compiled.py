"""Compiled programs are kept from one process to the next.

XLA compiles a function anew in each process, which for small data takes longer than to train. JAX
can keep what it compiled in a folder (docs.jax.dev, "Persistent compilation cache"). Here is
which folder: one for each kind of processor, since a program uses the instructions of its own.
"""

import contextlib
import hashlib
import os
import platform
from pathlib import Path

VARIABLE = "JAXREC_COMPILED"
MOST_BYTES = 2**29
N_DIGITS = 16  # Of a processor's folder.
SETTINGS = {
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}


def keep_programs(name: str, variable: str = VARIABLE, most_bytes: int = MOST_BYTES) -> None:
    """Lets JAX keep its programs in the user's cache folder; to be called before it is imported.

    ``variable`` names another folder, or, empty, none. A caller's own JAX_COMPILATION_CACHE_DIR
    stays as it is. Where nothing can be written, nothing is kept.

    Args:
      name: Of the folder, within the user's ``.cache/jaxrec``.
      most_bytes: What the folder may hold; programs not used for longest leave first, now.
    """
    given = os.environ.get(variable)
    if given == "" or "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    with contextlib.suppress(OSError, RuntimeError):  # No place to write, or no home.
        top = Path(given) if given else _user_cache() / "jaxrec" / name
        folder = top / processor()
        folder.mkdir(parents=True, exist_ok=True)
        drop_oldest(top, most_bytes)
        if os.access(folder, os.W_OK):
            for setting, value in SETTINGS.items():
                os.environ.setdefault(setting, value)
            os.environ["JAX_COMPILATION_CACHE_DIR"] = str(folder)


def processor() -> str:
    """A name for the instructions that this machine knows."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    instructions = [line for line in lines if line.startswith(("flags", "Features"))][:1]
    text = "\n".join([platform.machine(), platform.processor(), *instructions])
    return hashlib.sha256(text.encode()).hexdigest()[:N_DIGITS]


def drop_oldest(folder: Path, most_bytes: int) -> None:
    """Deletes programs until no more than ``most_bytes`` are left, the longest unused first.

    Empty ones leave, too: a process was stopped before it wrote them. Nothing but JAX's own files
    in this module's folders is touched. Other processes may do the same at the same time.
    """
    files = []
    for path in folder.glob("[0-9a-f]" * N_DIGITS + "/*-cache"):
        with contextlib.suppress(OSError):
            files.append((path.stat(), path))
    kept = 0
    for stat, path in sorted(files, key=lambda file: -max(file[0].st_atime, file[0].st_mtime)):
        kept += stat.st_size
        if stat.st_size == 0 or kept > most_bytes:
            path.unlink(missing_ok=True)


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
