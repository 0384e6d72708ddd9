"""S runs side by side in one program: seeds, or settings, over one graph that is stored once.

A leading axis S is on every leaf of the states. Products with the graph act on each column alone,
so the tables of all runs stand side by side in one product (``ops.propagate``); everything else is
batched by ``jax.vmap``. A run is the same as by itself but for the order of float sums.
"""

from collections.abc import Callable
from typing import Any

import jax
from jaxtyping import Array, Float, Shaped

from jaxrec.base import Batch, Key, Params
from jaxrec.train.epoch import epoch
from jaxrec.train.step import Step, TrainState

Build = Callable[..., Step]
"""``(**settings) -> Step``; settings are traced scalars, to compute with and not to branch on."""
Means = dict[str, Float[Array, "S"]]
"""Metrics, one a run."""


def vmapped_step(build: Build, **each: Shaped[Array, "S"]) -> Step:
    """The step of S runs: ``vmapped_step(lambda: step(...))`` for seeds alone.

    ``init`` takes the S parameters, stacked, and S keys; ``update`` S states, one graph and S
    batches, and returns S states and metrics ``[S]``.

    Args:
      each: what differs between runs beside parameters and keys, such as learning rates
        ``[S]``: run ``s`` is ``build(learning_rate=learning_rate[s])``.
    """

    def init(params: Params, key: Key) -> TrainState:
        one = lambda values, params, key: build(**values).init(params, key)
        return jax.vmap(one)(each, params, key)

    def update(state: TrainState, graph: Any, batch: Batch) -> tuple[TrainState, Means]:
        one = lambda values, state, batch: build(**values).update(state, graph, batch)
        return jax.vmap(one)(each, state, batch)

    return Step(init, update)


def vmapped_epoch(
    build: Build,
    sample: Callable[[Key, Any], Batch],
    n_steps: int,
    *,
    donate: bool = True,
    **each: Shaped[Array, "S"],
) -> jax.stages.Wrapped:
    """An epoch of each of S runs: ``run(states, graph, arrays) -> (states, metrics [S])``.

    Every run draws its own batches by its own key, from the same ``arrays``. Arguments are those of
    ``epoch`` and ``vmapped_step``; states are made by ``vmapped_step(build, **each).init``.
    """

    def run(states: TrainState, graph: Any, arrays: Any) -> tuple[TrainState, Means]:
        def one(values, state):
            return epoch(build(**values), sample, n_steps, donate=False)(state, graph, arrays)

        return jax.vmap(one)(each, states)

    return jax.jit(run, donate_argnums=0 if donate else ())
