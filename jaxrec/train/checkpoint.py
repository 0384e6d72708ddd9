"""Checkpoints through orbax: written beside the old one, then renamed, so one is always whole."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import jax

from jaxrec.base import InputError, Params
from jaxrec.data import atomic
from jaxrec.train.hosts import from_first
from jaxrec.train.loop import Progress
from jaxrec.train.numbers import check_shapes, numbers, typed


class Checkpoints:
    """The checkpoints of one run: the newest ``Progress``, its best parameters apart.

    Saving is synchronous. A process killed at any moment leaves the previous checkpoint or the new
    one, never a mixture. Numbers are stored whole, so that they fit any devices. Of several
    processes the first alone reads and writes, for all: every one must make the same calls.
    """

    def __init__(self, folder: Path, *, read_only: bool = False, run: str | None = None):
        """Opens ``folder``; creates it unless ``read_only``.

        Args:
          run: number of the run, which checkpoints that are saved bear (``run_of``).

        Raises:
          InputError: the folder cannot be made.
        """
        self._folder, self._run = folder.resolve(), run
        self._manager: Any = None
        self._epoch: int | None = from_first(partial(self._open, read_only))

    def _open(self, read_only: bool) -> int | None:
        if not read_only:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(
                    atomic.refusal(self._folder, error, "train into a new --out")
                ) from error
        with _errors_only():
            self._manager = _manager(self._folder, read_only)
        return self._manager.latest_step()

    def __enter__(self) -> "Checkpoints":
        """Returns itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Closes the manager."""
        if self._manager is not None:
            self._manager.close()

    @property
    def epoch(self) -> int | None:
        """Epochs finished at the newest checkpoint; None without one."""
        return self._epoch

    def save(self, progress: Progress) -> None:
        """Writes ``progress`` under its epoch and drops the older checkpoint.

        Raises:
          InputError: the folder cannot be written; the older checkpoint is as it was.
        """
        if self.epoch != progress.epoch:
            from_first(partial(self._write, progress))
            self._epoch = progress.epoch

    def _write(self, progress: Progress) -> None:
        ocp = _orbax()
        rest = progress._replace(best_params=None)._asdict()
        items = {
            "best": ocp.args.StandardSave(numbers(_named(progress.best_params))),
            "rest": ocp.args.StandardSave(numbers(rest)),
        }
        try:
            self._manager.save(
                progress.epoch,
                args=ocp.args.Composite(**items),
                custom_metadata=None if self._run is None else {"run": self._run},
            )
        except Exception as error:  # As below: one fact, many kinds.
            raise InputError(
                f"cannot write a checkpoint into {self._folder} ({_reason(error)}); "
                "free the disk, then go on with --resume, or train again into a new --out"
            ) from error

    def restore(self, like: Progress) -> Progress:
        """The newest progress, in the structure of ``like``.

        Raises:
          InputError: the checkpoint is corrupt or belongs to another model or optimizer.
        """
        rest = like._replace(best_params=None)._asdict()
        found = self._read(best=_named(like.best_params), rest=rest)
        return Progress(**(found["rest"] | {"best_params": found["best"]["params"]}))

    def best_params(self, like: Params) -> Params:
        """The best parameters of the newest checkpoint, in the structure of ``like``."""
        return self._read(best=_named(like))["best"]["params"]

    def _read(self, **like):
        if self.epoch is None:
            raise InputError(
                f"{self._folder} holds no checkpoint; go on with --resume, or train again into a "
                "new --out"
            )
        found = from_first(lambda: self._read_numbers({k: numbers(v) for k, v in like.items()}))
        return {name: typed(found[name], tree) for name, tree in like.items()}

    def _read_numbers(self, like: dict[str, Any]) -> dict[str, Any]:
        ocp = _orbax()
        items = {name: ocp.args.StandardRestore(tree) for name, tree in like.items()}
        try:
            with _errors_only():
                stored = self._manager.item_metadata(self.epoch)
                # Here, for orbax would fill stderr with unfinished tasks.
                for name, tree in like.items():
                    check_shapes(stored[name], tree)
                found = self._manager.restore(self.epoch, args=ocp.args.Composite(**items))
            return {name: found[name] for name in like}
        except Exception as error:  # Orbax and tensorstore raise many kinds for one fact.
            raise InputError(
                f"checkpoint {self._folder} is corrupt or belongs to another model "
                f"({_reason(error)}); train into a new --out folder"
            ) from error


def newest_epoch(folder: Path) -> int | None:
    """Epochs finished at the newest checkpoint of ``folder``, by its name alone; None without."""
    names = [path.name for path in folder.glob("*")] if folder.is_dir() else []
    return max((int(name) for name in names if name.isdigit()), default=None)


def run_of(folder: Path) -> str | None:
    """The run that the newest checkpoint of ``folder`` bears; None without, or of a broken one."""
    # From its file alone: opening it with orbax would wait for other processes of the run.
    path = folder / str(newest_epoch(folder)) / "_CHECKPOINT_METADATA"
    try:
        return json.loads(path.read_text("utf-8"))["custom_metadata"].get("run")
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None


@contextmanager
def _errors_only() -> Iterator[None]:
    """Holds back the warnings by which orbax repeats the options that it was opened with."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(max(level, logging.ERROR))
    try:
        yield
    finally:
        logger.setLevel(level)


def _orbax() -> Any:
    import orbax.checkpoint  # Takes 0.3 s, and many commands do without.

    return orbax.checkpoint


def _manager(folder: Path, read_only: bool) -> Any:
    ocp, alone = _orbax(), _alone()
    options = ocp.CheckpointManagerOptions(
        max_to_keep=1,
        create=False,
        read_only=read_only,
        enable_async_checkpointing=False,
        multiprocessing_options=alone,
    )
    handlers = {
        name: ocp.StandardCheckpointHandler(multiprocessing_options=alone)
        for name in ("best", "rest")
    }
    return ocp.CheckpointManager(folder, options=options, item_handlers=handlers)


def _named(params: Params | None) -> dict[str, Any]:
    """With a number beside them: orbax refuses an empty tree, as of a model that learns nothing."""
    return {"params": params, "version": 1}


def _alone() -> Any:
    """Keeps orbax from waiting for processes that leave the files to the first."""
    options = _orbax().options.MultiprocessingOptions
    if jax.process_count() == 1:
        return options()
    return options(primary_host=0, active_processes={0}, barrier_sync_key_prefix="jaxrec")


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split())
    short = words if len(words) < 200 else f"{words[:80]} ... {words[-110:]}"
    return f"{type(error).__name__}: {short}"
