"""The data of a run on nodes: its slices, and the caller's words for nodes and classes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import polars as pl
from jaxtyping import Int

from jaxrec.data import NodeGraph, NodeLabels, Split


@dataclass(frozen=True)
class NodeData:
    """What training, measuring and answering need of labeled nodes; beside it ``RunData``."""

    split: Split[NodeLabels]
    node_ids: pl.Series
    class_ids: pl.Series

    EXAMPLES, SIZES, CANDIDATES = "labeled nodes", ("features", "classes"), "classes"
    hidden = negatives = features = None
    beside = MappingProxyType({})

    @property
    def rows(self) -> Split[NodeLabels]:
        """All labeled nodes of each slice."""
        return self.split

    @property
    def graph(self) -> NodeGraph:
        """That of all slices."""
        return self.split.train.graph

    def map_split(self, change: Callable[[Split], Split]) -> "NodeData":
        """The data with other slices: what ``change`` makes of them."""
        return replace(self, split=change(self.split))

    @property
    def n_candidates(self) -> int:
        """What an answer is chosen of."""
        return len(self.class_ids)

    def unlabeled(self) -> Int[np.ndarray, "n"]:
        """Nodes that are in no slice, ascending."""
        parts = self.split.train, self.split.valid, self.split.test
        labeled = np.concatenate([part.node for part in parts])
        return np.setdiff1d(np.arange(self.graph.n_nodes), labeled)
