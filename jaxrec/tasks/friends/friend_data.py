"""The data of a run on links between users: every link is an interaction, from either end."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from jaxrec.data import Interactions, Split, Triples
from jaxrec.tasks.run_data import RunData


@dataclass(frozen=True)
class FriendData(RunData):
    """Links between users, each in both directions in its slice; users and items are one."""

    EXAMPLES, SIZES, CANDIDATES = "links, each from both ends", ("users", "candidates"), "users"
    ANSWER = "friend"

    @property
    def hidden(self) -> Interactions:
        """Every user with themselves, who is no answer."""
        rows = np.arange(len(self.user_ids), dtype=np.int32)
        return Interactions(rows, rows, len(rows), len(rows))


def friend_data(links: Split[Interactions], ids: pl.Series) -> FriendData:
    """The data of a run of these links between users.

    Args:
      links: each in both directions.
      ids: the caller's id of every user.
    """
    return FriendData(links, ids, ids, None, False, None, False)


def links_of(facts: Split[Triples]) -> Split[Interactions]:
    """Facts of one relation between users, each in both directions, as interactions."""

    def links(part: Triples) -> Interactions:
        return Interactions(part.head, part.tail, part.n_entities, part.n_entities)

    return Split(links(facts.train), links(facts.valid), links(facts.test), facts.method)
