"""What a slice asks of a model of related items, and what such a model may learn from."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from jaxrec.base import InputError
from jaxrec.data import Interactions, Pairs, concatenate, consecutive, with_same_user
from jaxrec.graph import user_items
from jaxrec.tasks.run_data import RunData
from jaxrec.tasks.task import Part


class ItemQuestion(NamedTuple):
    """Items to be found for the items that their users had before.

    Attributes:
      train: what models and baselines learn from.
      pairs: the item that is asked about, and the one to be found.
      users: whose each pair is.
    """

    train: Interactions
    pairs: Pairs
    users: Int[np.ndarray, "Q"]


def learned_pairs(train: Interactions, seed: int) -> Pairs:
    """Pairs of the training slice: of a user's consecutive items, or else of items they share.

    Args:
      seed: which other items of a user's longer list go with an item, where no times are known.

    Raises:
      InputError: no user has two different items.
    """
    pairs = with_same_user(train, seed=seed) if train.time is None else consecutive(train)
    if not len(pairs.query):
        raise InputError(
            "no user has two different items in the training slice, so there are no pairs of items "
            "to learn from; give more data, or a smaller --test-fraction"
        )
    return pairs


def question(data: RunData, part: Part, seed: int) -> ItemQuestion:
    """One pair for each interaction of the slice whose user had another item before.

    Where times are known the query is the item just before; else one of the items that the user has
    in earlier slices, drawn by ``seed``.

    Raises:
      InputError: there is none.
    """
    split, asked = data.split, getattr(data.split, part)
    before = split.train if part == "valid" else concatenate(split.train, split.valid)
    if asked.time is None:
        users, pairs = _drawn(before, asked, seed)
    else:
        users, pairs = _just_before(before, asked)
    apart = pairs.query != pairs.item
    if not apart.any():
        raise InputError(
            f"no item of the {part} slice has another of the same user before it; choose another "
            "--split"
        )
    return ItemQuestion(split.train, pairs.take(apart), users[apart])


def _just_before(before: Interactions, asked: Interactions) -> tuple[np.ndarray, Pairs]:
    both = concatenate(before, asked)
    order = both.by_time()
    user, item = both.user[order], both.item[order]
    follows = (user[1:] == user[:-1]) & (order[1:] >= len(before))
    return user[1:][follows], Pairs(item[:-1][follows], item[1:][follows])


def _drawn(before: Interactions, asked: Interactions, seed: int) -> tuple[np.ndarray, Pairs]:
    had = user_items(before)
    degree = np.diff(had.indptr)[asked.user]
    asked = asked.take(degree > 0)
    share = np.random.default_rng(seed).random(len(asked))
    place = had.indptr[asked.user] + (share * degree[degree > 0]).astype(np.int64)
    return asked.user, Pairs(np.asarray(had.indices)[place], asked.item)
