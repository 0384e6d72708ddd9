"""Measuring a model and the baselines on a slice of the data."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import InputError, Model
from jaxrec.data import Interactions, Split
from jaxrec.evaluate.baselines import popularity, repeat_lists
from jaxrec.evaluate.beyond import average_popularity, coverage, gini
from jaxrec.evaluate.full_ranking import TopLists, per_user, top_lists
from jaxrec.graph import Csr, user_items


class Slice(NamedTuple):
    """One question asked of a model: given ``past``, rank the catalogue to find ``future``.

    Attributes:
      users: those measured: with something to find and something to go by.
      seen: items that may not be shown, by user; None when repeats count.
      future: items to find, by user.
    """

    past: Interactions
    users: Int[np.ndarray, "Q"]
    seen: Csr | None
    future: Csr


class Measured(NamedTuple):
    """Means over users, and the vectors they are means of."""

    mean: dict[str, float]
    per_user: dict[str, Float[np.ndarray, "Q"]]


def join(first: Interactions, second: Interactions) -> Interactions:
    """Both tables, one after the other, without ratings and times."""
    user, item = np.append(first.user, second.user), np.append(first.item, second.item)
    return Interactions(user, item, first.n_users, first.n_items)


def slice_of(train: Interactions, past: Interactions, future: Interactions, repeats: bool) -> Slice:
    """The question that ``future`` asks after ``past``, of a model trained on ``train``."""
    test = user_items(future)
    users = np.intersect1d(test.nonempty, user_items(train).nonempty).astype(np.int32)
    return Slice(past, users, None if repeats else user_items(past), test)


def questions(split: Split, repeats: bool) -> dict[str, Slice]:
    """What the slices ask: ``test``, after train and validation, and ``valid`` if there is one.

    Raises:
      InputError: a slice has no user who also has training interactions.
    """
    past = join(split.train, split.valid)
    asked = {"test": slice_of(split.train, past, split.test, repeats)}
    if len(split.valid):
        asked["valid"] = slice_of(split.train, split.train, split.valid, repeats)
    for name, question in asked.items():
        if len(question.users) == 0:
            raise InputError(
                f"no user of the {name} slice has training interactions; "
                "choose --split random, or smaller --test-fraction and --valid-fraction"
            )
    return asked


def measure(lists: TopLists, question: Slice, ks: Sequence[int]) -> Measured:
    """Accuracy by user and on average, and what lies beyond accuracy."""
    vectors = per_user(lists, question.users, question.future, ks)
    mean = {name: float(vector.mean(dtype=np.float64)) for name, vector in vectors.items()}
    counts = np.bincount(question.past.item, minlength=question.past.n_items).astype(np.float64)
    for k in ks:
        item = lists.item[:, :k]
        mean[f"coverage@{k}"] = coverage(item, question.past.n_items)
        mean[f"gini@{k}"] = gini(item, question.past.n_items)
        mean[f"popularity@{k}"] = average_popularity(item, counts)
    return Measured(mean, vectors)


def measure_model(model: Model, reps: Any, question: Slice, ks: Sequence[int]) -> Measured:
    """Ranks with ``model`` and measures."""
    return measure(_ranked(model.score, reps, question, ks), question, ks)


def measure_baselines(question: Slice, ks: Sequence[int]) -> dict[str, Measured]:
    """Popularity; and, where repeats count, what the user took most often."""
    counts = np.bincount(question.past.item, minlength=question.past.n_items).astype(np.float32)
    baselines = {"popularity": measure(_ranked(popularity, counts, question, ks), question, ks)}
    if question.seen is None:
        lists = repeat_lists(question.past, question.users, max(ks))
        baselines["repeat"] = measure(lists, question, ks)
    return baselines


def _ranked(score: Callable, reps: Any, question: Slice, ks: Sequence[int]) -> TopLists:
    n_items = question.past.n_items
    return top_lists(score, reps, question.users, n_items, max(ks), seen=question.seen)
