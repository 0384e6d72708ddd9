"""``jaxrec recommend`` and ``jaxrec similar``: lists from a trained run, in the caller's ids."""

import dataclasses
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.cli import report
from jaxrec.cli.frame_tables import print_frame
from jaxrec.cli.options.serving import RecommendOptions, SimilarOptions
from jaxrec.data import Columns, read_lines
from jaxrec.runs import log
from jaxrec.runs.answer import indices, new_users
from jaxrec.runs.answer.answers import neighbors, recommendations
from jaxrec.runs.answer.new_items import with_new_items
from jaxrec.runs.answer.next_friends import check_friends, next_friends
from jaxrec.runs.answer.reranking import Ranker
from jaxrec.runs.answer.serving import Trained, read_run
from jaxrec.runs.answer.unknown import Unknown, beside
from jaxrec.runs.store import files, manifest, run_folder

WRITERS: dict[str, Callable[[pl.DataFrame, Path], Any]] = {
    ".csv": pl.DataFrame.write_csv,
    ".parquet": pl.DataFrame.write_parquet,
    ".jsonl": pl.DataFrame.write_ndjson,
}


def recommend(options: RecommendOptions) -> pl.DataFrame:
    """Runs ``jaxrec recommend``: prints the lists, or writes them to ``--out``."""
    folder = Path(options.run)
    check_writer(options.out, folder)
    _check_for_whom(options)
    histories = None if options.histories is None else _histories(options)
    run = _read(options.run, options.new_items)
    registry.check_verb(run.options, "recommend")
    if options.friends:
        check_friends(run.options)
        unknown = Unknown(options.strict, options.out)
        frame = next_friends(run, _users(options), options.k, options.hide, unknown)
        deliver(frame, options.out, "Next friends")
        return frame
    if options.items or histories is not None:
        new_users.check(run.model, registry.task_of(run.options))
    index = indices.opened(run, options.index, "recommend")
    served = run.encoded()
    unknown = Unknown(options.strict, options.out)
    how = options.k, options.hide, index, unknown
    if histories is not None:
        frame = new_users.recommendations_for(served, histories, *how)
        deliver(frame, options.out, "Recommendations for new users")
        return frame
    if options.items:
        frame = new_users.recommendations_after(served, options.items, *how)
        deliver(frame, options.out, "Recommendations for a new user")
        return frame
    users = _users(options)
    everyone = served.data.user_ids.sort()
    ranker = None if options.rerank is None else _ranker(options.rerank, options.n_candidates)
    frame = recommendations(served, everyone if users is None else users, *how, ranker)
    deliver(frame, options.out, "Recommendations")
    return frame


def _read(folder: str, new_items: str | None) -> Trained:
    run = read_run(Path(folder))
    return run if new_items is None else with_new_items(run, new_items)


def _ranker(folder: str, n_candidates: int) -> Ranker:
    run = read_run(Path(folder))
    registry.check_verb(run.options, "recommend")
    return Ranker(run.encoded(), n_candidates)


def _users(options: RecommendOptions) -> pl.Series | None:
    """The ids of the users who get a list; None for all."""
    if options.all:
        return None
    if options.users_file is not None:
        return pl.Series(read_lines(Path(options.users_file)))
    return pl.Series(options.users)


def _check_for_whom(options: RecommendOptions) -> None:
    files_read = {"--users-file": options.users_file, "--histories": options.histories}
    named = [path is not None for path in files_read.values()]
    if sum([*named, bool(options.users), options.all, bool(options.items)]) != 1:
        raise InputError(
            "say for whom: one of --users ID ..., --users-file FILE, --all, or for new users "
            "--items ID ... or --histories FILE"
        )
    if options.friends and (options.items or options.histories or options.index):
        raise InputError(
            "--friends ranks users of the run for each other; leave out --items, --histories and "
            "--index"
        )
    if options.rerank is not None and (options.friends or options.items or options.histories):
        raise InputError(
            "--rerank orders items for users whom both runs know; leave out --items, --histories "
            "and --friends"
        )
    _check_partners(options)
    for flag, path in files_read.items():
        if options.out is not None and path is not None:
            written = Path(options.out), beside(options.out)
            if Path(path).resolve() in [each.resolve() for each in written if each is not None]:
                raise InputError(f"{flag} {path} would be overwritten; choose another --out")


def _check_partners(options: RecommendOptions) -> None:
    """Refuses options that say how to do what is not asked for."""
    usual = {field.name: field.default for field in dataclasses.fields(options)}
    partners = dict.fromkeys(("user_column", "item_column", "time_column", "header"), "histories")
    for name, partner in (partners | {"n_candidates": "rerank"}).items():
        if getattr(options, name) != usual[name] and getattr(options, partner) is None:
            flag = "--no-header" if name == "header" else "--" + name.replace("_", "-")
            raise InputError(f"{flag} is of --{partner}; give both, or leave out {flag}")


def _histories(options: RecommendOptions) -> pl.DataFrame:
    """The table of ``--histories``, its columns named as there or else as those of the run."""
    assert options.histories is not None
    stored, _ = run_folder.read_config(Path(options.run))
    named = {}
    for role in ("user", "item", "time"):
        given = getattr(options, f"{role}_column")
        named[role] = getattr(stored, f"{role}_column", None) if given is None else given
    if registry.task_of(stored).by_rows is None:  # Nothing reads the order of a user's items.
        named["time"] = ""
    columns = Columns(**named)
    return new_users.read_histories(Path(options.histories), columns, options.header)


def similar(options: SimilarOptions) -> pl.DataFrame:
    """Runs ``jaxrec similar``: prints the neighbors, or writes them to ``--out``."""
    check_writer(options.out, Path(options.run))
    run = _read(options.run, options.new_items)
    registry.check_verb(run.options, "similar")
    index = indices.opened(run, options.index, "similar")
    unknown = Unknown(options.strict, options.out)
    frame = neighbors(run.encoded(), options.items, options.k, index, unknown)
    deliver(frame, options.out, "Similar items")
    return frame


def deliver(frame: pl.DataFrame, out: str | None, title: str) -> None:
    """Writes to a file, or prints: a table on a terminal, CSV into a pipe."""
    if out is not None:
        path = Path(out)
        writer = WRITERS[path.suffix]
        files.write_atomically(path, lambda beside: writer(frame, beside))
        log.say(f"{len(frame):,} rows -> {path}")
    elif report.out.is_terminal:
        print_frame(frame, title)
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
