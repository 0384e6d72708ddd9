"""What a worker of the Beam pipeline does with a partition of items.

=======  ===========================================================================================
split    rows of Parquet go to partitions by a hash of their ids
gather   a partition: its items, and what it needs of each other partition, every item once
send     one side of a layer's join: a partition answers all that need something of it
take     the other: a partition's items beside what was sent to them
end      the head, and Parquet again
=======  ===========================================================================================

A partition is known by its number; with it come references to its arrays (``scratch``).
"""

import io
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from jaxrec.base import InputError, Params
from jaxrec.nn import Pool
from jaxrec.retrieve import inference, item_files, scratch

Keyed = tuple[int, Any]
"""A partition and something of it."""


def split(source: tuple[str, int], folder: str, n_parts: int, width: int) -> Iterator[Keyed]:
    """References to the four columns of a row group's items, by partition.

    Raises:
      InputError: a column or a row is not as it must be.
    """
    from pyarrow import parquet

    path, group = source
    with scratch.file_systems().open(path) as file:
        for batch in parquet.ParquetFile(file).iter_batches(item_files.ROWS, row_groups=[group]):
            columns = item_files.arrays(pl.DataFrame(pl.from_arrow(batch)), item_files.ITEM)
            try:
                inference.check_rows(width, columns[1], columns[3])
            except InputError as error:
                raise InputError(f"{path}, row group {group}: {error}") from error
            part = _part(columns[0], n_parts)
            order = np.argsort(part, kind="stable")
            runs = list(_runs(part[order]))
            refs = scratch.write(folder, (c[order[run]] for _, run in runs for c in columns))
            for n, (p, _) in enumerate(runs):
                yield p, refs[4 * n : 4 * n + 4]


def gather(element: tuple[int, Iterable[Any]], folder: str, n_parts: int) -> Iterator[Any]:
    """A partition's items by ascending id; as ``asked``, what it needs of others.

    Neighbors become places in what others will send, one after the other.

    Raises:
      InputError: an id twice, or lists of several lengths.
    """
    from apache_beam.pvalue import TaggedOutput  # pyright: ignore[reportMissingImports]

    q, found = element
    columns = [[scratch.read(ref) for ref in refs] for refs in zip(*found, strict=True)]
    widths = sorted({len(rows[0]) for rows in columns[2]})
    if len(widths) > 1:
        raise InputError(f"items have {widths} neighbors in lists; fill all up to {widths[-1]}")
    item, feature, sender, weight = (np.concatenate(column) for column in columns)
    order = np.argsort(item)
    item, sender, weight = item[order], sender[order], weight[order]
    twice = item[1:][item[1:] == item[:-1]]
    if len(twice):
        raise InputError(f"item {twice[0]} is there twice; give each once")
    valid = weight > 0
    needed, column = np.unique(sender[valid], return_inverse=True)
    part = _part(needed, n_parts)
    by_part = np.argsort(part, kind="stable")
    place = np.zeros(sender.shape, np.int32)
    place[valid] = np.argsort(by_part)[column]
    refs = scratch.write(folder, (item, feature[order], place, weight))
    yield q, dict(zip(("item", "feature", "place", "weight"), refs, strict=True))
    runs = list(_runs(part[by_part]))
    asked = scratch.write(folder, (needed[by_part[run]] for _, run in runs))
    for (p, _), ref in zip(runs, asked, strict=True):
        yield TaggedOutput("asked", (p, (q, ref)))


def feature(q: int, items: dict[str, scratch.Ref]) -> Keyed:
    """What the first layer reads."""
    return q, items["feature"]


def send(element: tuple[int, dict[str, Any]], layer: Params, folder: str) -> Iterator[Keyed]:
    """What others need of a partition, computed once.

    Raises:
      InputError: somebody's neighbor is not there.
    """
    p, found = element
    asked, items = list(found["asked"]), list(found["items"])
    item = scratch.read(items[0]["item"]) if items else np.zeros(0, np.int64)
    needed = [scratch.read(ref) for _, ref in asked]
    for ids in needed:
        absent = ids[~np.isin(ids, item, assume_unique=True)]
        if len(absent):
            raise InputError(
                f"item {absent[0]} is a neighbor and not there; give it a row, or weight 0"
            )
    if not asked:
        return
    (h,) = found["h"]
    z = inference.by_blocks(partial(inference.sends, layer), inference.BLOCK, scratch.read(h))
    refs = scratch.write(folder, (z[np.searchsorted(item, ids)] for ids in needed))
    for (q, _), ref in zip(asked, refs, strict=True):
        yield q, (p, ref)


def take(
    element: tuple[int, dict[str, Any]], layer: Params, pool: Pool, folder: str
) -> Iterator[Keyed]:
    """A partition after a layer."""
    q, found = element
    (items,), (h,) = found["items"], found["h"]
    sent = [scratch.read(ref) for _, ref in sorted(found["sent"])]
    z = np.concatenate(sent or [np.zeros((1, len(layer["project"]["bias"])), np.float32)])
    combine = lambda h, place, weight: inference.takes(pool, layer, h, z[place], weight)
    rows = scratch.read(h), scratch.read(items["place"]), scratch.read(items["weight"])
    (ref,) = scratch.write(folder, [inference.by_blocks(combine, inference.BLOCK, *rows)])
    yield q, ref


def end(element: tuple[int, dict[str, Any]], params: Params, folder: str) -> None:
    """Writes a partition's vectors."""
    q, found = element
    (items,), (h,) = found["items"], found["h"]
    last = partial(inference.ends, params)
    vector = inference.by_blocks(last, inference.BLOCK, scratch.read(h))
    name = f"vectors-{q:05d}.parquet"
    held = io.BytesIO()
    item_files.write(held, item_files.VECTOR, scratch.read(items["item"]), vector)
    with scratch.file_systems().create(scratch.file_systems().join(folder, name)) as file:
        file.write(held.getbuffer())


def _part(item: np.ndarray, n_parts: int) -> np.ndarray:
    """A partition by Fibonacci hashing: of like size, whatever pattern ids have."""
    mixed = item.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed >> np.uint64(32)) % np.uint64(n_parts)).astype(np.int64)


def _runs(part: np.ndarray) -> Iterator[tuple[int, slice]]:
    """Each partition and its slice, of partitions in ascending order."""
    found, start = np.unique(part, return_index=True)
    for p, first, last in zip(found, start, [*start[1:], len(part)], strict=True):
        yield int(p), slice(first, last)
