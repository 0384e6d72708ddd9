"""From a file, or a data set, to a folder with a pretrained encoder."""

import dataclasses
import math
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxrec import __version__
from jaxrec.base import InputError
from jaxrec.data import Dataset, Interactions, fingerprint
from jaxrec.runs import log
from jaxrec.runs.pretrain import folder as files
from jaxrec.runs.pretrain.options import PretrainOptions
from jaxrec.runs.progress import TrainingProgress
from jaxrec.runs.read import read_columns
from jaxrec.transfer import one_graph, pretraining, warmed_adam


class Pretrained(NamedTuple):
    """An encoder that has been pretrained and written.

    Attributes:
      folder: where it lies; ``jaxrec.fit`` takes the whole tuple, or this, as ``start_from``.
      config: what its encoder.json holds.
      loss: the contrastive loss of every step.
    """

    folder: Path
    config: dict[str, Any]
    loss: list[float]


def pretrain(options: PretrainOptions, dataset: Dataset | None = None) -> Pretrained:
    """Pretrains an encoder by contrast and writes its folder.

    Args:
      dataset: what was read already, in place of ``options.source``, which names it then.

    Raises:
      InputError: anything the user can repair, before any training; or the loss is not finite.
    """
    folder = Path(options.out)
    files.check_new(folder)
    check_options(options)
    encoder, views = files.own_pieces(dataclasses.asdict(options))
    if dataset is None:
        dataset = read_columns(options.source, options, options.min_rating)
    train = training_part(dataset)
    n_nodes = len(np.unique(train.user)) + len(np.unique(train.item))
    if n_nodes < options.batch_size:
        raise InputError(
            f"{dataset.name} has {n_nodes} users and items with training interactions, fewer than "
            f"--batch-size {options.batch_size}; give more data, or a lower --batch-size"
        )
    about = {"name": dataset.name, "fingerprint": fingerprint(train)}
    log.say(
        f"{dataset.name}: {train.n_users:,} users, {train.n_items:,} items, {len(train):,} "
        f"interactions to pretrain on -> {folder}"
    )
    graph = jax.tree.map(jnp.asarray, one_graph(train))
    optimizer = warmed_adam(options.steps, options.learning_rate)
    pieces = pretraining(encoder, views, optimizer, options.batch_size, options.temperature)
    update = jax.jit(pieces.update, donate_argnums=0)
    state, losses, dropped = pieces.init(jax.random.key(options.seed)), [], 0
    with TrainingProgress(options.steps, 1, None, 0, "step") as bar:
        for n in range(1, options.steps + 1):
            state, metrics = update(state, graph)
            losses.append(float(metrics["loss"]))
            dropped += int(metrics["dropped"])
            bar.epoch(n, {"loss": losses[-1]})
            if not math.isfinite(losses[-1]):
                raise InputError(
                    f"the loss is {losses[-1]} in step {n}; give a lower --learning-rate (now "
                    f"{options.learning_rate}) or a higher --temperature (now "
                    f"{options.temperature})"
                )
    if dropped:
        log.say(f"{dropped:,} edges of {options.steps:,} batches of subgraphs had no room")
    last = losses[-max(options.steps // 10, 1) :]
    stored = dataclasses.asdict(options) | {"out": str(folder)}
    config = {"jaxrec": __version__, "options": stored, "source": about}
    config |= {"loss": {"first": losses[0], "last": float(np.mean(last))}}
    files.write(folder, config, state.train.params, state.moments)
    return Pretrained(folder, config, losses)


def training_part(dataset: Dataset) -> Interactions:
    """The training part of a data set that has a split of its own, or all interactions."""
    if dataset.given is None:
        return dataset.interactions
    return dataset.interactions.take(dataset.given == 0)


def check_options(options: PretrainOptions) -> None:
    """Refuses options out of range, before any data are read.

    Raises:
      InputError: names the option, its value and its range.
    """
    least = {"dim": 1, "steps": 1, "n_layers": 1, "batch_size": 2}
    for name, value in least.items():
        if getattr(options, name) < value:
            flag = "--" + name.replace("_", "-")
            raise InputError(f"{flag} is {getattr(options, name)}; give {value} or more")
    if not 0 <= options.seed < 2**31:
        raise InputError(f"--seed is {options.seed}; give 0 to {2**31 - 1}")
    if not 0 <= options.dropout < 1:
        raise InputError(f"--dropout is {options.dropout}; give 0 or more, below 1")
    if not 0 <= options.learning_rate < math.inf or not 0 < options.temperature < math.inf:
        raise InputError(
            f"--learning-rate is {options.learning_rate} and --temperature {options.temperature}; "
            "the first must be a number of 0 or more, the second one above 0"
        )
