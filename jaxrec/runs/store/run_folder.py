"""A run on disk: what it was told, what it learned, what it measured.

=====================  ==========================================================================
config.json            every option, the data's fingerprint, the version: enough to repeat the run;
                       and the run's own number
metrics.json           what was measured; its presence means that the run is finished
history.csv            a line an epoch; history-refit.csv and history-all.csv of later phases
curves.png             the same as a picture (with the extra ``plots``)
per_user.parquet       every test user's metrics, or every question's, to compare runs by them;
                       per_user_friends.parquet the same of friends, by held-out links
interactions.parquet   user row, item row, slice (0 train, 1 valid, 2 test, 3 rated below
                       --min-rating); rating, or label of clicks, and time if known
users.parquet          user row -> the caller's id
items.parquet          item row -> the caller's id, title, and entity row
facts.parquet          rows of head, relation and tail, where the model reads a knowledge graph;
                       with the slice in a run on links, which has no interactions and users
relation-NAME.parquet  rows of the two ends of every link, where the model reads such
features-item.parquet  item row -> what is known of it, where the model reads such; with
                       features-item.npz, the encoders that were fitted on items of training
nodes.parquet          node row -> the caller's id, class row and slice, -1 for neither, of a run on
                       nodes; classes.parquet class row -> the caller's name, edges.parquet rows of
                       both ends, features-node.parquet what is not zero of the features
links.parquet          rows of both ends of every link with its slice, of a run on friends
entities.parquet       entity row -> the caller's name; relations.parquet likewise
manifest.json          which of these files belong together (``runs.store.manifest``)
checkpoint/            the newest training state and the best parameters; checkpoint-refit/ and
                       checkpoint-all/ of later phases (``runs.fit.phases``)
=====================  ==========================================================================

Every file is written as ``runs.store.files`` has it.
"""

import dataclasses
import json
import shlex
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import polars as pl

from jaxrec import __version__, registry
from jaxrec.base import InputError
from jaxrec.runs.fit import phases
from jaxrec.runs.model_options import options_of
from jaxrec.runs.options import RunOptions
from jaxrec.runs.store import feature_file, manifest
from jaxrec.runs.store.files import alone, json_text, make, remove, write_atomically, write_text
from jaxrec.runs.store.formats import FORMAT, options_now
from jaxrec.runs.store.tables import TABLES
from jaxrec.tasks import Data


def choose(options: RunOptions) -> Path:
    """The folder a new run will use; nothing is created yet.

    Raises:
      InputError: ``--out`` holds a run or anything else, or is a file.
    """
    if options.out is None:
        model = options.model.rpartition(":")[2]
        base = Path("runs") / f"{Path(options.data).stem}-{model}"
        numbered = (base.with_name(f"{base.name}-{n}") for n in range(2, 10_000))
        return base if not base.exists() else next(p for p in numbered if not p.exists())
    folder = Path(options.out)
    if (folder / "config.json").exists():
        trained = registry.entry(options.model).trained and not manifest.divergence(folder)
        goes_on = "add --resume to go on with it, or " if trained else ""
        raise InputError(f"{folder} holds a run already; {goes_on}choose another --out")
    if folder.is_file():
        raise InputError(f"{folder} is a file; choose another --out")
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(
            f"{folder} is not an empty folder; choose another --out, or delete it "
            "(a run killed while it started leaves no config.json)"
        )
    return folder


def claim(options: RunOptions, held: ExitStack) -> Path:
    """Makes the folder that ``choose`` names now, for this process alone while ``held`` is open.

    Raises:
      InputError: as ``choose``, or another process has it, or it cannot be made.
    """
    folder = choose(options)
    while not make(folder) and options.out is None:  # Another run took the number.
        folder = choose(options)
    held.enter_context(alone(folder))
    if options.out is not None:
        choose(options)  # Another run may have come and gone.
    return folder


def create(folder: Path, options: RunOptions, data: Data, about: dict[str, Any]) -> None:
    """Writes what is known before training; config.json comes last.

    Raises:
      InputError: the folder cannot be written.
    """
    frames = TABLES[type(data)].frames(data)
    for name, frame in frames.items():
        write_atomically(folder / f"{name}.parquet", frame.write_parquet)
    run = manifest.new_run()
    text = _config(folder, options, about | {"run": run})
    names = [f"{name}.parquet" for name in frames] + feature_file.write(folder, data.features)
    manifest.begin(folder, run, names, text)
    write_text(folder / "config.json", text)


def reopen(folder: Path, options: RunOptions, about: dict[str, Any]) -> None:
    """Prepares a run to go on: stores how long, and takes back that it was finished."""
    run = read_config(folder)[1].get("run")
    text = _config(folder, options, about if run is None else about | {"run": run})
    remove(folder / "metrics.json")
    manifest.reopen(folder, text)
    write_text(folder / "config.json", text)


def finish(folder: Path, results: dict[str, Any], later: Sequence[phases.Phase] = ()) -> None:
    """Writes metrics.json, last of all: the run is finished.

    Args:
      later: the phases behind the first.
    """
    text = json_text(results)
    vectors = ["per_user.parquet", "per_user_friends.parquet"]
    names = [*vectors, "history.csv", *(phase.history for phase in later)]
    measured = [name for name in names if (folder / name).exists()]
    manifest.finish(folder, measured, text, [phase.checkpoint for phase in later])
    write_text(folder / "metrics.json", text)


def to_finish(folder: Path, options: RunOptions) -> str:
    """What to do about a run that is not finished."""
    if (found := manifest.divergence(folder)) is not None:
        rate = getattr(options, "learning_rate", None)
        return (
            f"it diverged in epoch {found.epoch}: train again with a lower --learning-rate "
            f"(now {rate}) into a new --out"
        )
    if registry.entry(options.model).trained:
        return f"finish it: jaxrec train --resume --out {shlex.quote(str(folder))}"
    return f"{options.model} has nothing to resume: train again into a new --out"


def _config(folder: Path, options: RunOptions, about: dict[str, Any]) -> str:
    stored = dataclasses.asdict(options) | {"out": str(folder)}
    stored |= {"resume": False} if "resume" in stored else {}
    return json_text({"jaxrec": __version__, "format": FORMAT, "options": stored} | about)


def read_config(folder: Path) -> tuple[Any, dict[str, Any]]:
    """The options a run was started with, a ``RunOptions`` of its model, and all of config.json.

    Raises:
      InputError: the folder holds no run, or its config.json is broken.
    """
    config = stored(folder)
    try:
        options: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in config["options"].items()
        }
        options = options_now(options, config.get("format", 1))
        model = str(options["model"])
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(folder, error) from error
    registry.entry(model)  # The file is not to blame where this finds no model.
    try:
        return options_of(**options), config
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(folder, error) from error


def stored(folder: Path) -> dict[str, Any]:
    """What config.json holds.

    Raises:
      InputError: the folder holds no run, or its config.json is broken.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise InputError(f"{folder} holds no run (no config.json); make one with jaxrec train")
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise _broken(folder, error) from error


def _broken(folder: Path, error: Exception) -> InputError:
    path = folder / "config.json"
    return InputError(f"{path} is not a run's configuration ({error}); restore it")


def read_data(folder: Path) -> Any:
    """The slices and ids that a run was trained with: ``RunData``, or another kind of ``Data``.

    Raises:
      InputError: a file is missing or broken.
    """
    options, config = read_config(folder)
    tables = TABLES[registry.task_of(options).data]
    try:
        return tables.read(folder, options, config["data"])
    except (OSError, pl.exceptions.PolarsError, InputError) as error:
        first = str(error).splitlines()[0]
        raise InputError(
            f"{folder} is incomplete ({first}); train again into a new --out"
        ) from error
