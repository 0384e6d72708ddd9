"""Early stopping inside the program, for data so small that an epoch is a single step.

There the host would take longer to ask for every epoch than the device to answer.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.base import Params
from jaxrec.train.step import Step, TrainState


class Stopped(NamedTuple):
    """What training ended with.

    Attributes:
      best_params: parameters of the best epoch, the first of equal ones.
      best_value: what ``validate`` said of them; ``-inf`` if no epoch had a number.
      best_epoch, epoch: epochs finished at the best and at the end.
    """

    best_params: Params
    best_value: Float[Array, ""]
    best_epoch: Int[Array, ""]
    epoch: Int[Array, ""]


def until_stalled(
    step: Step,
    validate: Callable[[Params, Any, Any], Float[Array, ""]],
    *,
    n_epochs: int,
    patience: int,
) -> Callable[[TrainState, Any, Any, Any], Stopped]:
    """Builds ``run(state, graph, batch, asked) -> Stopped``: ``fit`` with one step an epoch.

    ``run`` is not jitted, so that ``jax.vmap`` over states trains seeds side by side: as long as
    the last of them goes on, and each with the result that it has alone. A value that is not a
    number is no better, so training that diverged ends by ``patience``.

    Args:
      validate: ``(params, graph, asked)``, higher is better, after every epoch.
    """

    def run(state: TrainState, graph: Any, batch: Any, asked: Any) -> Stopped:
        def goes_on(carry):
            state, best = carry
            return (state.step < n_epochs) & (state.step - best.best_epoch < patience)

        def one(carry):
            state, best = carry
            state, _ = step.update(state, graph, batch)
            value = validate(state.params, graph, asked)
            now = Stopped(state.params, value, state.step, state.step)
            keep = lambda new, old: jnp.where(value > best.best_value, new, old)
            return state, jax.tree.map(keep, now, best)._replace(epoch=state.step)

        zero = jnp.zeros((), jnp.int32)
        best = Stopped(state.params, jnp.asarray(-jnp.inf), zero, zero)
        return jax.lax.while_loop(goes_on, one, (state, best))[1]

    return run
