"""Ids that a run does not know: skipped and counted, or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from jaxtyping import Int32

from jaxrec.base import InputError
from jaxrec.data import describe_unknown, find
from jaxrec.runs import log
from jaxrec.runs.store import files

Role = Literal["user", "item", "head", "tail", "entity", "node"]


@dataclass(frozen=True)
class Unknown:
    """What to do about ids that a run does not know.

    Attributes:
      strict: whether one such id refuses all.
      out: file of the answers; all unknown ids are written beside it.
    """

    strict: bool = False
    out: str | None = None

    def rows(self, ids: pl.Series, wanted: Sequence[str], role: Role) -> Int32[np.ndarray, "n"]:
        """The row of every wanted id, -1 for an unknown one; a line counts those.

        Raises:
          InputError: no id is known, or one is not and ``strict`` is set.
        """
        rows, words = find(ids, wanted)
        unknown = words.filter(pl.Series(rows < 0)).unique(maintain_order=True)
        if len(unknown) and (self.strict or (rows < 0).all()):
            raise InputError(describe_unknown(ids, unknown))
        path = beside(self.out)
        if path is not None and len(unknown):
            frame = pl.DataFrame({role: unknown})
            files.write_atomically(path, frame.write_csv)
        elif path is not None:
            files.remove(path)  # Of an earlier answer.
        if len(unknown):
            where = "" if path is None else f"; all of them -> {path}"
            plural = "entities" if role == "entity" else f"{role}s"
            log.warn(
                f"{len(unknown):,} of {words.n_unique():,} {plural} skipped: "
                f"{describe_unknown(ids, unknown)}{where}"
            )
        return rows

    def known(self, ids: pl.Series, wanted: Sequence[str], role: Role) -> Int32[np.ndarray, "m"]:
        """The rows of the wanted ids that are known, as ``rows`` finds them."""
        rows = self.rows(ids, wanted, role)
        return rows[rows >= 0]


SKIP = Unknown()


def beside(out: str | None) -> Path | None:
    """The file of unknown ids that belongs to a file of answers.

    >>> beside("lists.parquet").name
    'lists.unknown.csv'
    """
    return None if out is None else Path(out).with_suffix(".unknown.csv")
