"""An epoch as one program: sampling, steps and sums stay on the device."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Batch, Key, Metrics
from jaxrec.train.step import Step, TrainState

N_REPORTS = 50
"""Progress reports an epoch; each costs one transfer of two scalars."""
Report = Callable[[Any, Any], None]
"""``(step, loss)``, called from the running program."""


def epoch(
    step: Step,
    sample: Callable[[Key, Any], Batch],
    n_steps: int,
    report: Report | None = None,
    *,
    donate: bool = True,
) -> jax.stages.Wrapped:
    """Builds ``run(state, graph, arrays) -> (state, metrics)``: ``n_steps`` updates in a scan.

    ``run`` is jitted and, with ``donate``, consumes its state: tables are updated in place.
    Metrics are means over the epoch, and ``param_norm`` is the norm of all parameters after it,
    which is not finite as soon as one parameter is not.

    Args:
      sample: ``(key, arrays) -> Batch``, traced into the program; ``arrays`` stay arguments.
      report: ``(step, loss)``, called from the running program about ``N_REPORTS`` times.
    """

    def run(state: TrainState, graph: Any, arrays: Any) -> tuple[TrainState, Metrics]:
        def one(state, _):
            batch = sample(state.step_key(0), arrays)
            state, metrics = step.update(state, graph, batch)
            _tell(report, n_steps, state, metrics)
            return state, metrics

        return _summed(*jax.lax.scan(one, state, None, length=n_steps))

    return jax.jit(run, donate_argnums=0 if donate else ())


def shuffled_epoch(
    step: Step,
    deal: Callable[[Key, Any], Any],
    batch: Callable[[Any, Any], Batch] = lambda dealt, arrays: dealt,
    report: Report | None = None,
) -> jax.stages.Wrapped:
    """Builds ``run(state, graph, arrays)``, as ``epoch``: an update for each batch, in turn.

    Args:
      deal: ``(key, arrays)`` to a whole epoch along a first axis, of batches or of what
      batch: ``(dealt, arrays) -> Batch`` makes them of, where an epoch of batches would be large.
      report: ``(step, loss)``, called from the running program about ``N_REPORTS`` times.
    """

    def run(state: TrainState, graph: Any, arrays: Any) -> tuple[TrainState, Metrics]:
        whole = deal(state.step_key(0), arrays)
        n_steps = jax.tree.leaves(whole)[0].shape[0]

        def one(state, dealt):
            state, metrics = step.update(state, graph, batch(dealt, arrays))
            _tell(report, n_steps, state, metrics)
            return state, metrics

        return _summed(*jax.lax.scan(one, state, whole))

    return jax.jit(run, donate_argnums=0)


def _tell(report: Report | None, n_steps: int, state: TrainState, metrics: Metrics) -> None:
    if report is not None:
        tell = partial(jax.debug.callback, report, state.step, metrics["loss"])
        jax.lax.cond(state.step % max(1, n_steps // N_REPORTS) == 0, tell, lambda: None)


def _summed(state: TrainState, metrics: dict[str, Float[Array, "S"]]) -> tuple[TrainState, Metrics]:
    means = jax.tree.map(jnp.mean, metrics)
    squared = [jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(state.params)]
    return state, means | {"param_norm": jnp.sqrt(sum(squared, jnp.zeros(())))}
