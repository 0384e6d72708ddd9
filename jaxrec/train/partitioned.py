"""Training of tables larger than the device: bucket by bucket, from the host's memory.

A bucket (``sampling.partitions``) trains with the rows of its two partitions alone on the device.
Lerer et al., PyTorch-BigGraph, MLSys 2019, https://arxiv.org/abs/1903.12287, section 4.1, which is
how TwHIN trains, too (KDD 2022). Negatives come from the bucket's partitions, so with more of them
entities meet fewer others at a time; evaluate against all.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from jaxrec.base import Batch, InputError, Key, Metrics
from jaxrec.sampling.facts import Bucket, check_batch
from jaxrec.sampling.partitions import Part
from jaxrec.train.step import Step, TrainState

TABLE = "entity"
"""Parameters by this name are partitioned, and so is what the optimizer keeps of them."""


def partitioned(
    step: Step,
    sample: Callable[[Key, Bucket], Batch],
    parts: list[Part] | Callable[[np.random.Generator], list[Part]],
    batch_size: int,
    on_bucket: Callable[[TrainState], None] | None = None,
) -> Callable[[TrainState], tuple[TrainState, Metrics]]:
    """Builds ``run(state) -> (state, metrics)``: an epoch, the buckets in random order.

    F facts take ``ceil(F / batch_size)`` steps however they are split: a bucket as many as its
    facts complete, so that one smaller than a batch is left out in some epochs. ``state`` comes
    from ``on_host``: its table lies in NumPy arrays, which are written in place, and only a
    bucket's rows are on the device at a time. Metrics are means over the epoch's steps. With one
    partition this is ``train.epoch`` over all facts, with the same numbers.

    Args:
      parts: ``sampling.split_facts``; or what deals them anew every epoch, by a generator that
        depends on the state alone.
      sample: ``(key, bucket) -> Batch`` by local rows (``sampling.shared_entities``, ...).
      on_bucket: sees the state on the device after every bucket.

    Raises:
      InputError: ``batch_size`` below 1; from ``run``, a table that is not in an array to write in.
    """
    check_batch(batch_size)

    @partial(jax.jit, donate_argnums=0)
    def steps(state: TrainState, facts: Bucket, n_steps) -> tuple[TrainState, Metrics]:
        def one(_, carry):
            state, total = carry
            state, metrics = step.update(state, None, sample(state.step_key(0), facts))
            return state, jax.tree.map(jnp.add, total, metrics)

        shapes = jax.eval_shape(lambda: step.update(state, None, sample(state.key, facts))[1])
        zeros = jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), shapes)
        return jax.lax.fori_loop(0, n_steps, one, (state, zeros))

    def run(state: TrainState) -> tuple[TrainState, Metrics]:
        _check_on_host(state)
        total, n_facts, n_steps = None, 0, 0
        dealt = parts(_generator(state)) if callable(parts) else parts
        for part in _shuffled(dealt, state):
            n_facts += int(part.bucket.n)
            n = -(-n_facts // batch_size) - n_steps
            if not n:
                continue
            local, sums = steps(_take(state, part.rows), jax.device_put(part.bucket), n)
            if on_bucket is not None:
                on_bucket(local)
            state = _put(state, part.rows, local)
            total = sums if total is None else jax.tree.map(jnp.add, total, sums)
            n_steps += n
        return state, jax.tree.map(lambda value: value / n_steps, total)

    return run


def on_host(state: TrainState) -> TrainState:
    """The same with its partitioned tables in NumPy arrays of their own.

    What does not fit the device is made under ``jax.default_device(jax.devices("cpu")[0])``.
    """
    move = lambda path, leaf: np.array(leaf) if _partitioned(path) else leaf
    return jax.tree_util.tree_map_with_path(move, state)


def _check_on_host(state: TrainState) -> None:
    for path, leaf in jax.tree_util.tree_leaves_with_path(state):
        if _partitioned(path) and not (isinstance(leaf, np.ndarray) and leaf.flags.writeable):
            raise InputError(
                f"state{jax.tree_util.keystr(path)} is no NumPy array that can be written in; "
                "give train.on_host(state)"
            )


def _shuffled(parts: list[Part], state: TrainState) -> Iterator[Part]:
    order = jax.random.permutation(state.step_key(2), len(parts))
    return (parts[place] for place in np.asarray(order))


def _generator(state: TrainState) -> np.random.Generator:
    return np.random.default_rng(np.asarray(jax.random.key_data(state.step_key(3))))


def _take(state: TrainState, rows: Int[np.ndarray, "m"]) -> TrainState:
    """The state of a bucket, on the device; padding reads row 0 and is never trained."""
    at = np.maximum(rows, 0)
    load = lambda path, leaf: jax.device_put(leaf[at]) if _partitioned(path) else leaf
    return jax.tree_util.tree_map_with_path(load, state)


def _put(state: TrainState, rows: Int[np.ndarray, "m"], local: TrainState) -> TrainState:
    """Writes the rows of a bucket back; all else is the bucket's."""
    real = rows >= 0

    def store(path: Any, leaf: Any, found: Any) -> Any:
        if not _partitioned(path):
            return found
        leaf[rows[real]] = np.asarray(found)[real]
        return leaf

    return jax.tree_util.tree_map_with_path(store, state, local)


def _partitioned(path: Any) -> bool:
    return jax.tree_util.DictKey(TABLE) in path
