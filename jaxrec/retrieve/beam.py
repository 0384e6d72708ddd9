"""Vectors of a catalogue that no memory holds: an Apache Beam pipeline (the extra ``beam``).

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.5: MapReduce, a map that
computes what items send, once for all, and a join a layer that brings it to those whose neighbors
they are. Elements are partitions, not items (``partitions``), and hold references to arrays in
scratch files: little goes through the runner, and a thread of its worker holds a partition's
neighbors, ``rows * T * m`` floats, twice, however many items there are. ``embed`` is the same in
memory.
"""

import re
import uuid
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxrec.base import InputError, Params
from jaxrec.models.pinsage import layers
from jaxrec.nn import Pool, importance_pooling
from jaxrec.retrieve import inference, partitions, scratch


def write_vectors(
    params: Params,
    source: str | Path,
    out: str | Path,
    pool: Pool = importance_pooling,
    rows: int = 2**14,
    options: Any = None,
) -> int:
    """Reads items, writes their vectors, and returns how many: as ``embed``, on whatever runner.

    Files are as in ``item_files``, on any file system that Beam knows; vectors are in a file a
    partition, which are moved to ``out`` when all are done. Scratch files lie there until then: at
    most ``N (2 F + 5 T + K (T m + d) + d + 3)`` numbers, ``2 T + 3`` of them ids of 64 bits, less
    where items share neighbors.

    Args:
      params: of ``pinsage``.
      source: a file that ends in .parquet, or a folder of such; no pattern.
      out: a folder that is empty or not there.
      pool: that of the model.
      rows: items of a partition. On P partitions a join passes up to ``P^2`` references, so for
        billions of items give more rows.
      options: Beam's ``PipelineOptions``, its runner among them; None is ``FnApiRunner``, in this
        process. (``DirectRunner`` first tries Prism, a program that it downloads.)

    Raises:
      InputError: no Beam; no such files; a neighbor that is no item; an id twice; vectors of
        fewer items than there are, as of a runner that does not wait; or what ``embed`` refuses.
    """
    files = scratch.file_systems()
    source, out = str(source), str(out)
    if rows < 1:
        raise InputError(f"a partition has {rows} rows; give 1 or more")
    for path in (source, out):
        if set(path) & set("*?[]"):
            raise InputError(f"{path} is a pattern to Beam, by one of *?[]; choose another name")
    if _there(files, out, "**"):
        raise InputError(
            f"{out} holds something; choose another folder, or, if what it holds is scratch-* of a "
            "run that was killed, delete that"
        )
    groups, n_items = _row_groups(files, source)
    folder = files.join(out, f"scratch-{uuid.uuid4().hex}")
    files.mkdirs(folder)
    try:
        _run(jax.tree.map(np.asarray, params), groups, folder, pool, -(-n_items // rows), options)
        _move(files, _there(files, folder, "*.parquet"), out, n_items)
    except Exception as error:  # Runners wrap what a worker raises, each in its own way.
        told = re.search(r"InputError: (.+?)(?: \[while running|\n|$)", str(error))
        if told is None or isinstance(error, InputError):
            raise
        raise InputError(told[1]) from error
    finally:
        # Where there are no folders, a path without a slash at its end is one object.
        there = files.get_filesystem(folder).has_dirs()
        files.delete([folder if there else f"{folder}/"])
    return n_items


def _move(files: Any, made: list[str], out: str, n_items: int) -> None:
    """Moves all files or none; where the process is killed amid, ``read_vectors`` finds it out."""
    n_made = sum(_about(files, path).num_rows for path in made)
    if n_made != n_items:
        raise InputError(
            f"the pipeline left {n_made} of {n_items} items; have its runner wait until it is done"
        )
    name = lambda n: f"vectors-{n:05d}-of-{len(made):05d}.parquet"  # No partition need have items.
    made, targets = sorted(made), [files.join(out, name(n)) for n in range(len(made))]
    try:
        files.rename(made, targets)
    except BaseException:  # An interrupt, too.
        files.delete([path for path in targets if files.exists(path)])
        raise


def _run(params: Params, groups, folder: str, pool: Pool, n_parts: int, options: Any) -> None:
    beam = scratch.beam()
    from apache_beam.runners.portability import (  # pyright: ignore[reportMissingImports]
        fn_api_runner,
    )

    own = fn_api_runner.FnApiRunner  # pyright: ignore[reportPrivateImportUsage]
    runner = own() if options is None else None
    width = inference.n_features(params)
    split = partial(partitions.split, folder=folder, n_parts=n_parts, width=width)
    gather = partial(partitions.gather, folder=folder, n_parts=n_parts)
    end = partial(partitions.end, params=params, folder=folder)
    with beam.Pipeline(runner=runner, options=options) as pipeline:
        gathered = (
            pipeline
            | beam.Create(groups)
            | beam.Reshuffle()
            | "split" >> beam.FlatMap(split)
            | "by partition" >> beam.GroupByKey()
            | "gather" >> beam.FlatMap(gather).with_outputs("asked", main="items")
        )
        items, asked = gathered["items"], gathered["asked"]
        h = items | "features" >> beam.MapTuple(partitions.feature)
        for k, layer in enumerate(layers(params)):
            send = partial(partitions.send, layer=layer, folder=folder)
            take = partial(partitions.take, layer=layer, pool=pool, folder=folder)
            senders = {"items": items, "h": h, "asked": asked}
            joined = senders | f"senders {k}" >> beam.CoGroupByKey()
            takers = {"items": items, "h": h, "sent": joined | f"send {k}" >> beam.FlatMap(send)}
            h = takers | f"takers {k}" >> beam.CoGroupByKey() | f"take {k}" >> beam.FlatMap(take)
        _ = {"items": items, "h": h} | "all" >> beam.CoGroupByKey() | "end" >> beam.Map(end)


def _row_groups(files: Any, source: str) -> tuple[list[tuple[str, int]], int]:
    """All row groups of all files, and how many rows they have."""
    path = source.rstrip("/")
    paths = _there(files, path, "*.parquet")  # A folder's name may end so, too.
    if not paths and path.endswith(".parquet"):
        paths = [path]
    groups, n_items = [], 0
    for path in paths:
        about = _about(files, path)
        groups += [(path, group) for group in range(about.num_row_groups)]
        n_items += about.num_rows
    if not n_items:
        raise InputError(f"{source} has no items; write them with write_items")
    return groups, n_items


def _about(files: Any, path: str) -> Any:
    from pyarrow import parquet

    try:
        with files.open(path) as file:
            return parquet.read_metadata(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no readable Parquet file; write it again") from error


def _there(files: Any, folder: str, pattern: str) -> list[str]:
    return [found.path for found in files.match([files.join(folder, pattern)])[0].metadata_list]
