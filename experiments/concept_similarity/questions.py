"""What is asked: items that others took in training, and items that nobody has taken yet."""

import dataclasses
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from jaxrec.data import Dataset, Interactions, Linked, link, load, load_graph, load_links, split
from jaxrec.evaluate import join
from jaxrec.graph import Csr, renumber, user_items


class Source(NamedTuple):
    """A data set and what is known of its items.

    Attributes:
      dataset: its items numbered at random, so that the order of ties says nothing.
    """

    dataset: Dataset
    linked: Linked


class Question(NamedTuple):
    """Given what users have in ``train``, rank the candidates to find ``future``.

    Attributes:
      users: with something to find and something to go by.
      candidate: rows of items; lists and ``future`` name places in it.
      seen: candidates that a user has already.
    """

    train: Interactions
    users: Int[np.ndarray, "Q"]
    candidate: Int[np.ndarray, "C"]
    seen: Csr
    future: Csr


def read(name: str, data_dir: str | None) -> Source:
    """A known data set that has a knowledge graph, in its usual filters."""
    dataset = load(name, data_dir=data_dir)
    met = dataset.interactions
    order = np.random.default_rng(0).permutation(met.n_items)
    met = renumber(met, np.arange(met.n_users), order)
    item_ids = dataset.item_ids.gather(order)
    graph = load_graph(name, data_dir=data_dir)
    linked = link(graph, item_ids, load_links(name, data_dir))
    shuffled = dataclasses.replace(dataset, interactions=met, item_ids=item_ids, titles=None)
    return Source(shuffled, linked)


def ordinary(source: Source, seed: int) -> dict[str, Question]:
    """A fifth of every user's items is the test, a tenth of the others chooses; all are ranked."""
    parts = split(source.dataset, method="random", seed=seed)
    everything = np.arange(parts.train.n_items)
    past = join(parts.train, parts.valid)
    return {
        "valid": question(parts.train, parts.valid, everything),
        "test": question(past, parts.test, everything),
    }


def cold(source: Source, seed: int, fraction: float = 0.1) -> dict[str, Question]:
    """A share of the items, whole, is the test, and as many others choose, out of training both.

    ``test`` ranks the items of the test among themselves, ``test_all`` among all.
    """
    met = source.dataset.interactions
    n_held = round(met.n_items * fraction)
    drawn = np.random.default_rng(seed).permutation(met.n_items)[: 2 * n_held]
    test, valid = np.sort(drawn[:n_held]), np.sort(drawn[n_held:])
    of = lambda items: met.take(np.isin(met.item, items))
    known, before = met.take(~np.isin(met.item, test)), met.take(~np.isin(met.item, drawn))
    return {
        "valid": question(before, of(valid), valid),
        "test": question(known, of(test), test),
        "test_all": question(known, of(test), np.arange(met.n_items)),
    }


def question(
    train: Interactions, future: Interactions, candidate: Int[np.ndarray, "C"]
) -> Question:
    """The question that ``future`` asks of who has ``train``."""
    wanted, had = (user_items(_among(part, candidate)) for part in (future, train))
    users = np.intersect1d(wanted.nonempty, user_items(train).nonempty).astype(np.int32)
    return Question(train, users, candidate, had, wanted)


def _among(met: Interactions, candidate: Int[np.ndarray, "C"]) -> Interactions:
    """Interactions with candidates alone, by their places."""
    place = np.full(met.n_items, -1, np.int32)
    place[candidate] = np.arange(len(candidate))
    there = met.take(place[met.item] >= 0)
    return Interactions(there.user, place[there.item], met.n_users, len(candidate))
