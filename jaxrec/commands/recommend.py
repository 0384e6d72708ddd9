"""``jaxrec recommend`` and ``jaxrec similar``: lists from a trained run, in the caller's ids."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from jaxrec.base import InputError
from jaxrec.commands import files, indices, manifest, report
from jaxrec.commands.answers import neighbours, recommendations, recommendations_after
from jaxrec.commands.serving import read_run
from jaxrec.commands.serving_options import RecommendOptions, SimilarOptions
from jaxrec.data import read_lines

WRITERS: dict[str, Callable[[pl.DataFrame, Path], Any]] = {
    ".csv": pl.DataFrame.write_csv,
    ".parquet": pl.DataFrame.write_parquet,
    ".jsonl": pl.DataFrame.write_ndjson,
}


def recommend(options: RecommendOptions) -> pl.DataFrame:
    """Runs ``jaxrec recommend``: prints the lists, or writes them to ``--out``."""
    folder = Path(options.run)
    check_writer(options.out, folder)
    given = [bool(options.users), options.users_file is not None, options.all, bool(options.items)]
    if sum(given) != 1:
        raise InputError(
            "say for whom: one of --users ID ..., --users-file FILE, --all, or for a new user "
            "--items ID ..."
        )
    run = read_run(folder)
    index = indices.opened(run, options.index, "recommend")
    served = run.encoded()
    if options.items:
        frame = recommendations_after(served, options.items, options.k, options.hide, index)
        deliver(frame, options.out, "Recommendations for a new user")
        return frame
    if options.all:
        users = served.data.user_ids.sort()
    elif options.users_file is not None:
        users = pl.Series(read_lines(Path(options.users_file)))
    else:
        users = pl.Series(options.users)
    frame = recommendations(served, users, options.k, options.hide, index)
    deliver(frame, options.out, "Recommendations")
    return frame


def similar(options: SimilarOptions) -> pl.DataFrame:
    """Runs ``jaxrec similar``: prints the neighbours, or writes them to ``--out``."""
    check_writer(options.out, Path(options.run))
    run = read_run(Path(options.run))
    index = indices.opened(run, options.index, "similar")
    frame = neighbours(run.encoded(), options.items, options.k, index)
    deliver(frame, options.out, "Similar items")
    return frame


def deliver(frame: pl.DataFrame, out: str | None, title: str) -> None:
    """Writes to a file, or prints: a table on a terminal, CSV into a pipe."""
    if out is not None:
        path = Path(out)
        writer = WRITERS[path.suffix]
        files.write_atomically(path, lambda beside: writer(frame, beside))
        report.say(f"{len(frame):,} rows -> {path}")
    elif report.out.is_terminal:
        report.out.print(report.frame_table(frame, title))
    else:
        _to_pipe(frame.write_csv())


def _to_pipe(text: str) -> None:
    """Writes UTF-8, as ``--out`` does: ids must not depend on what a terminal can show."""
    sys.stdout.flush()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.buffer.write(text.encode())
    else:
        sys.stdout.write(text)


def check_writer(out: str | None, *runs: Path) -> None:
    """Refuses a file to write that ends in no known format, has no folder or is a run's own."""
    if out is not None and Path(out).suffix not in WRITERS:
        raise InputError(f"--out {out} ends in none of {', '.join(WRITERS)}; give one of them")
    if out is not None and not Path(out).parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {Path(out).parent}; make it first")
    if out is not None and any(manifest.owns(run, Path(out)) for run in runs):
        raise InputError(f"--out {out} is a file of the run itself; choose another name")
