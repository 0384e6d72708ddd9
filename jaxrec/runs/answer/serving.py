"""A trained run, opened to answer."""

import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

import jax

from jaxrec import registry
from jaxrec.base import InputError, Model, Params
from jaxrec.data import Interactions, concatenate
from jaxrec.graph import user_items
from jaxrec.runs import log
from jaxrec.runs.fit import assemble, phases
from jaxrec.runs.store import formats, manifest, run_folder
from jaxrec.tasks import RANKING, Examples, Task
from jaxrec.train import Checkpoints, newest_epoch


class Served(NamedTuple):
    """A trained run, ready to answer; its data are those of its task."""

    data: Any
    model: Model
    reps: Any
    task: Task = RANKING

    @property
    def known(self) -> Interactions:
        """The interactions that lists are made from, so that users without any have none."""
        split = self.data.split
        if self.task.by_rows is None:
            return split.train
        return concatenate(split.train, split.valid, split.test)

    def of_users(self) -> tuple[Model, Any]:
        """Model and representations, to be asked by rows of users."""
        if self.task.by_rows is None:
            return self.model, self.reps
        return self.task.by_rows(self.model, self.reps, self.known)

    def of_new_users(self, histories: Interactions) -> tuple[Model, Any]:
        """The same for users with these histories, by their rows there."""
        if self.task.by_rows is not None:
            return self.task.by_rows(self.model, self.reps, histories)
        assert self.model.fold_in is not None
        return self.model, self.model.fold_in(self.reps, user_items(histories))


class Trained(NamedTuple):
    """A trained run as it was read, before anything is computed.

    Attributes:
      data: those of its task, such as ``RunData``.
      phase: the one that it answers from.
    """

    options: Any
    data: Any
    model: Model
    params: Params
    graph: Any
    phase: phases.Phase

    def encoded(self) -> Served:
        """Encodes the graph, once."""
        reps = jax.jit(self.model.encode)(self.params, self.graph)
        return Served(self.data, self.model, reps, registry.task_of(self.options))


def open_run(folder: Path, **instead: Any) -> Served:
    """Reads a run's best parameters and encodes its graph once.

    Args:
      instead: options that shall hold in place of the run's own.

    Raises:
      InputError: no run, no checkpoint, or a checkpoint of something else.
    """
    return read_run(folder, **instead).encoded()


def read_run(folder: Path, **instead: Any) -> Trained:
    """A run's model, the parameters that it answers from and the graph that it encodes.

    Of a run with a refit, or with ``--fit-all``, they have learned from more than the training
    slice, and that slice holds all of it.

    Args:
      instead: options that shall hold in place of the run's own.

    Raises:
      InputError: no run, no checkpoint, or files that do not fit together.
    """
    options, config = run_folder.read_config(folder)
    manifest.check(folder, config)
    options = dataclasses.replace(options, **instead)
    stored_as = config.get("format", 1)
    data, finished = run_folder.read_data(folder), (folder / "metrics.json").is_file()
    phase = phases.answering(options, data.split, finished)
    checkpoint = folder / phase.checkpoint
    data = data.map_split(phase.split)
    train: Examples = data.split.train
    if newest_epoch(checkpoint) is None:
        raise InputError(f"{folder} holds no checkpoint; {run_folder.to_finish(folder, options)}")
    if not finished:
        log.say(
            f"{folder} is not finished, and answers by its best so far; "
            f"{run_folder.to_finish(folder, options)}"
        )
    graph = assemble.build_graph(options, train, learns=False, **data.beside)
    model = assemble.build_model(options, *train.sizes, graph)
    with Checkpoints(checkpoint, read_only=True) as checkpoints:
        like = formats.params_then(jax.eval_shape(model.init, jax.random.key(0)), stored_as)
        params = formats.params_now(checkpoints.best_params(like), stored_as)
    return Trained(options, data, model, params, graph, phase)
