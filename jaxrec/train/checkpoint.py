"""Checkpoints through orbax: written beside the old one, then renamed, so one is always whole."""

import logging
from pathlib import Path
from types import TracebackType

import jax
import numpy as np
import orbax.checkpoint as ocp

from jaxrec.base import InputError, Params
from jaxrec.train.loop import Progress

logging.getLogger("absl").setLevel(logging.CRITICAL)  # Orbax reports every save, errors twice.


class Checkpoints:
    """The checkpoints of one run: the newest ``Progress``, its best parameters apart.

    Saving is synchronous. A process killed at any moment leaves the previous checkpoint or the new
    one, never a mixture.
    """

    def __init__(self, folder: Path, *, read_only: bool = False):
        """Opens ``folder``; creates it unless ``read_only``."""
        self._folder = folder.resolve()
        options = ocp.CheckpointManagerOptions(
            max_to_keep=1,
            create=not read_only,
            read_only=read_only,
            enable_async_checkpointing=False,
        )
        handlers = {name: ocp.StandardCheckpointHandler() for name in ("best", "rest")}
        self._manager = ocp.CheckpointManager(self._folder, options=options, item_handlers=handlers)

    def __enter__(self) -> "Checkpoints":
        """Returns itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the manager."""
        self._manager.close()

    @property
    def epoch(self) -> int | None:
        """Epochs finished at the newest checkpoint; None without one."""
        return self._manager.latest_step()

    def save(self, progress: Progress) -> None:
        """Writes ``progress`` under its epoch and drops the older checkpoint.

        Raises:
          InputError: the folder cannot be written; the older checkpoint is as it was.
        """
        if self.epoch == progress.epoch:
            return
        rest = progress._replace(best_params=None)._asdict()
        items = {
            "best": ocp.args.StandardSave(progress.best_params),
            "rest": ocp.args.StandardSave(rest),
        }
        try:
            self._manager.save(progress.epoch, args=ocp.args.Composite(**items))
        except Exception as error:  # As below: one fact, many kinds.
            raise InputError(
                f"cannot write a checkpoint into {self._folder} ({_reason(error)}); "
                "free the disk, then jaxrec train --resume"
            ) from error

    def restore(self, like: Progress) -> Progress:
        """The newest progress, in the structure of ``like``.

        Raises:
          InputError: the checkpoint is corrupt or belongs to another model or optimiser.
        """
        found = self._read(best=like.best_params, rest=like._replace(best_params=None)._asdict())
        return Progress(**(found["rest"] | {"best_params": found["best"]}))

    def best_params(self, like: Params) -> Params:
        """The best parameters of the newest checkpoint, in the structure of ``like``."""
        return self._read(best=like)["best"]

    def _read(self, **like):
        if self.epoch is None:
            raise InputError(f"{self._folder} holds no checkpoint; train it with --resume")
        items = {
            name: ocp.args.StandardRestore(jax.tree.map(ocp.utils.to_shape_dtype_struct, tree))
            for name, tree in like.items()
        }
        try:
            stored = self._manager.item_metadata(self.epoch)
            for name, tree in like.items():
                _check_shapes(stored[name], tree)
            return self._manager.restore(self.epoch, args=ocp.args.Composite(**items))
        except Exception as error:  # Orbax and tensorstore raise many kinds for one fact.
            raise InputError(
                f"checkpoint {self._folder} is corrupt or belongs to another model "
                f"({_reason(error)}); train into a new --out folder"
            ) from error


def _check_shapes(stored, like) -> None:
    """Refuses a stranger's arrays by name, where orbax would fill stderr with unfinished tasks."""
    there, here = _shapes(stored), _shapes(like)
    for name in sorted(there.keys() | here.keys()):
        if there.get(name) != here.get(name):
            raise ValueError(f"{name} has shape {there.get(name)}, not {here.get(name)}")


def _shapes(tree) -> dict[str, tuple[int, ...] | None]:
    """Shapes by path, without the random key, which is stored as its numbers."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    names = [jax.tree_util.keystr(path, simple=True, separator=".") for path, _ in leaves]
    shapes = {name: np.shape(leaf) for name, (_, leaf) in zip(names, leaves, strict=True)}
    return {name: shape for name, shape in shapes.items() if name != "state.key"}


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split())
    short = words if len(words) < 200 else f"{words[:80]} ... {words[-110:]}"
    return f"{type(error).__name__}: {short}"
