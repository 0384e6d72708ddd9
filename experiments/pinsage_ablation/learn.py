"""The rows of the table: models, losses and negatives, and how each is trained."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Float

from experiments.pinsage_ablation.ranks import hit_rate, ranks
from experiments.pinsage_ablation.tasks import Shown, Task
from jaxrec.base import Batch, Key, Loss, Params
from jaxrec.graph import Featured
from jaxrec.losses import binary_cross_entropy, max_margin, positive_first
from jaxrec.models import pinsage
from jaxrec.nn import Pool, importance_pooling, max_pooling, mean_pooling
from jaxrec.sampling import (
    banded_negatives,
    by_interaction,
    by_table,
    full_neighborhood,
    shared_with_hard,
)
from jaxrec.train import (
    begin,
    distance_weighted_objective,
    epoch,
    fit,
    objective,
    on_hops,
    rank,
    step,
)


class Row(NamedTuple):
    """One system of the table.

    Attributes:
      convolves: False reads content alone.
      entropy: cross-entropy instead of the margin.
      hard: whether there are hard negatives.
      near: whether shared negatives are drawn again by distance.
    """

    convolves: bool = True
    pool: Pool = importance_pooling
    entropy: bool = False
    hard: bool = False
    near: bool = False


ROWS = {
    "content": Row(convolves=False),
    "max-pooling": Row(pool=max_pooling),
    "mean-pooling": Row(pool=mean_pooling),
    "mean-pooling-xent": Row(pool=mean_pooling, entropy=True),
    "mean-pooling-hard": Row(pool=mean_pooling, hard=True),
    "pinsage": Row(hard=True),
    "pinsage, easy": Row(),
    "pinsage, by distance": Row(near=True),
}
"""The first six are the paper's table."""

Train = Callable[[int], tuple[Params, dict[str, float]]]


class Learner(NamedTuple):
    """A row on a task, compiled once for all seeds.

    Attributes:
      train: seed -> parameters of the best validated epoch, and how they were found.
      vectors: of all items.
    """

    train: Train
    vectors: Callable[[Params, Shown], Float[np.ndarray, "I d"]]


def sampler(config: Any, row: Row) -> Callable[[Key, Any], Batch]:
    """Pairs with negatives among the items that training knows, by the number of the epoch."""
    most = config.most_hard if row.hard else 0

    def sample(key: Key, arrays: Any) -> Batch:
        likes, band, known, number = arrays
        draw = shared_with_hard(by_interaction, banded_negatives(band), most, number)
        batch = draw(key, likes, len(known), config.batch_size, config.n_negatives)
        return batch._replace(mask=batch.mask & known[batch.item][None])

    return sample


def learner(config: Any, task: Task, row: Row, learning_rate: float, margin: float) -> Learner:
    """Builds the row's model, loss, sampler and schedule."""
    n_features = task.shown.feature.shape[1]
    n_layers = config.n_layers if row.convolves else 0
    model = pinsage(n_features, config.dim, config.hidden_dim, n_layers, row.pool)
    n_steps = max(config.least_steps, -(-len(task.likes.indices) // config.batch_size))

    loss: Loss = binary_cross_entropy if row.entropy else positive_first(max_margin(margin))
    loss_fn = objective(model, rank=(1.0, rank(model, loss)))
    if row.near:
        loss_fn = distance_weighted_objective(model, loss, config.n_near)
    on_blocks = on_hops(loss_fn, lambda table: [by_table(table)] * n_layers)
    # Warm-up in the first epoch, then exponential decay, as in the paper.
    decay = {"transition_steps": n_steps, "decay_rate": config.decay}
    rate = optax.warmup_exponential_decay_schedule(0.0, learning_rate, n_steps, **decay)
    pieces = step(on_blocks, optax.adam(rate))
    compiled = epoch(pieces, sampler(config, row), n_steps)
    encode = jax.jit(model.encode)

    def vectors(params: Params, shown: Shown) -> Float[np.ndarray, "I d"]:
        return np.asarray(
            encode(params, full_neighborhood(shown.feature, [shown.table] * n_layers)).item
        )

    def train(seed: int) -> tuple[Params, dict[str, float]]:
        key_params, key_train = jax.random.split(jax.random.key(seed))
        graph = jax.tree.map(jnp.asarray, Featured(task.shown.feature, task.shown.table))
        arrays = jax.tree.map(jnp.asarray, (task.likes, task.band, task.known))

        def run_epoch(state):
            return compiled(state, graph, (*arrays, state.step // n_steps + 1))

        def validate(params: Params) -> float:
            found = ranks(vectors(params, task.shown), task.valid, task.likes, task.known)
            return float(hit_rate(found, config.k_of(task.known)).mean())

        state = pieces.init(model.init(key_params), key_train)
        progress = fit(run_epoch, begin(state), n_epochs=config.epochs, validate=validate)
        told = {"valid": progress.best_value, "epoch": progress.best_epoch}
        return progress.best_params, told

    return Learner(train, vectors)
