"""The data of a run on facts: its slices, and the caller's words for entities and relations."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType

import polars as pl

from jaxrec.data import Split, Triples


@dataclass(frozen=True)
class LinkData:
    """What training, measuring and answering need of facts; beside it ``RunData``."""

    split: Split[Triples]
    entity_ids: pl.Series
    relation_ids: pl.Series

    EXAMPLES, SIZES, CANDIDATES = "facts", ("entities", "relations"), "entities"
    hidden = negatives = features = None
    beside = MappingProxyType({})

    @property
    def rows(self) -> Split[Triples]:
        """All rows of each slice."""
        return self.split

    def map_split(self, change: Callable[[Split], Split]) -> "LinkData":
        """The data with other slices: what ``change`` makes of them."""
        return replace(self, split=change(self.split))

    @property
    def n_candidates(self) -> int:
        """What an answer is chosen of, at most."""
        return len(self.entity_ids)
