"""A round of federated learning as a step of training."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float

from jaxrec.base import Batch, Key, Loss, LossFn, Metrics, Model, Params
from jaxrec.federated.aggregate import Aggregate, Update
from jaxrec.federated.clients import Clients
from jaxrec.federated.cohort import Chosen
from jaxrec.federated.privatize import Privatize
from jaxrec.train import Step, TrainState


def client_loss(
    model: Model,
    loss: Loss,
    n_pseudo: int = 0,
    levels: Float[Array, "C"] | Float[np.ndarray, "C"] | None = None,
) -> LossFn:
    """The loss of a client on its ratings and its pseudo-items.

    A pseudo-item's label is what the model predicts, at the nearest level of the scale and without
    gradient, as in FeSoG, section 4.3: it is meant to hide which items have been rated, and to
    teach little.

    Args:
      n_pseudo: the last candidates of a batch that are pseudo-items.
      levels: of the ratings, ascending.
    """

    def loss_fn(params: Params, graph: Any, batch: Batch, key: Key):
        reps = model.encode(params, graph, key=key)
        scores, label = model.score(reps, batch.query, batch.item), batch.label
        if n_pseudo:
            guess = _nearest(jax.lax.stop_gradient(scores[:, -n_pseudo:]), levels)
            label = label.at[:, -n_pseudo:].set(guess)
        value = loss(scores, label, batch.mask)
        return value, {"loss": value}

    return loss_fn


def _nearest(scores: Float[Array, "B N"], levels) -> Float[Array, "B N"]:
    if levels is None:
        return scores
    levels = jnp.asarray(levels)
    return levels[jnp.searchsorted((levels[1:] + levels[:-1]) / 2, scores)]


def round_step(
    loss_fn: LossFn,
    aggregate: Aggregate,
    privatize: Privatize,
    optimizer: optax.GradientTransformation,
) -> Step:
    """Builds the round: clients differentiate and privatize, the server averages and steps.

    Its batch is what ``participants`` draws; its graph is not read, for clients bring their own. A
    client's key is of its user and the round, so that buckets change nothing. A gradient that is
    not finite leaves its client out of the round; ``left_out`` counts these, ``clients`` those that
    count, and ``loss`` is the mean over them, which no real server would see.

    Args:
      loss_fn: of one client, by rows of its own tables.
      privatize: what a client does to its gradient before it is sent.
    """

    def update(
        state: TrainState, graph: Any, batch: Sequence[Chosen]
    ) -> tuple[TrainState, Metrics]:
        del graph
        updates, metrics = client_updates(
            loss_fn, privatize, state.params, batch, state.step_key(1)
        )
        grads = aggregate(state.params, updates)
        changes, opt_state = optimizer.update(grads, state.opt_state, state.params)
        params = optax.apply_updates(state.params, changes)
        return state._replace(params=params, opt_state=opt_state, step=state.step + 1), metrics

    def init(params: Params, key: Key) -> TrainState:
        return TrainState(params, optimizer.init(params), key, jnp.zeros((), jnp.int32))

    return Step(init, update)


def client_updates(
    loss_fn: LossFn, privatize: Privatize, params: Params, batch: Sequence[Chosen], key: Key
) -> tuple[list[Update], Metrics]:
    """What the clients of a round return, a bucket at a time, and the metrics of ``round_step``."""
    updates, losses = [], []
    for clients, present in batch:
        gradient, loss = _gradients(loss_fn, privatize, params, clients, key)
        finite = _finite(gradient) & jnp.isfinite(loss)
        kept = present & finite
        gradient = jax.tree.map(lambda leaf, kept=kept: _where(kept, leaf), gradient)
        weight = jnp.sum(clients.batch.mask, axis=(1, 2)) * kept.astype(jnp.float32)
        updates.append(Update(clients.rows, clients.owned, gradient, weight))
        losses.append((jnp.sum(_where(kept, loss)), jnp.sum(kept), jnp.sum(present & ~finite)))
    total, n_kept, n_left = (sum(each, jnp.zeros(())) for each in zip(*losses, strict=True))
    loss = total / jnp.maximum(n_kept, 1)
    return updates, {"loss": loss, "clients": n_kept, "left_out": n_left}


def decay_rows(rate: float) -> optax.GradientTransformation:
    """Shrinks by ``rate`` what an update moves, a row at a time; rows that rest do not decay."""

    def update(updates, state, params=None):
        moved = lambda change: jnp.any(change != 0, axis=-1, keepdims=True)
        shrunk = lambda change, leaf: (
            change - rate * leaf * (moved(change) if change.ndim else change != 0)
        )
        return jax.tree.map(shrunk, updates, params), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)


def _gradients(loss_fn, privatize: Privatize, params: Params, clients: Clients, key: Key):
    """Of every client, what it sends, and its loss."""

    def one(client: Clients):
        own = params | {name: params[name][rows] for name, rows in client.rows.items()}
        key_model, key_noise = jax.random.split(jax.random.fold_in(key, client.user))
        differentiate = jax.value_and_grad(loss_fn, has_aux=True)
        (loss, _), gradient = differentiate(own, client.graph, client.batch, key_model)
        return privatize(key_noise, gradient, client.owned), loss

    return jax.vmap(one)(clients)


def _finite(gradient: Params) -> Bool[Array, "K"]:
    leaves = jax.tree.leaves(gradient)
    each = [jnp.all(jnp.isfinite(leaf).reshape(leaf.shape[0], -1), axis=1) for leaf in leaves]
    return jnp.all(jnp.stack(each), axis=0)


def _where(kept: Bool[Array, "K"], leaf: Float[Array, "K *n"]) -> Float[Array, "K *n"]:
    return jnp.where(jnp.expand_dims(kept, tuple(range(1, leaf.ndim))), leaf, 0)
