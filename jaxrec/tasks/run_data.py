"""The data of a run: its slices, and the caller's words for their rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from jaxrec.data import (
    Interactions,
    ItemFeatures,
    Linked,
    Relation,
    Split,
    join_labels,
    learned_links,
)


@dataclass(frozen=True)
class RunData:
    """What training, measuring and serving need of the data.

    Attributes:
      low_rated: pairs that nothing is learned from, with items that the user knows.
      hides_low_rated: whether such items are kept out of lists and of what is measured.
      knowledge: the facts about items, of a model that reads them.
      relations: links of users and items by name, of a model that reads them; some may be held out.
      negatives: rows of label 0, of a task with labels; ``split`` has those of label 1 alone.
      features: what is known of items in numbers, words and vectors, of a model that reads it.
    """

    split: Split[Interactions]
    user_ids: pl.Series
    item_ids: pl.Series
    titles: pl.Series | None
    repeats: bool
    low_rated: Interactions | None
    hides_low_rated: bool
    knowledge: Linked | None = None
    relations: Mapping[str, Relation] = field(default_factory=dict)
    negatives: Split | None = None
    features: ItemFeatures | None = None

    @property
    def rows(self) -> Split:
        """All rows of each slice; those of label 0, if any, behind the others."""
        return self.split if self.negatives is None else join_labels(self.split, self.negatives)

    @property
    def beside(self) -> dict[str, Any]:
        """What training reads beside interactions, as ``runs.fit.build_training`` takes it."""
        negatives = None if self.negatives is None else self.negatives.train
        relations = {name: learned_links(one) for name, one in self.relations.items()}
        found = {"knowledge": self.knowledge, "relations": relations, "negatives": negatives}
        return found | {"features": self.features}

    def map_split(self, change: Callable[[Split], Split]) -> "RunData":
        """The data with other slices: what ``change`` makes of them."""
        negatives = None if self.negatives is None else change(self.negatives)
        split, relations = change(self.split), self.relations
        if not len(split.test):  # All is learned, held-out links, too.
            relations = {name: replace(one, given=None) for name, one in relations.items()}
        return replace(self, split=split, negatives=negatives, relations=relations)

    EXAMPLES, SIZES, CANDIDATES = "interactions", ("users", "items"), "items"
    ANSWER = "item"

    @property
    def n_candidates(self) -> int:
        """What an answer is chosen of."""
        return len(self.item_ids)

    @property
    def hidden(self) -> Interactions | None:
        """Low-rated pairs where they are hidden; as ``evaluate.seen`` takes them."""
        return self.low_rated if self.hides_low_rated else None
