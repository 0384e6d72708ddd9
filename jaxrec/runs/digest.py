"""A short name for the slices of a run."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np


def digest(*parts: Sequence[Any]) -> str:
    """16 hex digits that differ where what is learned from, chosen on or hidden does.

    Other than the data's fingerprint they know the order of rows, which random splits depend on.

    Args:
      parts: the columns of each slice, arrays or None.
    """
    found = hashlib.sha256()
    for columns in parts:
        for column in columns:
            found.update(b"none" if column is None else np.ascontiguousarray(column).tobytes())
        found.update(b"end")
    return found.hexdigest()[:16]
