"""The loop over epochs: validation, early stopping, and stopping when numbers break."""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxrec.base import Metrics, Params
from jaxrec.train.step import TrainState


class Progress(NamedTuple):
    """Everything training needs to go on; what a checkpoint holds.

    Attributes:
      best_params: parameters of the best validated epoch, or of the last without validation.
      best_value: their validation metric, higher is better; ``-inf`` before the first.
      best_epoch, epoch: epochs finished at the best and now.
    """

    state: TrainState
    best_params: Params
    best_value: float
    best_epoch: int
    epoch: int


class Diverged(ArithmeticError):
    """Loss or parameters stopped being finite, in ``epoch``."""

    def __init__(self, message: str, epoch: int):
        super().__init__(message)
        self.epoch = epoch


def begin(state: TrainState) -> Progress:
    """Progress before the first epoch."""
    return Progress(state, _copy(state.params), -math.inf, 0, 0)


def fit(
    run_epoch: Callable[[TrainState], tuple[TrainState, Metrics]],
    progress: Progress,
    *,
    n_epochs: int,
    validate: Callable[[Params], float] | None = None,
    validate_every: int = 1,
    patience: int | None = None,
    on_epoch: Callable[[Progress, dict[str, float]], None] | None = None,
) -> Progress:
    """Runs epochs until ``n_epochs``, or until ``patience`` epochs brought no better validation.

    What happens depends on ``progress`` alone, so a restored one continues as the unbroken run.

    Args:
      run_epoch: one epoch; may consume its argument.
      validate: the metric to stop on, higher is better, after every ``validate_every`` epochs and
        the last; None trains all epochs and keeps the last parameters.
      on_epoch: sees every finished epoch with its metrics, ``valid`` among them when measured.

    Raises:
      Diverged: a metric of an epoch is not finite; ``on_epoch`` has not seen that epoch.
    """
    while not is_finished(progress, n_epochs, validate_every, patience):
        state, means = run_epoch(progress.state)
        row = {name: float(value) for name, value in means.items()}
        epoch = progress.epoch + 1
        broken = [f"{name} is {value}" for name, value in row.items() if not math.isfinite(value)]
        if broken:
            raise Diverged(f"training diverged in epoch {epoch}: {', '.join(broken)}", epoch)
        progress = progress._replace(state=state, epoch=epoch)
        if validate is None:
            progress = progress._replace(best_params=_copy(state.params), best_epoch=epoch)
        elif epoch % validate_every == 0 or epoch == n_epochs:
            row["valid"] = value = validate(state.params)
            if value > progress.best_value:
                best = {"best_value": value, "best_epoch": epoch}
                progress = progress._replace(best_params=_copy(state.params), **best)
        if on_epoch is not None:
            on_epoch(progress, row)
    return progress


def is_finished(
    progress: Progress, n_epochs: int, validate_every: int = 1, patience: int | None = None
) -> bool:
    """Whether ``fit`` would run no further epoch."""
    if progress.epoch >= n_epochs:
        return True
    if patience is None or progress.epoch % validate_every:
        return False  # Only a validation can tell.
    return progress.epoch - progress.best_epoch >= patience


def _copy(params: Params) -> Params:
    return jax.tree.map(jnp.copy, params)  # The next epoch consumes the originals.
