"""How large FeSoG's noise is beside the gradient that it hides.

Its scale is ``--noise`` times the absolute mean of a tensor, in which entries of both signs cancel.
``python -m experiments.federated_social.noise_size`` prints, for each tensor that clients send at
the start of training, that mean in root mean squares of the tensor: 1 where all entries are equal,
and the noise's scale at ``--noise 1``.
"""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import tyro

from jaxrec.data import load
from jaxrec.federated import (
    Chosen,
    client_loss,
    client_updates,
    ego_graphs,
    messages_of,
    rating_clients,
    unchanged,
)
from jaxrec.losses import root_mean_squared_error
from jaxrec.models import fesog


@dataclasses.dataclass(frozen=True)
class Config:
    """Whose gradients are read; FeSoG has its defaults."""

    data: str = "fesog-filmtrust"
    data_dir: str | None = None
    seed: int = 0


def main(config: Config) -> dict[str, float]:
    """Prints and returns the median over clients, by tensor."""
    dataset = load(config.data, data_dir=config.data_dir, min_rating=0)
    assert dataset.given is not None, "the data sets of this experiment fix their splits"
    train = dataset.interactions.take(dataset.given == 0)
    buckets = rating_clients(train, ego_graphs, dataset.relations["trust"])
    graph = buckets[0].graph  # Of which ``init`` reads the middle of the scale alone.
    model = fesog(graph._replace(middle=graph.middle[0]), train.n_users, train.n_items)
    key_params, key = jax.random.split(jax.random.key(config.seed))
    chosen = [Chosen(bucket, jnp.ones(len(bucket.user), bool)) for bucket in buckets]
    loss_fn, params = client_loss(model, root_mean_squared_error), model.init(key_params)
    updates, _ = jax.jit(partial(client_updates, loss_fn, unchanged))(params, chosen, key)
    shares: dict[str, list[float]] = {}
    for update, bucket in zip(updates, buckets, strict=True):
        for message in messages_of(update, bucket.user).values():
            for path, leaf in jax.tree_util.tree_leaves_with_path(message.gradient):
                name = jax.tree_util.keystr(path, simple=True, separator=".")
                shares.setdefault(name, []).append(_share(np.asarray(leaf)))
    found = {name: float(np.median(each)) for name, each in shares.items()}
    for name, share in found.items():
        print(f"{name:16} {share:.3f}")
    return found


def _share(gradient: np.ndarray) -> float:
    size = np.sqrt(np.mean(gradient**2))
    return float(abs(np.mean(gradient)) / size) if size else 0.0


if __name__ == "__main__":
    main(tyro.cli(Config))
