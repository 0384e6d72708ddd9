"""From options to batches: whom training asks about, and which candidates it ranks."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from jaxrec.base import Batch, InputError, Key
from jaxrec.data import Interactions
from jaxrec.graph import Csr, bipartite
from jaxrec.ops import items_of_users, prepare
from jaxrec.sampling import (
    banded_negatives,
    by_interaction,
    by_user,
    curriculum,
    every_item,
    in_batch,
    list_sampler,
    pagerank_bands,
    popularity_weights,
    positive_mass,
    shared,
    uniform_log_q,
    uniform_negatives,
    weighted_log_q,
    weighted_negatives,
    weighted_table,
)

POSITIVES = {"user": by_user, "interaction": by_interaction}
SHARED = ("in_batch", "shared", "all")
"""Laws whose candidates the whole batch shares."""


class Tables(NamedTuple):
    """What samplers read beside the key; None where a law has no use for it.

    Attributes:
      popularity: an alias table of items.
      liked: each user's share of it.
      share: the chance of each item to be drawn as a positive.
      band: hard items of every user.
      epoch: from 1; ``runs.fit.training`` counts it.
    """

    likes: Csr
    popularity: Any = None
    liked: Any = None
    share: Any = None
    band: Any = None
    epoch: Any = None


class Drawing(NamedTuple):
    """The options that decide how batches are drawn."""

    sampler: str
    candidates: str
    loss: str
    negatives: int
    batch_size: int
    log_q: float
    curriculum: int | None


def tables(options: Any, train: Interactions, likes: Csr) -> Tables:
    """What the chosen laws read, made once, before training."""
    found, n_items = Tables(likes), train.n_items
    if options.candidates == "band":
        graph = prepare(bipartite(train, r=0.0), n_users=train.n_users)
        size, users = (train.n_users, n_items), np.arange(train.n_users)
        found = found._replace(
            band=pagerank_bands(items_of_users, graph, users, *size, *options.band)
        )
    if options.candidates in ("popularity", "shared"):
        beta = options.popularity_power if options.candidates == "popularity" else 0.0
        found = found._replace(popularity=weighted_table(popularity_weights(likes, n_items, beta)))
    if options.candidates == "popularity" and corrects(options):
        found = found._replace(liked=positive_mass(likes, found.popularity))
    if options.candidates in ("in_batch", "shared"):
        found = found._replace(share=POSITIVES[options.sampler].share(likes, n_items))
    return found


def corrects(options: Any) -> bool:
    """Whether scores are corrected for how candidates were drawn: softmax stands for all items."""
    return options.loss == "softmax"


def sampler(options: Any, n_items: int) -> Callable[[Key, Tables], Batch]:
    """What ``train.epoch`` draws with; one function for equal options."""
    return _sampler(Drawing(*(getattr(options, name) for name in Drawing._fields)), n_items)


@lru_cache(maxsize=16, typed=True)
def _sampler(options: Drawing, n_items: int) -> Callable[[Key, Tables], Batch]:
    def sample(key: Key, tables: Tables) -> Batch:
        law = _law(options, tables)
        size = min(options.batch_size, tables.likes.indices.shape[0])  # As ``build_training`` says.
        batch = law(key, tables.likes, n_items, size, options.negatives)
        log_q = batch.log_q if corrects(options) else None
        return batch._replace(log_q=None if log_q is None else options.log_q * log_q)

    return sample


def _law(options: Drawing, tables: Tables):
    positives, corrected = POSITIVES[options.sampler], corrects(options)
    if options.candidates == "all":
        return every_item(positives)
    if options.candidates == "in_batch":
        return in_batch(positives, tables.share)
    if options.candidates == "shared":
        return shared(positives, tables.share, tables.popularity)
    if options.candidates == "band":
        law = banded_negatives(tables.band)
        if options.curriculum is not None:
            law = curriculum(uniform_negatives, law, options.curriculum, tables.epoch)
        return list_sampler(positives, law)
    if options.candidates == "popularity":
        log_q = weighted_log_q(tables.popularity, tables.liked) if corrected else None
        return list_sampler(positives, weighted_negatives(tables.popularity), log_q)
    return list_sampler(positives, uniform_negatives, uniform_log_q if corrected else None)


def check(options: Any) -> None:
    """Refuses candidates that cannot be drawn so.

    Raises:
      InputError: names the option, its value and its range.
    """
    if not 0 <= options.popularity_power < math.inf:
        raise InputError(
            f"--popularity-power is {options.popularity_power}; give 0 (uniform) or more"
        )
    if not 0 <= options.band[0] < options.band[1]:
        low, high = options.band
        raise InputError(f"--band is {low} {high}; give 0 or more and a larger one")
    most = options.curriculum
    if most is not None and not 1 <= most < options.negatives:
        raise InputError(
            f"--curriculum is {most} of --negatives {options.negatives}; give 1 or more, and more "
            "negatives than that: the first epoch learns from the others"
        )
    if options.candidates == "band" and corrects(options):
        raise InputError(
            "--candidates band draws none of the catalogue's easy items, for which --loss softmax "
            "lets candidates stand; choose another of the two"
        )


def check_sizes(options: Any, n_items: int) -> None:
    """Refuses a band that ends beyond the items.

    Raises:
      InputError: names the band and their number.
    """
    if options.candidates == "band" and options.band[1] > n_items:
        low, high = options.band
        raise InputError(
            f"--band is {low} {high} but the catalogue has {n_items} items; give {n_items} at most"
        )
