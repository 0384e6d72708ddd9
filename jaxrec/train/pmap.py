"""The training step over devices by ``jax.pmap``, for programs that are built on it.

JAX keeps ``pmap`` in maintenance mode, as jit of ``shard_map``; ``on_mesh`` is to be preferred: it
splits tables too, and scans whole epochs.
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jaxrec.base import Batch, InputError, Key, LossFn, Metrics, Params
from jaxrec.train.step import Step, TrainState, step

AXIS = "devices"


def pmap_step(
    loss_fn: LossFn, optimizer: optax.GradientTransformation, devices: Sequence[Any] | None = None
) -> Step:
    """Builds a step whose state has a leading axis of devices, a whole copy on each.

    ``update(state, graph, batch)`` is compiled; it gives every device its share of ``batch`` and
    averages gradients and metrics over devices. The result is that of one device on the whole
    batch, up to the order of sums, when all shares have equally many valid queries; else queries of
    emptier shares weigh more. A stochastic model draws the same on every device. One copy of a
    state is ``jax.tree.map(lambda leaf: leaf[0], state)``.

    Args:
      devices: this process's own; by default all of them.

    Raises:
      InputError: a batch does not divide by the devices.
    """
    devices = jax.local_devices() if devices is None else devices

    def average(updates, state, params=None):
        return optimizer.update(jax.lax.pmean(updates, AXIS), state, params)

    shared = step(loss_fn, optax.GradientTransformation(optimizer.init, average))
    over = jax.pmap(shared.update, AXIS, in_axes=(0, None, 0), devices=devices)

    def init(params: Params, key: Key) -> TrainState:
        copies = lambda leaf: jnp.broadcast_to(leaf, (len(devices), *leaf.shape))
        return jax.tree.map(copies, shared.init(params, key))

    def update(state: TrainState, graph: Any, batch: Batch) -> tuple[TrainState, Metrics]:
        state, metrics = over(state, graph, _shares(batch, len(devices)))
        return state, jax.tree.map(jnp.mean, metrics)

    return Step(init, update)


def _shares(batch: Batch, n_devices: int) -> Batch:
    """The batch with a leading axis of devices; what queries share, in ``[C]``, goes to all."""
    size = batch.label.shape[0]
    if size % n_devices:
        raise InputError(
            f"a batch of {size} does not divide by {n_devices} devices; "
            f"give a multiple of {n_devices}"
        )
    share = lambda leaf: leaf.reshape(n_devices, size // n_devices, *leaf.shape[1:])
    copy = lambda leaf: jnp.broadcast_to(leaf, (n_devices, *leaf.shape))
    each = lambda leaf: copy(leaf) if leaf.ndim == 1 else share(leaf)
    query, label, mask = jax.tree.map(share, (batch.query, batch.label, batch.mask))
    log_q = None if batch.log_q is None else each(batch.log_q)
    return Batch(query, each(batch.item), label, mask, log_q)
