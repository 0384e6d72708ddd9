"""manifest.json of a run folder: which files belong together, by their SHA-256.

=========  ====================================================================================
run        a number of this run alone, which config.json and every checkpoint bear, too
files      data, ids, facts and config.json; of the last two versions where a run was resumed
results    of a finished run: metrics.json, the histories and what was measured by user
epoch      of a finished run: that of its checkpoint
checkpoint of a finished run: of all files of that checkpoint together
later      of a finished run: epoch and checkpoint of every later phase, by its folder
diverged   epoch and reason, where training ended so
=========  ====================================================================================

It is written before the file whose presence completes a step: config.json of a new or resumed run,
metrics.json of a finished one. So a kill between any two writes leaves a folder without that file,
which is not begun or not finished, but none that contradicts itself. Results count only beside
metrics.json, which goes first when a run is resumed.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jaxrec import __version__
from jaxrec.base import InputError
from jaxrec.runs import log
from jaxrec.runs.store.files import write_json
from jaxrec.train import newest_epoch, run_of

NAME, CONFIG, METRICS = "manifest.json", "config.json", "metrics.json"
AGAIN = "restore it, or train again into a new --out"


class Divergence(NamedTuple):
    """The epoch in which training diverged, and how."""

    epoch: int
    reason: str


def new_run() -> str:
    """A number that no other run has."""
    return uuid.uuid4().hex


def begin(folder: Path, run: str, names: Sequence[str], config: str) -> None:
    """Writes the manifest of a new run, before its config.json.

    Args:
      names: files of ``folder`` that never change.
      config: the text that config.json will hold.
    """
    files = {name: [_digest(folder / name)] for name in names} | {CONFIG: [_of_text(config)]}
    write_json(folder / NAME, {"jaxrec": __version__, "run": run, "files": files})


def reopen(folder: Path, config: str) -> None:
    """Takes back that a run was finished, and expects ``config`` as its next config.json.

    Runs of before there were manifests go on without.
    """
    stored = _read(folder)
    if stored is not None:
        digests = dict.fromkeys([_digest(folder / CONFIG), _of_text(config)])
        files = stored["files"] | {CONFIG: list(digests)}
        kept = {"jaxrec": __version__, "run": stored["run"], "files": files}
        write_json(folder / NAME, kept)


def finish(folder: Path, names: Sequence[str], metrics: str, later: Sequence[str] = ()) -> None:
    """Adds the results of a finished run, before its metrics.json.

    Args:
      names: result files that are there already.
      metrics: the text that metrics.json will hold.
      later: folders of the checkpoints of later phases.
    """
    stored = _read(folder)
    if stored is not None:
        results = {name: [_digest(folder / name)] for name in names} | {
            METRICS: [_of_text(metrics)]
        }
        finished = {"results": results} | _of_checkpoint(folder / "checkpoint")
        finished |= {"later": {name: _of_checkpoint(folder / name) for name in later}}
        write_json(folder / NAME, stored | finished)


def note_divergence(folder: Path, found: Divergence) -> None:
    """Writes down that training diverged, so that nobody is told to resume it."""
    stored = _read(folder)
    if stored is not None:
        write_json(folder / NAME, stored | {"diverged": found._asdict()})


def divergence(folder: Path) -> Divergence | None:
    """Where training diverged, if it did."""
    told = (_read(folder) or {}).get("diverged")
    return Divergence(**told) if told else None


def owns(folder: Path, path: Path) -> bool:
    """Whether ``path`` is one of the files that the run in ``folder`` consists of."""
    stored = _read(folder) or {}
    names = {*stored.get("files", {}), *stored.get("results", {})}
    return path.resolve().parent == folder.resolve() and path.name in names


def check(folder: Path, config: dict[str, Any]) -> None:
    """Sees that the files and the checkpoint of a run are its own.

    A folder of before there were manifests cannot be checked: a line says so.

    Args:
      config: what config.json holds.

    Raises:
      InputError: a file is missing, damaged, edited or another run's; names it.
    """
    stored = _read(folder)
    if stored is None and "run" not in config:
        log.say(
            f"{folder} comes from an older version, without {NAME}: whether its files fit "
            "together cannot be checked"
        )
        return
    if stored is None:
        raise InputError(f"{folder / NAME} is missing; {AGAIN}")
    if config.get("run") != stored["run"]:
        raise InputError(f"{folder / CONFIG} is another run's than {NAME}; {AGAIN}")
    expected, checkpoints = dict(stored["files"]), {"checkpoint": stored}
    finished = (folder / METRICS).exists()
    if finished:
        results = stored.get("results", {})
        if METRICS not in results:
            raise InputError(
                f"{folder / METRICS} is another run's: this one is not finished; "
                "delete it, or train again into a new --out"
            )
        expected |= results
        checkpoints |= stored.get("later", {})
    for name, kept in checkpoints.items():
        _check_checkpoint(folder / name, stored["run"], kept if finished else None)
    for name, digests in expected.items():
        if not (folder / name).is_file():
            raise InputError(f"{folder / name} is missing; {AGAIN}")
        if _digest(folder / name) not in digests:
            raise InputError(
                f"{folder / name} was damaged, edited or taken from another run since this one "
                f"wrote it; {AGAIN}"
            )


def _check_checkpoint(folder: Path, run: str, kept: dict[str, Any] | None) -> None:
    """Sees that the newest checkpoint is the run's own, and that of ``kept`` if it is finished."""
    found = newest_epoch(folder)
    if kept is not None and found is not None:
        if found != kept["epoch"]:
            raise InputError(
                f"{folder} is of epoch {found}, but the run was finished with that "
                f"of epoch {kept['epoch']}; {AGAIN}"
            )
        if _of_checkpoint(folder)["checkpoint"] != kept["checkpoint"]:
            raise InputError(
                f"{folder} was damaged, edited or taken from another run since this "
                f"one was finished; {AGAIN}"
            )
    if found is not None and run_of(folder) != run:
        raise InputError(f"{folder} is another run's, or damaged; {AGAIN}")


def _of_checkpoint(folder: Path) -> dict[str, Any]:
    epoch = newest_epoch(folder)
    return {"epoch": epoch, "checkpoint": _of_folder(folder / str(epoch))}


def _read(folder: Path) -> dict[str, Any] | None:
    path = folder / NAME
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text("utf-8"))
        if not (isinstance(stored["run"], str) and isinstance(stored["files"], dict)):
            raise TypeError("run or files is of another kind")
        return stored
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a run's manifest ({error}); {AGAIN}") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of_folder(folder: Path) -> str:
    """Of the names and contents of all files below."""
    found = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        found.update(f"{path.relative_to(folder)} {_digest(path)}\n".encode())
    return found.hexdigest()


def _of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
