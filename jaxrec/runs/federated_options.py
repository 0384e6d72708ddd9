"""Options of a federated run, of models that clients can train."""

import dataclasses
import math
from typing import Any, Literal

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.tasks.option_groups import FEDERATED

Mechanism = Literal["auto", "relative", "laplace", "gaussian", "none"]
Rows = Literal["clients", "clients_unweighted", "ratings"]


@dataclasses.dataclass(frozen=True)
class FederatedOptions:
    """How clients train a model together."""

    GROUP = FEDERATED
    rounds: int = 0
    """Trains federated, in so many rounds: every user with a rating is a client that sends
    gradients, simulated in one process. --validate-every and --patience count rounds; there is no
    --refit. 0 trains on all ratings by --epochs."""
    clients_per_round: int = 256
    """Clients drawn in each round, without replacement; at most as many as there are."""
    pseudo_items: int = 10
    """Items that a client has not rated and sends gradients of as well, to blur which ones it has;
    labeled by what the model predicts."""
    mechanism: Mechanism = "auto"
    """What a client does to its gradient: noise relative to each tensor's mean, as in FeSoG, which
    promises nothing (relative); the Laplace or the Gaussian mechanism, which do; or nothing (none).
    'auto' is gaussian with --epsilon and relative without."""
    clip: float = 0.3
    """Bound of every entry of a gradient (relative), or of the norm of all that a client sends: L1
    for laplace, L2 for gaussian."""
    noise: float = 0.1
    """Scale of the noise: in means of a tensor (relative), else in multiples of --clip."""
    one_draw: bool = False
    """One number of noise for all entries of a tensor, as FeSoG's reference code has it."""
    epsilon: float | None = None
    """Promise of local differential privacy for the values of a client's ratings over all its
    rounds; the noise follows from it. Which items are rated is not covered (docs/federated.md)."""
    delta: float = 1e-5
    """Chance that the promise of the Gaussian mechanism does not hold."""
    server_learning_rate: float = 0.1
    """Learning rate of the server's gradient descent."""
    weight_decay: float = 1e-3
    """Share of itself that a row loses in a round in which it moves."""
    item_mean: Rows = "clients"
    """What an item's summed gradients, each times the client's ratings, are divided by: the clients
    that return the item, as in FeSoG (clients), or the ratings of all clients (ratings).
    'clients_unweighted' leaves the ratings out."""


def epochs_of(options: Any) -> int:
    """Epochs at most, which are rounds of a federated run; 0 of a model that is not trained."""
    return getattr(options, "rounds", 0) or getattr(options, "epochs", 0)


def mechanism_of(options: Any) -> Mechanism:
    """The mechanism that is meant by 'auto'."""
    if options.mechanism != "auto":
        return options.mechanism
    return "relative" if options.epsilon is None else "gaussian"


def check_federated(options: Any) -> None:
    """Refuses options out of range, and promises that the run could not keep.

    Raises:
      InputError: names the option, its value and the repair.
    """
    for name, least in (("rounds", 0), ("clients_per_round", 1), ("pseudo_items", 0)):
        if getattr(options, name) < least:
            flag = "--" + name.replace("_", "-")
            raise InputError(f"{flag} is {getattr(options, name)}; give {least} or more")
    for name in ("clip", "server_learning_rate"):
        if not 0 < getattr(options, name) < math.inf:
            flag = "--" + name.replace("_", "-")
            raise InputError(f"{flag} is {getattr(options, name)}; give a number above 0")
    for name in ("noise", "weight_decay"):
        if not 0 <= getattr(options, name) < math.inf:
            flag = "--" + name.replace("_", "-")
            raise InputError(f"{flag} is {getattr(options, name)}; give a number of 0 or more")
    if not 0 < options.delta < 1:
        raise InputError(f"--delta is {options.delta}; give a number between 0 and 1")
    if not options.rounds:
        return
    if options.fit_all:
        raise InputError("--fit-all trains once more on all ratings; leave it out with --rounds")
    if options.one_draw and mechanism_of(options) != "relative":
        raise InputError(
            f"--one-draw goes with --mechanism relative, not {mechanism_of(options)}: one number "
            "for many entries leaves their differences bare; leave it out"
        )
    if options.epsilon is not None:
        _check_promise(options)


def _check_promise(options: Any) -> None:
    if not 0 < options.epsilon < math.inf:
        raise InputError(f"--epsilon is {options.epsilon}; give a number above 0")
    mechanism = mechanism_of(options)
    if mechanism in ("relative", "none"):
        why = "adds no noise" if mechanism == "none" else "has noise that follows the ratings"
        raise InputError(
            f"--epsilon {options.epsilon:g} cannot be kept: --mechanism {mechanism} {why}; give "
            "--mechanism gaussian or laplace, or leave --epsilon out"
        )
    on_clients = registry.entry(options.model).on_clients
    if on_clients is not None and (shares := on_clients.shares(options)):
        raise InputError(
            f"--epsilon {options.epsilon:g} cannot be kept: {options.model} reads "
            f"{shares}, which no noise covers; choose --model fesog without --center, or leave "
            "--epsilon out"
        )
