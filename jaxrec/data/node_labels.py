"""Nodes with classes, in the graph that they stand in: slices that models of nodes learn from."""

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import scipy.sparse
from jaxtyping import Bool, Int, Int32


@dataclass(frozen=True, eq=False)
class NodeGraph:
    """Nodes, the edges between them, and what is known of each.

    Attributes:
      senders, receivers: every edge in both directions, once, none from a node to itself.
      feature: sparse, ``[N, F]``; None where nothing is known of nodes.
    """

    senders: Int32[np.ndarray, "E"]
    receivers: Int32[np.ndarray, "E"]
    n_nodes: int
    feature: scipy.sparse.csr_array | None

    @property
    def n_features(self) -> int:
        """Columns of ``inputs``."""
        return cast(tuple[int, int], self.inputs().shape)[1]

    def inputs(self) -> scipy.sparse.csr_array:
        """``feature``, or one column a node, Kipf and Welling's input without features."""
        if self.feature is not None:
            return self.feature
        one, every = np.ones(self.n_nodes, np.float32), np.arange(self.n_nodes)
        return scipy.sparse.csr_array((one, (every, every)), shape=(self.n_nodes,) * 2)


@dataclass(frozen=True, eq=False)
class NodeLabels:
    """Some nodes of a graph with their classes, one entry each.

    Attributes:
      node: rows in ``[0, graph.n_nodes)``.
      label: class of each, in ``[0, n_classes)``.
    """

    node: Int32[np.ndarray, "n"]
    label: Int32[np.ndarray, "n"]
    graph: NodeGraph
    n_classes: int

    def __len__(self) -> int:
        return len(self.node)

    @property
    def sizes(self) -> tuple[int, int]:
        """Features and classes."""
        return self.graph.n_features, self.n_classes

    def take(self, which: Int[np.ndarray, "m"] | Bool[np.ndarray, "n"]) -> "NodeLabels":
        """The nodes at these positions or under this mask, in the same graph."""
        return replace(self, node=self.node[which], label=self.label[which])

    def followed_by(self, other: "NodeLabels") -> "NodeLabels":
        """These nodes, then those of ``other``, in the same graph."""
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(other, name)])
            for name in ("node", "label")
        }
        return replace(self, **columns)
