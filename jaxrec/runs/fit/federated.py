"""From options to rounds of federated learning, and what they promise."""

from functools import partial
from typing import Any

import jax
import numpy as np
import optax

from jaxrec import federated, registry
from jaxrec.base import Model
from jaxrec.data import Interactions, Relation
from jaxrec.federated import Federation, Privatize, Promise
from jaxrec.graph import ratings
from jaxrec.losses import root_mean_squared_error
from jaxrec.runs.federated_options import mechanism_of
from jaxrec.tasks import Batches
from jaxrec.train import Step


def rounds_of(
    options: Any, train: Interactions, learner: Model, social: Relation | None
) -> tuple[Batches, Step]:
    """What a round draws its clients from, and the round."""
    on_clients = registry.entry(options.model).on_clients
    assert on_clients is not None, "only models that clients train have rounds"
    n_pseudo = options.pseudo_items
    clients = federated.rating_clients(train, on_clients.graphs, social, n_pseudo)
    everyone = federated.federation(train, clients)
    n_chosen = min(options.clients_per_round, everyone.n_clients)
    levels = np.unique(ratings(train).rating).astype(np.float32)
    step = federated.round_step(
        federated.client_loss(learner, root_mean_squared_error, n_pseudo, levels),
        _aggregate(options),
        _privatize(options, everyone.n_clients),
        optax.chain(
            optax.sgd(options.server_learning_rate), federated.decay_rows(options.weight_decay)
        ),
    )
    how = {"n_chosen": n_chosen, "n_items": train.n_items, "n_pseudo": n_pseudo}
    draw = partial(federated.participants, **how)
    return Batches(everyone, draw, root_mean_squared_error, n_chosen), step


def _aggregate(options: Any) -> federated.Aggregate:
    if options.item_mean == "ratings":
        return federated.weighted_mean
    return federated.mean_by_clients(("item",), weighted=options.item_mean == "clients")


def _privatize(options: Any, n_clients: int) -> Privatize:
    mechanism, clip = mechanism_of(options), options.clip
    if mechanism == "none":
        return federated.unchanged
    if mechanism == "relative":
        return federated.relative_laplace(clip, options.noise, options.one_draw)
    multiplier = _multiplier(options, n_clients)
    return (federated.laplace if mechanism == "laplace" else federated.gaussian)(clip, multiplier)


def _multiplier(options: Any, n_clients: int) -> float:
    """The noise in multiples of the bound: as given, or as the promise over all rounds needs it."""
    if options.epsilon is None:
        return options.noise
    busiest = _busiest(options, n_clients, options.rounds)
    if mechanism_of(options) == "laplace":
        return federated.laplace_multiplier(options.epsilon, busiest)
    return federated.gaussian_multiplier(options.epsilon, busiest, options.delta)


def _busiest(options: Any, n_clients: int, n_rounds: int) -> int:
    """Rounds of the client that takes part in most; the key is that of ``first_progress``."""
    key = jax.random.split(jax.random.key(options.seed))[1]
    return federated.most_rounds(key, n_clients, options.clients_per_round, n_rounds)


def promise(options: Any, n_clients: int, n_rounds: int) -> Promise | None:
    """What ``n_rounds`` spend; None where noise promises nothing."""
    mechanism = mechanism_of(options)
    if mechanism in ("relative", "none") or _shares(options):
        return None
    multiplier = _multiplier(options, n_clients)
    busiest = _busiest(options, n_clients, n_rounds)
    if mechanism == "laplace":
        return Promise(federated.laplace_epsilon(multiplier, busiest), 0.0, busiest)
    epsilon = federated.gaussian_epsilon(multiplier, busiest, options.delta)
    return Promise(epsilon, options.delta, busiest)


def _shares(options: Any) -> str:
    on_clients = registry.entry(options.model).on_clients
    return on_clients.shares(options) if on_clients is not None else ""


def account(options: Any, everyone: Federation, n_rounds: int, model: Model) -> dict[str, Any]:
    """What metrics.json says of a federated run of ``n_rounds``."""
    shapes = jax.eval_shape(model.init, jax.random.key(0))
    sent = federated.message_bytes(shapes, everyone.buckets, options.pseudo_items)
    n_chosen = min(options.clients_per_round, everyone.n_clients)
    spent = promise(options, everyone.n_clients, n_rounds)
    return {
        "rounds": n_rounds,
        "clients": everyone.n_clients,
        "clients_per_round": n_chosen,
        "bytes_sent_a_round": round(n_chosen * float(np.mean(sent))),
        "buckets": len(everyone.buckets),
        "mechanism": mechanism_of(options),
        "privacy": None if spent is None else spent._asdict(),
    }


def privacy_line(options: Any, everyone: Federation, n_rounds: int) -> str:
    """What a run of ``n_rounds`` promises, in a line.

    Raises:
      InputError: the account needs a package that is not installed.
    """
    spent = promise(options, everyone.n_clients, n_rounds)
    how = f"federated: {n_rounds:,} rounds, {everyone.n_clients:,} clients"
    if spent is not None:
        return f"{how}; spends {spent}"
    why = {"none": "no noise", "relative": "noise that follows the ratings"}
    return f"{how}; promises no epsilon ({why.get(mechanism_of(options), _shares(options))})"
