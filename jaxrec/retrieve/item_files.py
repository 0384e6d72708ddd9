"""Items and vectors as Parquet: what the Beam pipeline reads and what it leaves.

=========  =============================  ======================================================
items      item, feature, sender, weight  its id; F features; the ids of T neighbors, and their
                                          weights, of which 0 marks padding
vectors    item, vector                   its id; d numbers
=========  =============================  ======================================================

A file or a folder of files, rows in any order. Ids are any integers of 64 bits; the lists of a
column have one length.
"""

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float, Int

from jaxrec.base import InputError
from jaxrec.data import write_atomically
from jaxrec.ops import ImportanceNeighbors

ROWS = 2**14
"""Rows of a row group: what a reader holds at least."""
ITEM = {"item": np.int64, "feature": np.float32, "sender": np.int64, "weight": np.float32}
VECTOR = {"item": np.int64, "vector": np.float32}


def write_items(
    path: str | Path,
    feature: Float[np.ndarray, "n F"],
    table: ImportanceNeighbors,
    item: Int[np.ndarray, "n"] | None = None,
) -> None:
    """Writes items as one file, and the folder that it is in.

    Args:
      table: neighbors by their ids, ``Important(ids[table.sender], table.weight)`` of a table of
        rows, as ``embed`` reads it.
      item: ids of the rows; None numbers them from 0.

    Raises:
      InputError: columns of several lengths, or a place that cannot be written.
    """
    ids = np.arange(len(feature)) if item is None else item
    lengths = {len(rows) for rows in (ids, feature, table.sender, table.weight)}
    if len(lengths) > 1:
        raise InputError(f"columns have {sorted(lengths)} rows; give each item one in all")
    columns = ITEM, ids, feature, table.sender, table.weight
    if "://" in str(path):  # Of another file system, which renames in its own ways.
        return write(str(path), *columns)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_atomically(Path(path), lambda beside: write(str(beside), *columns))


def read_vectors(folder: str | Path) -> tuple[Int[np.ndarray, "N"], Float[np.ndarray, "N d"]]:
    """All ids, ascending, and their vectors, in memory: what an index is built over.

    Raises:
      InputError: the folder holds no vectors, not all that ``write_vectors`` made, or a file that
        is damaged.
    """
    paths = sorted(Path(folder).glob("*.parquet"))
    if not paths:
        raise InputError(f"{folder} holds no Parquet files; write them with write_vectors")
    told = [re.fullmatch(r"vectors-\d+-of-(\d+)", path.stem) for path in paths]
    n_made = {int(name[1]) for name in told if name}
    if n_made and n_made != {sum(name is not None for name in told)}:
        raise InputError(
            f"{folder} has {len(paths)} files of {' and '.join(map(str, sorted(n_made)))} that "
            "write_vectors made; write them again into an empty folder"
        )
    frames = []
    for path in paths:
        try:
            frames.append(pl.read_parquet(path))
        except (pl.exceptions.ComputeError, OSError) as error:
            raise InputError(f"{path} is no readable Parquet file; write it again") from error
    item, vector = arrays(pl.concat(frames), VECTOR)
    order = np.argsort(item)
    return item[order], vector[order]


def write(file: str | BytesIO, kinds: dict[str, type], *columns) -> None:
    """Writes vectors as columns of numbers and matrices as columns of lists."""
    named = zip(kinds.items(), columns, strict=True)
    frame = pl.DataFrame({name: np.asarray(array, kind) for (name, kind), array in named})
    # Numbers of vectors hardly compress.
    frame.write_parquet(file, compression="uncompressed", row_group_size=ROWS)


def arrays(frame: pl.DataFrame, kinds: dict[str, type]) -> list[np.ndarray]:
    """Columns of numbers as vectors, of lists as matrices.

    Raises:
      InputError: a column is not there, lacks cells, or has lists of several lengths.
    """
    found = []
    for name, kind in kinds.items():
        if name not in frame.columns:
            raise InputError(f"no column {name!r}; the file has {', '.join(frame.columns)}")
        cells, shape = frame[name], (frame.height,)
        if isinstance(cells.dtype, pl.Array):
            cells = cells.arr.to_list()
        if isinstance(cells.dtype, pl.List):
            lengths = cells.list.len().unique().sort().to_list()
            if len(lengths) != 1:
                raise InputError(f"lists of {name!r} have lengths {lengths}; fill them up by 0")
            cells, shape = cells.explode(), (frame.height, lengths[0])
        if cells.null_count():
            raise InputError(f"column {name!r} lacks {cells.null_count()} cells; fill them")
        found.append(cells.to_numpy().astype(kind, copy=False).reshape(shape))
    return found
