"""One optimization step as a pair of pure functions."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int

from jaxrec.base import Key, LossFn, Metrics, Params


class TrainState(NamedTuple):
    """Everything a step changes or draws from.

    Attributes:
      key: root of all randomness, never replaced: step ``n`` folds ``n`` into it, so a state
        restored at step ``n`` goes on exactly as if nothing had happened.
      step: updates made so far.
    """

    params: Params
    opt_state: Any
    key: Key
    step: Int[Array, ""]

    def step_key(self, purpose: int) -> Key:
        """This step's key for one purpose: 0 draws the batch, 1 goes to the model."""
        return jax.random.fold_in(jax.random.fold_in(self.key, self.step), purpose)


class Step(NamedTuple):
    """``init(params, key) -> state`` and ``update(state, graph, batch) -> (state, metrics)``."""

    init: Callable[[Params, Key], TrainState]
    update: Callable[[TrainState, Any, Any], tuple[TrainState, Metrics]]


def step(loss_fn: LossFn, optimizer: optax.GradientTransformation) -> Step:
    """Builds the update that follows the gradient of ``loss_fn`` with ``optimizer``.

    Neither function is jitted, so that they can be composed: jit ``update`` or scan over it. Its
    batch is a ``Batch``, or whatever ``loss_fn`` reads in its place.
    """

    def init(params: Params, key: Key) -> TrainState:
        return TrainState(params, optimizer.init(params), key, jnp.zeros((), jnp.int32))

    def update(state: TrainState, graph: Any, batch: Any) -> tuple[TrainState, Metrics]:
        differentiate = jax.grad(loss_fn, has_aux=True)
        grads, metrics = differentiate(state.params, graph, batch, state.step_key(1))
        updates, opt_state = optimizer.update(grads, state.opt_state, state.params)
        params = optax.apply_updates(state.params, updates)
        return state._replace(params=params, opt_state=opt_state, step=state.step + 1), metrics

    return Step(init, update)
