"""A phase of a run, made ready to train."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from jaxrec import registry
from jaxrec.base import Params
from jaxrec.evaluate import EvalTask
from jaxrec.runs.fit.devices import encoder
from jaxrec.runs.fit.phases import Phase, measured
from jaxrec.runs.fit.training import Training, build_training
from jaxrec.runs.held_friends import friend_question
from jaxrec.runs.options import RunOptions
from jaxrec.tasks import Data, Task


class Run(NamedTuple):
    """One phase of a run: what it trains, what measures it, and the folder that it goes to.

    Attributes:
      n_epochs: to train; at most so many where there is a validation slice.
      data: with all that the phase learns from in the training slice.
      encode: parameters to what scoring reads.
      valid: None when there is no validation slice.
      test: None but in the phase that it measures.
      friends: what held-out links ask, of the phase that the test slice measures.
      number: what the folder's manifest calls the run; None without one.
    """

    options: RunOptions
    task: Task
    phase: Phase
    n_epochs: int
    data: Data
    training: Training
    encode: Callable[[Params], Any]
    valid: Any
    test: Any
    friends: EvalTask | None = None
    folder: Path = Path()
    number: str | None = None


def build(options: RunOptions, data: Data, phase: Phase, n_epochs: int) -> Run:
    """The phase of a run, which has no folder yet.

    Args:
      data: as the run splits them.

    Raises:
      InputError: options out of range, or nobody to measure.
    """
    is_measured = phase is measured(options, data.split) and len(data.split.test)
    data, task = data.map_split(phase.split), registry.task_of(options)
    train = data.split.train
    training = build_training(options, train, **data.beside)
    encode = encoder(training.model, training.graph, training.mesh, *train.sizes)
    valid = task.question(data, "valid", options) if len(data.split.valid) else None
    test = None
    if is_measured:
        whole = task.question(data, "test", options)
        test = task.sample(whole, options.test_users, options.split_seed)
    friends = friend_question(data, options) if is_measured else None
    return Run(options, task, phase, n_epochs, data, training, encode, valid, test, friends)
