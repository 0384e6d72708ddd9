"""Measuring a model and the baselines on a slice of the data."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Literal, NamedTuple

import numpy as np
import scipy.sparse
from jaxtyping import Float, Int

from jaxrec.base import InputError, Model
from jaxrec.data import Interactions, Split
from jaxrec.evaluate.baselines import count_repetition, item_counts, popularity, repetition
from jaxrec.evaluate.beyond import average_popularity, coverage, gini
from jaxrec.evaluate.per_user import per_user
from jaxrec.graph import Csr, user_items
from jaxrec.ops import TableScore
from jaxrec.rank import OnProgress, TopLists, top_lists

Part = Literal["valid", "test"]


class EvalTask(NamedTuple):
    """One question asked of a model: of what it learned from ``train``, rank items for users.

    Attributes:
      train: what models and baselines learn from.
      users: those measured: with something to find and something in ``train``.
      seen: items that may not be shown, by user; None where all may be.
      future: items to find, by user.
      repeats: whether an item may be found that the user interacted with before.
    """

    train: Interactions
    users: Int[np.ndarray, "Q"]
    seen: Csr | None
    future: Csr
    repeats: bool = False

    @property
    def n_measured(self) -> int:
        """Pairs of user and item to find, each once, of the users who are measured."""
        return int(np.diff(self.future.indptr)[self.users].sum())

    @property
    def popularity(self) -> Float[np.ndarray, "I"]:
        """Training interactions of every item."""
        return item_counts(self.train)


class Measured(NamedTuple):
    """Means over users, and the vectors they are means of.

    Attributes:
      per_user: NaN where a user has no value, who is left out of the mean.
      n_alike: users to whom all items score the same, so that popularity alone ranks.
    """

    mean: dict[str, float]
    per_user: dict[str, Float[np.ndarray, "Q"]]
    n_alike: int = 0


def standard_errors(measured: Measured) -> dict[str, float]:
    """Of every mean over users, the deviation of such means between samples of users.

    That of one user is 0, for it says nothing.
    """
    known = {name: vector[~np.isnan(vector)] for name, vector in measured.per_user.items()}
    return {
        name: float(vector.std(ddof=min(1, len(vector) - 1)) / np.sqrt(len(vector)))
        for name, vector in known.items()
    }


def sample_users(question: EvalTask, n: int | None, seed: int) -> EvalTask:
    """The same question of ``n`` users drawn uniformly; of all where ``n`` is None or as many.

    One seed draws the same users for every model.

    Raises:
      InputError: ``n`` below 1.
    """
    if n is None or n >= len(question.users):
        return question
    if n < 1:
        raise InputError(f"{n} test users cannot be measured; give 1 or more, or none for all")
    drawn = np.random.default_rng(seed).choice(question.users, n, replace=False)
    return question._replace(users=np.sort(drawn))


def join(first: Interactions, second: Interactions) -> Interactions:
    """Both tables, one after the other, without ratings and times."""
    user, item = np.append(first.user, second.user), np.append(first.item, second.item)
    return Interactions(user, item, first.n_users, first.n_items)


def slice_of(train: Interactions, seen: Interactions | None, future: Interactions) -> EvalTask:
    """What ``future`` asks of a model trained on ``train``.

    Args:
      seen: items that may not be shown; None where users return to the same items.
    """
    test = user_items(future)
    users = np.intersect1d(test.nonempty, user_items(train).nonempty).astype(np.int32)
    return EvalTask(train, users, None if seen is None else user_items(seen), test, seen is None)


def eval_tasks(
    split: Split, repeats: bool, low_rated: Interactions | None = None
) -> dict[str, EvalTask]:
    """What the slices ask: ``test``, and ``valid`` if there is one.

    Args:
      repeats: whether items that a user interacted with before count.
      low_rated: interactions that are not learned from, with items that may not be shown.

    Raises:
      InputError: a slice has no user who also has training interactions.
    """
    parts: tuple[Part, ...] = ("test", "valid")
    return {
        part: eval_task(split, part, repeats, low_rated)
        for part in parts
        if part == "test" or len(split.valid)
    }


def eval_task(
    split: Split, part: Part, repeats: bool, low_rated: Interactions | None = None
) -> EvalTask:
    """What one slice asks; as ``eval_tasks``, and nothing of the test is read for ``"valid"``."""
    hidden = seen(split, low_rated, repeats, before=part)
    asked = slice_of(split.train, hidden, getattr(split, part))._replace(repeats=repeats)
    if len(asked.users) == 0:
        raise InputError(
            f"no user of the {part} slice has training interactions; "
            "choose --split random, or smaller --test-fraction and --valid-fraction"
        )
    return asked


def seen(
    split: Split,
    low_rated: Interactions | None,
    repeats: bool,
    before: Literal["valid", "test", "now"] = "now",
) -> Interactions | None:
    """What users interacted with before a slice, and what lists for them leave out.

    The one definition, of evaluation and of serving: training interactions, ``low_rated`` ones
    whenever they happened, the validation slice before the test, and all before ``"now"``. Where
    ``repeats`` count it is ``low_rated`` alone; None where that is nothing.
    """
    parts = [] if repeats else [split.train, split.valid, split.test]
    parts = parts[: {"valid": 1, "test": 2, "now": 3}[before]]
    parts += [low_rated] if low_rated is not None and len(low_rated) else []
    return reduce(join, parts) if parts else None


def measure(lists: TopLists, question: EvalTask, ks: Sequence[int]) -> Measured:
    """Accuracy by user and on average, and what lies beyond accuracy."""
    vectors = per_user(lists, question.users, question.future, ks)
    mean = {name: float(vector.mean()) for name, vector in vectors.items()}
    n_items, counts = question.train.n_items, question.popularity.astype(np.float64)
    for k in ks:
        item = lists.item[:, :k]
        mean[f"coverage@{k}"] = coverage(item, n_items)
        mean[f"gini@{k}"] = gini(item, n_items)
        mean[f"popularity@{k}"] = average_popularity(item, counts)
    n_alike = 0 if lists.alike is None else int(lists.alike.sum())
    return Measured(mean, vectors, n_alike)


def measure_model(
    model: Model,
    reps: Any,
    question: EvalTask,
    ks: Sequence[int],
    on_progress: OnProgress | None = None,
) -> Measured:
    """Ranks with ``model`` and measures; of items of equal score the more popular come first."""
    return measure(ranked_lists(model.score, reps, question, max(ks), on_progress), question, ks)


def measure_baselines(
    question: EvalTask, ks: Sequence[int], on_progress: OnProgress | None = None
) -> dict[str, Measured]:
    """Popularity in ``train``; and, where repeats count, each user's most frequent items."""
    found = {"popularity": _popular(question, max(ks), on_progress)}
    if question.repeats:
        score, reps = repetition(question.train.n_items), count_repetition(question.train)
        found["repeat"] = ranked_lists(score, reps, question, max(ks), on_progress)
    return {name: measure(lists, question, ks) for name, lists in found.items()}


def _popular(question: EvalTask, k: int, on_progress: OnProgress | None) -> TopLists:
    """Lists by popularity: where nothing scores, they are the order of ties."""
    n_users, n_items = question.train.n_users, question.train.n_items
    empty = [scipy.sparse.csr_array((n, n_items), dtype=np.float32) for n in (n_users, n_items)]
    score = TableScore(popularity, lambda reps: (empty[0], empty[1]))
    return ranked_lists(score, question.popularity, question, k, on_progress)._replace(alike=None)


def ranked_lists(
    score: Callable, reps: Any, question: EvalTask, k: int, on_progress: OnProgress | None = None
) -> TopLists:
    """The lists that a task measures; of items of equal score the more popular come first."""
    return top_lists(
        score,
        reps,
        question.users,
        question.train.n_items,
        k,
        seen=question.seen,
        relevant=question.future,
        tie_break=question.popularity,
        on_progress=on_progress,
    )
