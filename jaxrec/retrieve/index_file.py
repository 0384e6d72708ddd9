"""An index on disk: FAISS's file, and beside it FILE.json, which says what it is.

FAISS reads what it is given, so a file is read only after its bytes are found to be those that
were written. Both are written beside their place and renamed into it, FILE.json last: a reader sees
an index that is whole, or is told that it is not.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from jaxrec import __version__
from jaxrec.base import InputError
from jaxrec.data import write_atomically
from jaxrec.retrieve.ann import Ann, faiss

N_SHOWN = 16
"""Characters of what differs; a digest has more."""


def save(ann: Ann, path: Path, about: dict[str, Any]) -> None:
    """Writes the index and what it is about.

    Args:
      about: numbers and words that ``load`` can compare, such as the run's fingerprint.

    Raises:
      InputError: the place cannot be written.
    """
    package = faiss()
    write_atomically(path, lambda beside: _write_index(ann.index, beside))
    described = {
        "jaxrec": __version__,
        "faiss": package.__version__,
        "kind": ann.kind,
        "n_items": ann.n_items,
        "dim": ann.dim,
        "effort": ann.effort,
        "excess": ann.excess,
        "about": about,
        "bytes": path.stat().st_size,
        "sha256": _sha256(path),
    }
    plain = lambda value: value.item()  # NumPy's numbers.
    text = json.dumps(described, indent=2, default=plain) + "\n"
    write_atomically(_beside(path), lambda beside: beside.write_text(text))


def load(path: Path, expected: dict[str, Any], repair: str = "build and save it again") -> Ann:
    """Reads an index.

    Args:
      expected: what must hold of it: ``n_items``, ``dim``, and what ``about`` said when it was
        saved. What is not named here is not compared.
      repair: what to do about another one; the end of every message.

    Raises:
      InputError: no index, one without its FILE.json, one that was damaged, or one of something
        else; says which.
    """
    if not path.is_file():
        raise InputError(f"there is no index {path}; {repair}")
    try:
        described = json.loads(_beside(path).read_text())
        kind, dim, effort, excess = (
            described[name] for name in ("kind", "dim", "effort", "excess")
        )
        found = {"n_items": described["n_items"], "dim": dim} | described["about"]
        size, digest = described["bytes"], described["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{_beside(path)} does not say what {path.name} is ({error}); {repair}"
        ) from error
    for name, value in expected.items():
        if found.get(name) != value:
            raise InputError(
                f"{path} was made of something else: its {name} is "
                f"{str(found.get(name))[:N_SHOWN]}, not {str(value)[:N_SHOWN]}; {repair}"
            )
    if path.stat().st_size != size or _sha256(path) != digest:
        raise InputError(
            f"{path} is damaged or was replaced: its {path.stat().st_size:,} bytes are not the "
            f"{size:,} that were written; {repair}"
        )
    try:
        index = faiss().read_index(str(path))
    except RuntimeError as error:
        raise InputError(f"this FAISS cannot read {path} ({_last(error)}); {repair}") from error
    return Ann(kind, index, dim, effort, excess)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_index(index: Any, path: Path) -> None:
    try:
        faiss().write_index(index, str(path))
    except RuntimeError as error:  # As when a disk is full.
        raise OSError(_last(error)) from error


def _last(error: Exception) -> str:
    """FAISS names its source first and the reason last."""
    return str(error).strip().splitlines()[-1][-200:]
