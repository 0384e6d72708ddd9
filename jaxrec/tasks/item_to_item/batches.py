"""Batches of pairs of items, with negatives that the batch shares."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from jaxrec.base import Batch, InputError, Key, Loss
from jaxrec.data import Interactions, Relation
from jaxrec.graph import Csr, bipartite, user_items
from jaxrec.losses import binary_cross_entropy, max_margin, positive_first
from jaxrec.ops import items_of_items, prepare
from jaxrec.sampling import (
    WeightedTable,
    banded_negatives,
    by_interaction,
    by_weight,
    pagerank_bands,
    shared_with_hard,
    weighted_table,
)
from jaxrec.tasks.item_to_item.questions import learned_pairs
from jaxrec.tasks.task import Batches


class Tables(NamedTuple):
    """What batches are drawn from.

    Attributes:
      answers: the items that answer each item.
      known: whether an item has training interactions or pairs; others are no negatives.
      band: hard negatives of each item, where there are any.
      epoch: from 1; ``runs.fit.training`` counts it.
      pair: the law of the pairs, in the order of ``answers``; None where all are alike.
    """

    answers: Csr
    known: Any
    band: Any = None
    epoch: Any = None
    pair: WeightedTable | None = None


def batches(options: Any, train: Interactions) -> Batches:
    """Pairs of the training slice, each different one equally often.

    Raises:
      InputError: no pairs, or a band of hard negatives without an item.
    """
    pairs, n_items = learned_pairs(train, options.seed), train.n_items
    answers = user_items(Interactions(pairs.query, pairs.item, n_items, n_items))
    return _batches(options, train, answers)


def batches_of_pairs(options: Any, train: Interactions, pairs: Relation) -> Batches:
    """Pairs of a file (``data.read_item_pairs``), drawn by their counts.

    Raises:
      InputError: a band of hard negatives without an item.
    """
    answers = user_items(
        Interactions(pairs.senders, pairs.receivers, pairs.n_sources, pairs.n_targets)
    )
    assert pairs.weight is not None, "every pair has a count"
    return _batches(options, train, answers, weighted_table(pairs.weight))


def _batches(
    options: Any, train: Interactions, answers: Csr, pair: WeightedTable | None = None
) -> Batches:
    known = np.bincount(train.item, minlength=train.n_items) > 0
    known[answers.indices] = True
    band = _band(options, train) if options.hard_negatives else None
    sizes = options.batch_size, options.shared_negatives, options.hard_negatives
    loss = _loss(options.loss, options.margin)
    counts = bool(options.hard_negatives)
    return Batches(
        Tables(answers, known, band, pair=pair),
        _sampler(*sizes),
        loss,
        len(answers.indices),
        counts,
    )


def _band(options: Any, train: Interactions) -> np.ndarray:
    low, high = (round(share * train.n_items) for share in options.hard_ranks)
    if low == high:
        raise InputError(
            f"--hard-ranks {options.hard_ranks[0]} {options.hard_ranks[1]} hold none of "
            f"{train.n_items} items; give a wider band, or --hard-negatives 0"
        )
    graph = prepare(bipartite(train, r=0.0), n_users=train.n_users)
    sizes = train.n_users, train.n_items
    return pagerank_bands(items_of_items, graph, np.arange(train.n_items), *sizes, low, high)


@lru_cache(maxsize=16)
def _sampler(batch_size: int, n_shared: int, n_hard: int) -> Callable[[Key, Tables], Batch]:
    def sample(key: Key, tables: Tables) -> Batch:
        hard = banded_negatives(tables.band if n_hard else tables.answers.indices[None])
        law = by_interaction if tables.pair is None else by_weight(tables.pair)
        draw = shared_with_hard(law, hard, n_hard, tables.epoch if n_hard else 1)
        batch = draw(key, tables.answers, len(tables.known), batch_size, n_shared)
        return batch._replace(mask=batch.mask & tables.known[batch.item][None])

    return sample


@lru_cache(maxsize=16)  # Equal losses share what is compiled of them.
def _loss(name: str, margin: float) -> Loss:
    return binary_cross_entropy if name == "binary" else positive_first(max_margin(margin))
