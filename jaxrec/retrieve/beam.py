"""Vectors of a catalogue that no memory holds: an Apache Beam pipeline (the extra ``beam``).

Ying et al., PinSage, KDD 2018, https://arxiv.org/abs/1806.01973, section 3.5: MapReduce, a map that
computes what items send, once for all, and a join a layer that brings it to those whose neighbours
they are. Elements are partitions, not items (``partitions``), and hold references to arrays in
scratch files: little goes through the runner, and its worker holds a partition's neighbours,
``rows * T * m`` floats, however many items there are. ``embed`` is the same in memory.
"""

import re
import uuid
from functools import partial
from typing import Any

import jax
import numpy as np

from jaxrec.base import InputError, Params
from jaxrec.models.pinsage import Pool, importance, layers
from jaxrec.retrieve import inference, partitions, scratch


def write_vectors(
    params: Params,
    source: str,
    out: str,
    pool: Pool = importance,
    rows: int = 2**14,
    options: Any = None,
) -> int:
    """Reads items, writes their vectors, and returns how many: as ``embed``, on whatever runner.

    Files are as in ``item_files``, on any file system that Beam knows; vectors are in a file a
    partition, and appear when all are done. Scratch files lie beside them until then: at most
    ``N (F + 3 T + K (T m + d))`` numbers, less where items share neighbours.

    Args:
      params: of ``pinsage``.
      source: a file that ends in .parquet, or a folder of such.
      out: a folder that is empty or not there.
      pool: that of the model.
      rows: items of a partition. On P partitions a join passes up to ``P^2`` references, so for
        billions of items give more rows.
      options: Beam's ``PipelineOptions``, its runner among them; None is ``FnApiRunner``, in this
        process. (``DirectRunner`` first tries Prism, a program that it downloads.)

    Raises:
      InputError: no Beam; no such files; a neighbour that is no item; an id twice; or what
        ``embed`` refuses.
    """
    files = scratch.file_systems()
    if rows < 1:
        raise InputError(f"a partition has {rows} rows; give 1 or more")
    if _there(files, out, "**"):
        raise InputError(f"{out} holds something; choose another folder")
    groups, n_items = _row_groups(files, source)
    folder = files.join(out, f"scratch-{uuid.uuid4().hex}")
    files.mkdirs(folder)
    try:
        _run(jax.tree.map(np.asarray, params), groups, folder, pool, -(-n_items // rows), options)
        made = _there(files, folder, "*.parquet")
        files.rename(made, [files.join(out, files.split(path)[1]) for path in made])
    except Exception as error:  # Runners wrap what a worker raises, each in its own way.
        told = re.search(r"InputError: (.+?)(?: \[while running|\n|$)", str(error))
        if told is None or isinstance(error, InputError):
            raise
        raise InputError(told[1]) from error
    finally:
        files.delete([folder])
    return n_items


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
    end = partial(partitions.end, params=params, folder=folder, n_parts=n_parts)
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
    from pyarrow import parquet

    path = source.rstrip("/")
    paths = [path] if path.endswith(".parquet") else _there(files, path, "*.parquet")
    groups, n_items = [], 0
    for path in paths:
        try:
            with files.open(path) as file:
                about = parquet.read_metadata(file)
        except (OSError, ValueError) as error:
            raise InputError(f"{path} is no readable Parquet file; write it again") from error
        groups += [(path, group) for group in range(about.num_row_groups)]
        n_items += about.num_rows
    if not n_items:
        raise InputError(f"{source} has no items; write them with write_items")
    return groups, n_items


def _there(files: Any, folder: str, pattern: str) -> list[str]:
    return [found.path for found in files.match([files.join(folder, pattern)])[0].metadata_list]
