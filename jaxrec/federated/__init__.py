"""Federated learning: rounds over clients that keep their ratings, and an account of their privacy.

Clients of one shape are stacked in a bucket and differentiated at once (``jax.vmap``); a round is a
``train.Step``, so epochs, checkpoints and validation are those of all training.
"""

from .account import (
    Promise as Promise,
    gaussian_epsilon as gaussian_epsilon,
    gaussian_multiplier as gaussian_multiplier,
    laplace_epsilon as laplace_epsilon,
    laplace_multiplier as laplace_multiplier,
)
from .aggregate import (
    Aggregate as Aggregate,
    Update as Update,
    mean_by_clients as mean_by_clients,
    summed as summed,
    weighted_mean as weighted_mean,
)
from .client_graphs import (
    ego_graphs as ego_graphs,
    no_graphs as no_graphs,
    rated_graphs as rated_graphs,
)
from .clients import Clients as Clients, rating_clients as rating_clients
from .cohort import (
    Chosen as Chosen,
    Federation as Federation,
    federation as federation,
    most_rounds as most_rounds,
    participants as participants,
)
from .messages import (
    Message as Message,
    fault as fault,
    message_bytes as message_bytes,
    messages_of as messages_of,
    received as received,
)
from .privatize import (
    Privatize as Privatize,
    gaussian as gaussian,
    laplace as laplace,
    relative_laplace as relative_laplace,
    unchanged as unchanged,
)
from .rounds import (
    client_loss as client_loss,
    client_updates as client_updates,
    decay_rows as decay_rows,
    round_step as round_step,
)
