"""The data of a run: its slices, and the caller's words for their rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from jaxrec.data import Interactions, Linked, Relation, Split


@dataclass(frozen=True)
class RunData:
    """What training, measuring and serving need of the data.

    Attributes:
      low_rated: pairs that nothing is learned from, with items that the user knows.
      hides_low_rated: whether such items are kept out of lists and of what is measured.
      knowledge: the facts about items, of a model that reads them.
      relations: links of users and items by name, of a model that reads them.
    """

    split: Split
    user_ids: pl.Series
    item_ids: pl.Series
    titles: pl.Series | None
    repeats: bool
    low_rated: Interactions | None
    hides_low_rated: bool
    knowledge: Linked | None = None
    relations: Mapping[str, Relation] = field(default_factory=dict)

    @property
    def hidden(self) -> Interactions | None:
        """Low-rated pairs where they are hidden; as ``evaluate.seen`` takes them."""
        return self.low_rated if self.hides_low_rated else None
