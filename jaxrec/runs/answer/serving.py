"""A trained run, opened to answer."""

import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

import jax

from jaxrec.base import InputError, Model, Params
from jaxrec.runs import log
from jaxrec.runs.fit import assemble, phases
from jaxrec.runs.store import manifest, run_folder
from jaxrec.tasks import RunData
from jaxrec.train import Checkpoints, newest_epoch


class Served(NamedTuple):
    """A trained run, ready to answer."""

    data: RunData
    model: Model
    reps: Any


class Trained(NamedTuple):
    """A trained run as it was read, before anything is computed.

    Attributes:
      phase: the one that it answers from.
    """

    options: Any
    data: RunData
    model: Model
    params: Params
    graph: Any
    phase: phases.Phase

    def encoded(self) -> Served:
        """Encodes the graph, once."""
        return Served(self.data, self.model, jax.jit(self.model.encode)(self.params, self.graph))


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
    data, finished = run_folder.read_data(folder), (folder / "metrics.json").is_file()
    phase = phases.answering(options, data.split, finished)
    checkpoint = folder / phase.checkpoint
    data = dataclasses.replace(data, split=phase.split(data.split))
    train = data.split.train
    if newest_epoch(checkpoint) is None:
        raise InputError(f"{folder} holds no checkpoint; {run_folder.to_finish(folder, options)}")
    if not finished:
        log.say(
            f"{folder} is not finished, and answers by its best so far; "
            f"{run_folder.to_finish(folder, options)}"
        )
    graph = assemble.build_graph(options, train, knowledge=data.knowledge, learns=False)
    model = assemble.build_model(options, train.n_users, train.n_items, graph)
    with Checkpoints(checkpoint, read_only=True) as checkpoints:
        params = checkpoints.best_params(jax.eval_shape(model.init, jax.random.key(0)))
    return Trained(options, data, model, params, graph, phase)
