"""The positions in sessions whose items are to be predicted."""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Int

from jaxrec.base import InputError
from jaxrec.data import Interactions, concatenate
from jaxrec.graph import Csr, Prefixes, Sessions, all_prefixes, sessions, user_items
from jaxrec.tasks.run_data import RunData
from jaxrec.tasks.task import Part


class NextQuestion(NamedTuple):
    """Positions in sessions, and the items that stand there.

    Attributes:
      train: what models and baselines learn from.
      sessions: all interactions of the users in the slice, oldest first.
      prefixes: the positions, and their items.
      users: the user of each position.
      hide_seen: whether items of the prefix are left out of the ranking.
      low_rated: by row of user, other items that are left out of it.
    """

    train: Interactions
    sessions: Sessions
    prefixes: Prefixes
    users: Int[np.ndarray, "Q"]
    hide_seen: bool
    low_rated: Csr | None

    def take(self, which: np.ndarray) -> "NextQuestion":
        """The question about these positions alone."""
        prefixes = Prefixes(*(column[which] for column in self.prefixes))
        return self._replace(prefixes=prefixes, users=self.users[which])


def question(data: RunData, part: Part, options: Any) -> NextQuestion:
    """Every item of the slice that something precedes, in its slice or in those before it.

    Raises:
      InputError: there is none.
    """
    del options
    split, own = data.split, getattr(data.split, part)
    before = split.train if part == "valid" else concatenate(split.train, split.valid)
    before = before.take(np.isin(before.user, own.user))
    both = concatenate(before, own)
    found = sessions(both.user, both.item, both.n_items, both.time)
    in_slice = (np.arange(len(both)) >= len(before))[both.by_time()]  # As sessions have them.
    prefixes = all_prefixes(found)
    users = np.asarray(found.owner)[prefixes.session]
    low_rated = None if data.hidden is None else user_items(data.hidden)
    every = NextQuestion(split.train, found, prefixes, users, not data.repeats, low_rated)
    wanted = every.take(in_slice[found.indptr[prefixes.session] + prefixes.length])
    if not len(wanted.users):
        raise InputError(
            f"no item of the {part} slice follows another of the same user; choose another --split"
        )
    return wanted


def sample(question: NextQuestion, n: int | None, seed: int) -> NextQuestion:
    """``n`` of the positions, drawn uniformly; all where n is None or as many."""
    if n is None or n >= len(question.users):
        return question
    drawn = np.random.default_rng(seed).choice(len(question.users), n, replace=False)
    return question.take(np.sort(drawn))


def queries(question: NextQuestion, data: RunData) -> pl.DataFrame:
    """User, item, and how many items precede it, of every position."""
    user, item = question.users, question.prefixes.target
    place = question.prefixes.length.astype(np.int64)
    ids = {"user": data.user_ids.gather(user), "item": data.item_ids.gather(item)}
    return pl.DataFrame(ids | {"place": place})


def summary(question: NextQuestion) -> str:
    """How many positions of how many users, and whether seen items are ranked, for the report."""
    seen = "left out" if question.hide_seen else "ranked, too"
    n_users = len(np.unique(question.users))
    return f"{len(question.users):,} next items of {n_users:,} users, items seen before {seen}"
