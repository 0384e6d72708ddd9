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
      best_params: parameters of the last epoch of which every value was the best so far.
      best_value: the values of that epoch; ``-inf`` if there was none.
      best_epoch, epoch: epochs finished at that and at the end.
    """

    best_params: Params
    best_value: Float[Array, "M"]
    best_epoch: Int[Array, ""]
    epoch: Int[Array, ""]


class _Carry(NamedTuple):
    state: TrainState
    stopped: Stopped
    highest: Float[Array, "M"]
    risen: Int[Array, ""]


def until_stalled(
    step: Step,
    validate: Callable[[Params, Any, Any], Float[Array, "M"]],
    *,
    n_epochs: int,
    patience: int,
) -> Callable[[TrainState, Any, Any, Any], Stopped]:
    """Builds ``run(state, graph, batch, asked) -> Stopped``: ``fit`` with one step an epoch.

    Ends when for ``patience`` epochs none of the values reached its best. What is not a number
    reaches nothing, so training that diverged ends, too. ``run`` is not jitted, so that
    ``jax.vmap`` over states trains seeds side by side: as long as the last of them goes on, and
    each with the result that it has alone.

    Args:
      validate: ``(params, graph, asked)``, M values after every epoch, higher is better.
    """

    def run(state: TrainState, graph: Any, batch: Any, asked: Any) -> Stopped:
        def goes_on(carry: _Carry):
            return (carry.state.step < n_epochs) & (carry.state.step - carry.risen < patience)

        def one(carry: _Carry) -> _Carry:
            state, _ = step.update(carry.state, graph, batch)
            value = validate(state.params, graph, asked)
            reached = value >= carry.highest
            now = Stopped(state.params, value, state.step, state.step)
            keep = lambda new, old: jnp.where(jnp.all(reached), new, old)
            stopped = jax.tree.map(keep, now, carry.stopped)._replace(epoch=state.step)
            highest = jnp.where(reached, value, carry.highest)
            risen = jnp.where(jnp.any(reached), state.step, carry.risen)
            return _Carry(state, stopped, highest, risen)

        zero = jnp.zeros((), jnp.int32)
        values = jax.eval_shape(validate, state.params, graph, asked)
        lowest = jnp.full(values.shape, -jnp.inf, values.dtype)
        begun = _Carry(state, Stopped(state.params, lowest, zero, zero), lowest, zero)
        return jax.lax.while_loop(goes_on, one, begun).stopped

    return run
