"""``jaxrec export``: an index of a run's items, or its model as programs without its code."""

import time
from pathlib import Path

import numpy as np

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.cli.options.serving import ExportOptions
from jaxrec.retrieve import KINDS, check_folder, save, tune_search_effort, write_programs
from jaxrec.retrieve.ann import faiss
from jaxrec.runs import log
from jaxrec.runs.answer import indices, vectors
from jaxrec.runs.answer.new_items import with_new_items
from jaxrec.runs.answer.serving import Trained, read_run
from jaxrec.runs.store import manifest, run_folder

N_QUERIES = 1000
"""Queries that recall is measured on, and as many that choose the effort."""
PORTABLE = "chunked"
"""The formulation of stored programs: it lowers everywhere, and holds few messages at a time."""


def export(options: ExportOptions) -> None:
    """Runs ``jaxrec export``: writes what is asked for and says what it is worth."""
    folder = Path(options.run)
    if options.of is not None and options.vectors is None:
        raise InputError(f"--of {options.of} says what --vectors are of; give --vectors FILE, too")
    if options.new_items is not None and (options.vectors is None or options.of == "user"):
        raise InputError(
            f"--new-items {options.new_items} adds to --vectors of items; give --vectors FILE"
        )
    if options.index is None and options.stablehlo is None and options.vectors is None:
        raise InputError(
            "say what to write: --index hnsw, --index ivfpq, --vectors FILE or --stablehlo FOLDER"
        )
    if options.k < 1 or not 0 < options.recall <= 1:
        raise InputError(
            f"--k is {options.k} and --recall {options.recall}; give 1 or more, and above 0 to 1"
        )
    default = folder / f"{options.answers}.{options.index}"
    path = default if options.out is None else Path(options.out)
    if options.index is not None:
        faiss()
        if options.out is not None and not path.parent.is_dir():
            raise InputError(f"--out {path}: there is no folder {path.parent}; make it first")
    if options.stablehlo is not None:
        check_folder(Path(options.stablehlo))
    if options.vectors is not None:
        _vectors(folder, Path(options.vectors), options)
    if options.index is None and options.stablehlo is None:
        return
    stored, _ = run_folder.read_config(folder)
    registry.check_verb(stored, "recommend")
    if options.index is not None:
        _index(read_run(folder), options.index, path, options)
    if options.stablehlo is not None:
        model = stored.model
        given = {"propagation": PORTABLE} if registry.entry(model).propagates else {}
        _programs(read_run(folder, **given), Path(options.stablehlo))


def _vectors(folder: Path, path: Path, options: ExportOptions) -> None:
    vectors.check_file(path)
    if manifest.owns(folder, path):
        raise InputError(f"--vectors {path} is a file of the run itself; choose another name")
    run = read_run(folder)
    if options.new_items is not None:
        run = with_new_items(run, options.new_items)
    frame = vectors.vectors(run, options.of)
    vectors.write(frame, path)
    kind, width = frame.columns[0], frame["vector"].to_numpy().shape[1]
    log.say(f"{len(frame):,} vectors of {width} numbers, column {kind} their ids -> {path}")


def _index(run: Trained, kind: str, path: Path, options: ExportOptions) -> None:
    about = indices.about(run, options.answers)
    asked = indices.question(run, run.encoded().reps, options.answers)
    start = time.perf_counter()
    ann = KINDS[kind](asked.vectors)
    seconds = time.perf_counter() - start
    users = run.data.split.train.user  # Others get the popular items.
    known = np.unique(users) if options.answers == "recommend" else np.arange(ann.n_items)
    chosen = np.random.default_rng(0).permutation(known)[: 2 * N_QUERIES].astype(np.int32)
    k = min(options.k, ann.n_items)
    ann, found = tune_search_effort(ann, asked.score, asked.reps, chosen, k, options.recall)
    save(ann, path, about | {f"recall@{k}": found.mean})
    log.say(
        f"{kind} of {ann.n_items:,} items by {about['measure']}, {seconds:.1f} s to build: "
        f"recall@{k} {found.mean:.4f} against {found.n_queries:,} exact lists -> {path}"
    )
    if found.mean < options.recall:
        log.say(f"That is below --recall {options.recall}, at an effort of {ann.effort:,}.")


def _programs(run: Trained, folder: Path) -> None:
    ids = {"users": run.data.user_ids, "items": run.data.item_ids}
    about = {"model": run.options.model} | {f"n_{name}": len(rows) for name, rows in ids.items()}
    also = {f"{name}.csv": rows.alias(name).to_frame().write_csv for name, rows in ids.items()}
    manifest = write_programs(run.model, run.params, run.graph, folder, about, also)
    lines = [f"{name} for {', '.join(names)}" for name, names in manifest["platforms"].items()]
    log.say(f"{'; '.join(lines)} -> {folder}")
