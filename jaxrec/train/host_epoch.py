"""An epoch whose batches come from the host, rather than being drawn on the device."""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp

from jaxrec.base import InputError, Metrics
from jaxrec.train.step import Step, TrainState


def host_epoch(
    step: Step, n_steps: int
) -> Callable[[TrainState, Any, Iterator[Any]], tuple[TrainState, Metrics]]:
    """Builds ``run(state, graph, batches) -> (state, metrics)``: ``n_steps`` updates, as ``epoch``.

    Batches, or whatever the step's loss reads in their place (``sampling.host_hops``), come from
    the host, such as from a ``Pipeline``. An update is sent to the device as soon as the last but
    one is done, so the device does not wait and no more than two batches are there. Consumes its
    state.

    Raises:
      InputError: ``n_steps`` below 1; from ``run``, where batches are at another step than the
        state, or run out.
    """
    if n_steps < 1:
        raise InputError(f"an epoch has {n_steps} steps; give 1 or more")
    update = jax.jit(step.update, donate_argnums=0)

    def run(state: TrainState, graph: Any, batches: Iterator[Any]):
        at, first = getattr(batches, "step", None), int(state.step)
        if at is not None and at != first:
            raise InputError(
                f"batches are at step {at} and the state at {first}; give the pipeline "
                "start=int(state.step)"
            )
        found: list[Metrics] = []
        for n in range(n_steps):
            if n > 1:
                jax.block_until_ready(found[-2])
            batch = next(batches, None)
            if batch is None:
                raise InputError(f"batches ran out after {n} of {n_steps} steps; stop later")
            state, metrics = update(state, graph, batch)
            found.append(metrics)
        means = jax.tree.map(lambda *values: jnp.mean(jnp.stack(values)), *found)
        squared = [jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(state.params)]
        return state, means | {"param_norm": jnp.sqrt(sum(squared, jnp.zeros(())))}

    return run
