"""What users had done at a moment, and what they did next."""

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from experiments.recipe import without_refit
from jaxrec.data import Interactions, load, lookup, split
from jaxrec.graph import Csr, user_items
from jaxrec.runs import open_run, options_of, train

SECONDS_A_DAY = 86_400


class Moment(NamedTuple):
    """One question: after these items, which come next?

    Attributes:
      item: the user's items so far, oldest first.
      age_days: time since each, counted from the latest.
      target: what the user took next, all at the same second.
    """

    user: int
    item: Int[np.ndarray, "m"]
    age_days: Float[np.ndarray, "m"]
    target: Int[np.ndarray, "n"]


class Slice(NamedTuple):
    """Moments, and the same as lists with a row a moment.

    Attributes:
      had: the items so far.
      wanted: the items next.
    """

    moments: list[Moment]
    had: Csr
    wanted: Csr


class Questions(NamedTuple):
    """Vectors learned from the earlier part of time, and moments of the later two.

    Attributes:
      vectors: of the items that training saw, of length 1; rows are those of the moments.
      n_train: how often training saw each.
    """

    vectors: Float[np.ndarray, "I d"]
    n_train: Int[np.ndarray, "I"]
    valid: Slice
    test: Slice


def ask(
    given: dict[str, Any], *, at_least: int, per_user: int, n_valid: int, seed: int
) -> Questions:
    """Trains item vectors by ``jaxrec train`` with the options ``given``, and finds moments.

    A moment is a second at which a user took something, after ``at_least`` other items. Items that
    training never saw have no vector, and are left out before and after. Users with more than
    ``per_user`` moments in a slice give those evenly spread; of all of validation ``n_valid`` are
    drawn.
    """
    with tempfile.TemporaryDirectory() as folder:
        given = without_refit(given["model"]) | given
        served = open_run(
            train(options_of(**given, split="time", out=str(Path(folder) / "run"))).folder
        )
    chosen = {name: given[name] for name in ("data_dir", "min_rating", "k_core")}
    dataset = load(given["data"], **chosen)
    fractions = {name: given[name] for name in ("test_fraction", "valid_fraction")}
    parts = split(dataset, method="time", **fractions)
    rows = lookup(served.data.item_ids, dataset.item_ids.cast(str).to_list())  # Runs renumber.
    n_train = np.bincount(parts.train.item, minlength=parts.train.n_items)
    seen = n_train > 0
    vectors = np.asarray(served.reps.item)[rows][seen]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    known = dataset.interactions.take(seen[dataset.interactions.item])
    new_row = np.cumsum(seen) - 1
    assert parts.valid.time is not None and parts.test.time is not None  # It was split by time.
    starts = [parts.valid.time.min(), parts.test.time.min(), np.iinfo(np.int64).max]
    valid, test = (
        _moments(known, new_row, *pair, at_least, per_user)
        for pair in zip(starts[:-1], starts[1:], strict=True)
    )
    drawn = np.random.default_rng(seed).permutation(len(valid))[:n_valid]
    few = [valid[n] for n in sorted(drawn)]
    return Questions(vectors, n_train[seen], *(_slice(each, len(vectors)) for each in (few, test)))


def _slice(moments: list[Moment], n_items: int) -> Slice:
    had = _lists([moment.item for moment in moments], n_items)
    return Slice(moments, had, _lists([moment.target for moment in moments], n_items))


def _lists(lists: list[Int[np.ndarray, "_"]], n_items: int) -> Csr:
    row = np.repeat(np.arange(len(lists), dtype=np.int32), [len(items) for items in lists])
    item = np.concatenate(lists).astype(np.int32)
    return user_items(Interactions(row, item, len(lists), n_items))


def _moments(
    met: Interactions, new_row: Int[np.ndarray, "I"], start: int, stop: int, least: int, most: int
) -> list[Moment]:
    """Moments from ``start`` until before ``stop``, whatever was before."""
    assert met.time is not None
    order = np.lexsort((met.time, met.user))
    user, time, item = met.user[order], met.time[order], new_row[met.item[order]]
    ends = np.searchsorted(user, np.arange(met.n_users + 1))
    found = []
    for who, (low, high) in enumerate(zip(ends[:-1], ends[1:], strict=True)):
        own_time, own_item = time[low:high], item[low:high]
        _, first, count = np.unique(own_time, return_index=True, return_counts=True)
        asked = (first >= least) & (own_time[first] >= start) & (own_time[first] < stop)
        places = np.flatnonzero(asked)
        if len(places) > most:
            places = places[np.linspace(0, len(places) - 1, most).round().astype(int)]
        for place in places:
            at = first[place]
            age = (own_time[at - 1] - own_time[:at]) / SECONDS_A_DAY
            found.append(Moment(who, own_item[:at], age, own_item[at : at + count[place]]))
    return found
