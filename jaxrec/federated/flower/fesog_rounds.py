"""What server and processes make of the options: data, model and rules of a round."""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxrec import federated
from jaxrec.base import InputError
from jaxrec.data import Interactions, load, read_relation
from jaxrec.federated.processes import Round, answering, packed, share
from jaxrec.graph import ratings
from jaxrec.losses import root_mean_squared_error
from jaxrec.models import fesog
from jaxrec.models.fesog import ego_graph
from jaxrec.train import TrainState

Answer = Callable[[bytes], bytes]
"""What a process makes of a request of the server."""


@dataclasses.dataclass(frozen=True)
class Options:
    """Trains FeSoG on all ratings of a file, by clients in processes of their own."""

    data: str
    """Table of ratings, or the name of a known data set."""
    social: str = "trust"
    """Table of links between users, or the name of a relation of a known data set."""
    data_dir: str | None = None
    """Folder of the known data sets; by default the variable JAXREC_DATA."""
    rounds: int = 5
    """Rounds to train."""
    processes: int = 2
    """Processes of clients; client u is in process u modulo their number."""
    clients_per_round: int = 256
    """Clients drawn in each round, without replacement; at most as many as there are."""
    pseudo_items: int = 10
    """Items that a client has not rated and sends gradients of as well."""
    noise: float = 0.1
    """FeSoG's noise: its scale in means of a tensor. It promises no privacy."""
    clip: float = 0.3
    """Bound of every entry of a gradient."""
    dim: int = 8
    """Width of the tables and layers."""
    server_learning_rate: float = 0.1
    """Learning rate of the server's gradient descent."""
    weight_decay: float = 1e-3
    """Share of itself that a row loses in a round in which it moves."""
    seed: int = 0
    """Of the first parameters, the draws of clients and the noise."""
    out: str | None = None
    """File of NumPy arrays (.npz) for the parameters at the end."""
    check: bool = False
    """Simulates the rounds in one process, too, and prints the largest difference."""


def prepare(options: Options) -> tuple[Round, Interactions, TrainState]:
    """What server and clients agree on, the training interactions, and the first state.

    Raises:
      InputError: an option out of range, or data without ratings or links.
    """
    for name in ("rounds", "processes", "clients_per_round"):
        if getattr(options, name) < 1:
            flag = "--" + name.replace("_", "-")
            raise InputError(f"{flag} is {getattr(options, name)}; give 1 or more")
    dataset = load(options.data, data_dir=options.data_dir, min_rating=0)
    train = dataset.interactions
    if options.social in dataset.relations:
        social = dataset.relations[options.social]
    else:
        social = read_relation(options.social, dataset, directed=True).relation
    if dataset.given is not None:  # The data fixes its split, of which part 0 is for training.
        train = train.take(dataset.given == 0)
    graph, n_pseudo = ego_graph(train, social), options.pseudo_items
    model = fesog(graph, train.n_users, train.n_items, options.dim)
    clients = federated.rating_clients(train, federated.ego_graphs, social, n_pseudo)
    everyone = federated.federation(train, clients)
    levels = np.unique(ratings(train).rating).astype(np.float32)
    sgd = optax.sgd(options.server_learning_rate)
    how = Round(
        everyone,
        federated.client_loss(model, root_mean_squared_error, n_pseudo, levels),
        federated.relative_laplace(options.clip, options.noise),
        federated.mean_by_clients(),
        optax.chain(sgd, federated.decay_rows(options.weight_decay)),
        min(options.clients_per_round, everyone.n_clients),
        train.n_items,
        n_pseudo,
    )
    key_params, key_train = jax.random.split(jax.random.key(options.seed))
    params = model.init(key_params)
    state = TrainState(params, how.optimizer.init(params), key_train, jnp.int32(0))
    return how, train, state


def answer_of(options: Options, process: int) -> Answer:
    """What process number ``process`` of clients does with a request."""
    how, train, _ = prepare(options)
    users = np.arange(process, train.n_users, options.processes)
    answer = answering(how._replace(everyone=share(how.everyone, train, users)), users)
    return lambda asked: packed(answer(asked))
