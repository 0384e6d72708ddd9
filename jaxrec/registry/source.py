"""What the graph of a model is built from."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from jaxrec.data import Interactions, ItemFeatures, Linked, NodeGraph, NodeLabels, Relation

Place = Callable[..., Any]
"""``(graph, n_users=None) -> prepared``: ``ops.prepare`` in the formulation that was chosen."""


class Source(NamedTuple):
    """All that a builder of graphs may read.

    Attributes:
      train: the training interactions; of a model of nodes, its labeled nodes.
      place: makes a graph ready for propagation.
      facts: the knowledge graph of the items; None for models that read none.
      relations: by name, links that the entry names in ``links``.
      negatives: training pairs of label 0, of a task with labels.
      seed: of what is drawn once.
      features: what is known of items, of a model that reads it; None where nothing is.
      learns: False leaves out what training alone reads.
    """

    train: Interactions
    place: Place
    facts: Linked | None = None
    relations: Mapping[str, Relation] = MappingProxyType({})
    negatives: Interactions | None = None
    seed: int = 0
    learns: bool = True
    features: ItemFeatures | None = None

    @property
    def nodes(self) -> NodeGraph:
        """The graph of a model of nodes."""
        assert isinstance(self.train, NodeLabels), "an entry that reads nodes says so in ``reads``"
        return self.train.graph

    @property
    def required_facts(self) -> Linked:
        """The knowledge graph, of a model that reads one."""
        assert self.facts is not None, "an entry that reads facts says so in ``reads``"
        return self.facts
