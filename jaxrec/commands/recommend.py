"""``jaxrec recommend`` and ``jaxrec similar``: lists from a trained run, in the caller's ids."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl

from jaxrec.base import InputError, Model
from jaxrec.commands import assemble, measure, report, run_folder
from jaxrec.commands.config import RecommendOptions, SimilarOptions
from jaxrec.data import lookup
from jaxrec.evaluate import TopLists
from jaxrec.graph import user_items
from jaxrec.retrieve import recommend as top_items, similar as nearest
from jaxrec.train import Checkpoints

WRITERS: dict[str, Callable[[pl.DataFrame, Path], Any]] = {
    ".csv": pl.DataFrame.write_csv,
    ".parquet": pl.DataFrame.write_parquet,
    ".jsonl": pl.DataFrame.write_ndjson,
}


class Served(NamedTuple):
    """A trained run, ready to answer."""

    data: run_folder.RunData
    model: Model
    reps: Any


def open_run(folder: Path) -> Served:
    """Reads a run's best parameters and encodes its graph once.

    Raises:
      InputError: no run, no checkpoint, or a checkpoint of something else.
    """
    options, _ = run_folder.read_config(folder)
    data = run_folder.read_data(folder)
    train = data.split.train
    model = assemble.build_model(options, train.n_users, train.n_items)
    if not (folder / "checkpoint").is_dir():
        raise InputError(
            f"{folder} holds no checkpoint; finish it: jaxrec train --resume --out {folder}"
        )
    with Checkpoints(folder / "checkpoint", read_only=True) as checkpoints:
        params = checkpoints.best_params(jax.eval_shape(model.init, jax.random.key(0)))
    reps = jax.jit(model.encode)(params, assemble.build_graph(options, train))
    return Served(data, model, reps)


def recommendations(
    folder: Path, users: pl.Series, k: int = 10, include_seen: bool = False
) -> pl.DataFrame:
    """Columns user, item, rank, score (and title), best first, for the users with these ids."""
    served = open_run(folder)
    data = served.data
    split = data.split
    rows = lookup(data.user_ids, [str(user) for user in users])
    known = measure.join(measure.join(split.train, split.valid), split.test)
    seen = None if include_seen else user_items(known)
    lists = top_items(served.model, served.reps, rows, split.train.n_items, k, seen=seen)
    return _frame("user", data.user_ids.gather(rows), lists, data)


def recommend(options: RecommendOptions) -> pl.DataFrame:
    """Runs ``jaxrec recommend``: prints the lists, or writes them to ``--out``."""
    folder = Path(options.run)
    _check_writer(options.out)
    given = [bool(options.users), options.users_file is not None, options.all]
    if sum(given) != 1:
        raise InputError("say for whom: one of --users ID ..., --users-file FILE, --all")
    if options.all:
        users = run_folder.read_data(folder).user_ids.sort()
    elif options.users_file is not None:
        users = pl.Series(_read_lines(Path(options.users_file)))
    else:
        users = pl.Series(options.users)
    frame = recommendations(folder, users, options.k, options.include_seen)
    deliver(frame, options.out, "Recommendations")
    return frame


def similar(options: SimilarOptions) -> pl.DataFrame:
    """Runs ``jaxrec similar``: prints the neighbours, or writes them to ``--out``."""
    _check_writer(options.out)
    served = open_run(Path(options.run))
    data = served.data
    rows = lookup(data.item_ids, options.items)
    lists = nearest(served.reps, rows, options.k)
    frame = _frame("similar_to", data.item_ids.gather(rows), lists, data)
    deliver(frame, options.out, "Similar items")
    return frame


def deliver(frame: pl.DataFrame, out: str | None, title: str) -> None:
    """Writes to a file, or prints: a table on a terminal, CSV into a pipe."""
    if out is not None:
        path = Path(out)
        writer = WRITERS[path.suffix]
        run_folder.write_atomically(path, lambda beside: writer(frame, beside))
        report.say(f"{len(frame):,} rows -> {path}")
    elif report.out.is_terminal:
        report.out.print(report.frame_table(frame, title))
    else:
        sys.stdout.write(frame.write_csv())


def _frame(query: str, ids: pl.Series, lists: TopLists, data: run_folder.RunData) -> pl.DataFrame:
    n_queries, k = lists.item.shape
    shown = lists.item.ravel() >= 0
    item = lists.item.ravel()[shown]
    frame = pl.DataFrame(
        {
            query: ids.gather(np.repeat(np.arange(n_queries), k)[shown]),
            "item": data.item_ids.gather(item),
            "rank": np.tile(np.arange(1, k + 1), n_queries)[shown],
            "score": lists.score.ravel()[shown],
        }
    )
    return frame if data.titles is None else frame.with_columns(title=data.titles.gather(item))


def _check_writer(out: str | None) -> None:
    if out is not None and Path(out).suffix not in WRITERS:
        raise InputError(f"--out {out} ends in none of {', '.join(WRITERS)}")


def _read_lines(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}; give a text file, one id a line") from error
    if not any(lines):
        raise InputError(f"{path} names no user; write one id a line")
    return [line for line in lines if line]
