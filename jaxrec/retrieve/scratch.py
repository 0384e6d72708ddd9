"""Arrays in scratch files, by reference: what passes between the steps of a Beam pipeline.

On any file system that Beam knows. A file has a name of its own, so a step that is run again, as
runners do, writes beside what it wrote before, and only what it hands on is read.
"""

import io
import uuid
from collections.abc import Iterable
from typing import Any

import numpy as np

from jaxrec.base import InputError

Ref = tuple[str, int]
"""A file and the place in it where an array begins."""


def beam() -> Any:
    """The package.

    Raises:
      InputError: it is not installed.
    """
    try:
        import apache_beam as package  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise InputError("this pipeline needs Apache Beam: pip install 'jaxrec[beam]'") from error
    return package


def file_systems() -> Any:
    """Beam's, chosen by the path."""
    beam()
    from apache_beam.io.filesystems import FileSystems  # pyright: ignore[reportMissingImports]

    return FileSystems


def write(folder: str, arrays: Iterable[np.ndarray]) -> list[Ref]:
    """Writes arrays one after the other into a new file, holding one at a time."""
    path, place, refs = file_systems().join(folder, uuid.uuid4().hex), 0, []
    with file_systems().create(path) as file:
        for array in arrays:
            held = io.BytesIO()
            np.lib.format.write_array(held, array, allow_pickle=False)
            file.write(held.getbuffer())
            refs.append((path, place))
            place += held.tell()
    return refs


def read(ref: Ref) -> np.ndarray:
    """The array that was written."""
    path, place = ref
    with file_systems().open(path) as file:
        file.seek(place)
        return np.lib.format.read_array(file, allow_pickle=False)
