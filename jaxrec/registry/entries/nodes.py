"""Models of nodes with features: the class of each."""

from typing import Any

from jaxrec import models
from jaxrec.registry import node_graphs
from jaxrec.registry.model_entry import Entry
from jaxrec.tasks import NODES

OF_NODES: dict[str, Any] = {"tasks": (NODES,), "reads": ("nodes",)}

MODELS = {
    "gcn_nodes": Entry(
        models.gcn_nodes,
        node_graphs.with_loops,
        terms=node_graphs.decayed_first,
        propagates=True,
        **OF_NODES,
    ),
    "sgc_nodes": Entry(
        models.sgc_nodes,
        node_graphs.diffused,
        terms=node_graphs.decayed,
        propagates=True,
        defaults={"learning_rate": 0.2, "l2": 1e-5},
        **OF_NODES,
    ),
    "gat_nodes": Entry(
        models.gat_nodes,
        node_graphs.attended,
        terms=node_graphs.decayed,
        defaults={"learning_rate": 5e-3},
        **OF_NODES,
    ),
    "graphsage_nodes": Entry(
        models.graphsage_nodes,
        node_graphs.aggregated,
        terms=node_graphs.decayed,
        propagates=True,
        defaults={"dims": (64, 64), "dropout": 0.5},
        **OF_NODES,
    ),
}
"""Numbers of GCN and GAT are their papers'; those of SGC and GraphSAGE were chosen on Cora's
validation nodes (``experiments.node_classification``)."""
