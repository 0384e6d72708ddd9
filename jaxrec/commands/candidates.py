"""From options to batches and what is asked of them: the candidates and the loss of training."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from jaxrec.base import Batch, InputError, Key, Loss
from jaxrec.commands.training_options import TrainOptions
from jaxrec.data import Interactions
from jaxrec.graph import Csr, recent
from jaxrec.losses import binary, bpr, hardest, max_margin, positive_first, softmax
from jaxrec.sampling import (
    Positives,
    Weighted,
    by_interaction,
    by_user,
    by_weight,
    every_item,
    in_batch,
    liked_mass,
    lists,
    popularity,
    shared,
    uniform_log_q,
    uniform_negatives,
    weighted,
    weighted_log_q,
    weighted_negatives,
)

SHARED = ("in_batch", "shared", "all")
"""Laws whose candidates the whole batch shares."""


class Tables(NamedTuple):
    """What samplers read beside the key; None where a law has no use for it.

    Attributes:
      popularity: an alias table of items.
      liked: each user's share of it.
      share: the chance of each item to be drawn as a positive.
      positive: an alias table of interactions, where these are not drawn alike.
    """

    likes: Csr
    popularity: Any = None
    liked: Any = None
    share: Any = None
    positive: Any = None


def tables(options: TrainOptions, train: Interactions, likes: Csr) -> Tables:
    """What the chosen laws read, made once on the host."""
    found, n_items = Tables(likes), train.n_items
    if options.sampler_recency is not None:
        weight = recent(train, options.sampler_recency).astype(np.float64)
        found = found._replace(positive=_recent_first(options, weight, likes))
    if options.candidates in ("popularity", "shared"):
        beta = options.popularity_power if options.candidates == "popularity" else 0.0
        found = found._replace(popularity=weighted(popularity(likes, n_items, beta)))
    if options.candidates == "popularity" and corrects(options):
        found = found._replace(liked=liked_mass(likes, found.popularity))
    if options.candidates in ("in_batch", "shared"):
        found = found._replace(share=_positives(options, found).share(likes, n_items))
    return found


def _recent_first(options: TrainOptions, weight: Float[np.ndarray, "E"], likes: Csr) -> Weighted:
    """The law of interactions that keeps each user's share of the draws."""
    degree = np.diff(likes.indptr)
    user = np.repeat(np.arange(len(degree)), degree)
    mass = np.ones(len(degree)) if options.sampler == "user" else degree
    return weighted(weight * (mass[user] / np.bincount(user, weight)[user]))


def _positives(options: TrainOptions, tables: Tables) -> Positives:
    if tables.positive is not None:
        return by_weight(tables.positive)
    return {"user": by_user, "interaction": by_interaction}[options.sampler]


def corrects(options: TrainOptions) -> bool:
    """Whether scores are corrected for how candidates were drawn: softmax stands for all items."""
    return options.loss == "softmax"


def sampler(options: TrainOptions, n_items: int) -> Callable[[Key, Tables], Batch]:
    """What ``train.epoch`` draws with."""

    def sample(key: Key, tables: Tables) -> Batch:
        law = _law(options, tables)
        batch = law(key, tables.likes, n_items, options.batch_size, options.negatives)
        log_q = batch.log_q if corrects(options) else None
        return batch._replace(log_q=None if log_q is None else options.log_q * log_q)

    return sample


def _law(options: TrainOptions, tables: Tables):
    positives, corrected = _positives(options, tables), corrects(options)
    if options.candidates == "all":
        return every_item(positives)
    if options.candidates == "in_batch":
        return in_batch(positives, tables.share)
    if options.candidates == "shared":
        return shared(positives, tables.share, tables.popularity)
    if options.candidates == "popularity":
        log_q = weighted_log_q(tables.popularity, tables.liked) if corrected else None
        return lists(positives, weighted_negatives(tables.popularity), log_q)
    return lists(positives, uniform_negatives, uniform_log_q if corrected else None)


def loss(options: TrainOptions) -> Loss:
    """The ranking loss that ``options`` name.

    Raises:
      InputError: options that do not go together.
    """
    named = {"bpr": bpr, "binary": binary, "softmax": softmax}
    chosen = max_margin(options.margin) if options.loss == "max_margin" else named[options.loss]
    if options.hardest is not None:
        if not 1 <= options.hardest <= options.negatives:
            raise InputError(
                f"--hardest is {options.hardest} of --negatives {options.negatives}; "
                f"give 1 to {options.negatives}"
            )
        if options.candidates in SHARED:
            raise InputError(
                f"--hardest picks from a list of the query's own, which --candidates "
                f"{options.candidates} does not draw; choose uniform or popularity"
            )
        chosen = hardest(chosen, options.hardest)
    if options.candidates in SHARED and options.loss in ("bpr", "max_margin"):
        chosen = positive_first(chosen)
    return chosen
