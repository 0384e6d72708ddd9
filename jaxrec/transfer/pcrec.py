"""PCRec: an encoder of structure, pretrained by contrast on one domain, describes another.

Wang et al., Pre-training Graph Neural Network for Cross Domain Recommendation, CogMI 2021,
https://arxiv.org/abs/2111.08268. Its abstract says what is done here: contrast pretrains a graph
encoder on the source domain, and the encoder initializes the embeddings of the target's nodes.
There is no official code; encoder and contrast are those of its base GCC (Qiu et al., KDD 2020,
https://arxiv.org/abs/2006.09963), and how the two are joined is a reconstruction.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from jaxrec.base import InputError, Key, Metrics, Params
from jaxrec.graph import Transitions
from jaxrec.losses import first_of_each, info_nce, info_nce_queue
from jaxrec.train import TrainState
from jaxrec.transfer.gin import Encoder, Moments
from jaxrec.transfer.structure import Views

KEPT_MOMENTS = 0.9
"""Share of the old in a running mean of moments, as batch normalization has it everywhere."""


class Contrast(NamedTuple):
    """What pretraining carries from step to step.

    Attributes:
      train: parameters, the optimizer's state, the random key and the number of steps.
      moments: running means of the moments of batch normalization, for ``structure``.
      slow: the encoder of keys, which follows the parameters; None in batch.
      queue: keys of earlier batches, newest first; of 0 rows in batch.
    """

    train: TrainState
    moments: Moments
    slow: Params | None
    queue: Float[Array, "Q d"]


class Pretraining(NamedTuple):
    """Two pure functions: ``init(key) -> state``, ``update(state, graph) -> (state, metrics)``."""

    init: Any
    update: Any


def pretraining(
    encoder: Encoder,
    views: Views,
    optimizer: optax.GradientTransformation,
    batch_size: int = 256,
    temperature: float = 0.07,
    queue_size: int = 0,
    momentum: float = 0.999,
) -> Pretraining:
    """Pretraining by contrast: two subgraphs of a node are alike, those of other nodes are not.

    A step draws ``batch_size`` nodes that have neighbors, and two views of each. In batch, the
    other nodes' second views are negatives, and both views have a gradient; a node that is drawn
    twice counts once. With a queue, negatives are the ``queue_size`` newest keys, which an
    exponential mean of the encoder computes and which have no gradient; a batch's own keys join
    the queue after use.

    Args:
      optimizer: such as ``warmed_adam``.
      temperature: divides cosines.
      queue_size: keys in the queue, a multiple of ``batch_size``; 0 contrasts in batch.
      momentum: share of the old in the encoder of keys.

    Returns:
      Metrics are ``loss``, and ``dropped``, edges of both views that had no room.

    Raises:
      InputError: sizes below their least, or that do not divide; momentum out of range.
    """
    if batch_size < 2:
        raise InputError(f"batch_size is {batch_size}; contrast needs 2 nodes or more")
    if queue_size < 0 or queue_size % batch_size:
        raise InputError(
            f"queue_size is {queue_size}; give 0, or a multiple of the batch size {batch_size}"
        )
    if not 0 <= momentum < 1:
        raise InputError(f"momentum is {momentum}; give 0 or more, below 1")

    def init(key: Key) -> Contrast:
        key_params, key_train = jax.random.split(key)
        params = encoder.init(key_params)
        train = TrainState(params, optimizer.init(params), key_train, jnp.zeros((), jnp.int32))
        one = jax.tree.map(jnp.zeros_like, params["layers"])
        moments = [{"mean": x["shift"], "variance": x["shift"] + 1} for x in one]
        dim = params["readout"][0]["bias"].shape[0]
        queue = jnp.zeros((queue_size, dim))
        return Contrast(
            train, moments, jax.tree.map(jnp.copy, params) if queue_size else None, queue
        )

    def update(state: Contrast, graph: Transitions) -> tuple[Contrast, Metrics]:
        train = state.train
        key_seed, key_views, key_drop = jax.random.split(train.step_key(0), 3)
        nonempty = jnp.asarray(graph.lists.nonempty)
        seed = nonempty[jax.random.randint(key_seed, (batch_size,), 0, len(nonempty))]
        drawn = views.draw(key_views, graph, jnp.concatenate([seed, seed]), n_parts=2)
        (a, dropped_a), (b, dropped_b) = drawn
        key_drop_a, key_drop_b = jax.random.split(key_drop)
        once = first_of_each(seed)

        def loss(params: Params) -> tuple[Float[Array, ""], Any]:
            query, moments = encoder.encode(params, a, key=key_drop_a)
            if state.slow is None:
                match, _ = encoder.encode(params, b, key=key_drop_b)
                return info_nce(query, match, once, temperature), (moments, match)
            match, _ = encoder.encode(state.slow, b, key=key_drop_b)
            filled = jnp.arange(queue_size) < train.step * batch_size
            value = info_nce_queue(query, match, state.queue, once, filled, temperature)
            return value, (moments, match)

        (value, (moments, match)), slope = jax.value_and_grad(loss, has_aux=True)(train.params)
        updates, opt_state = optimizer.update(slope, train.opt_state, train.params)
        params = optax.apply_updates(train.params, updates)
        toward = lambda share: lambda old, new: share * old + (1 - share) * new
        slow = state.slow and jax.tree.map(toward(momentum), state.slow, params)
        moments = jax.tree.map(toward(KEPT_MOMENTS), state.moments, moments)
        queue = jnp.concatenate([match, state.queue])[:queue_size]
        train = train._replace(params=params, opt_state=opt_state, step=train.step + 1)
        return Contrast(train, moments, slow, queue), {
            "loss": value,
            "dropped": dropped_a + dropped_b,
        }

    return Pretraining(init, update)


def warmed_adam(
    n_steps: int, learning_rate: float = 5e-3, weight_decay: float = 1e-5
) -> optax.GradientTransformation:
    """GCC's optimizer: Adam with L2, gradients clipped to norm 1, a triangle of learning rates.

    The rate rises over the first tenth of ``n_steps`` and falls to 0 at their end, both linearly.
    """
    n_warm = max(n_steps // 10, 1)
    rate = optax.join_schedules(
        [
            optax.linear_schedule(learning_rate / n_warm, learning_rate, n_warm - 1),
            optax.linear_schedule(learning_rate, 0.0, max(n_steps - n_warm, 1)),
        ],
        [n_warm],
    )
    return optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.add_decayed_weights(weight_decay),
        optax.adam(rate),
    )
