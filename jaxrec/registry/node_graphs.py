"""What models of nodes with features read, and how they are kept small, as options have it."""

from functools import lru_cache
from typing import Any

import jax
import numpy as np

from jaxrec.base import Term
from jaxrec.data import NodeGraph
from jaxrec.graph import Featured, homogeneous, neighbors
from jaxrec.models.graphsage import Name
from jaxrec.nn import AGGREGATORS
from jaxrec.ops import edge_list, sparse
from jaxrec.registry.source import Source
from jaxrec.train import l2_params

FEW = 0.1
"""Share of entries that are not zero up to which features are multiplied as a sparse matrix."""


def with_loops(source: Source, self_weight: bool = False) -> Featured:
    """The nodes' features and their edges, every node its own neighbor.

    Args:
      self_weight: see the model's; it reads the mean over neighbors, without loops.
    """
    nodes = source.nodes
    own: dict[str, Any] = {"r": 1.0} if self_weight else {"self_loops": True}
    return Featured(_inputs(nodes), source.place(_edges(nodes, **own)))


def diffused(source: Source) -> Featured:
    """The nodes' features and their edges, every node its own neighbor."""
    return with_loops(source)


def attended(source: Source) -> Featured:
    """The nodes' features and their edges without weights, every node its own neighbor."""
    nodes = source.nodes
    return Featured(_inputs(nodes), edge_list(_edges(nodes, self_loops=True)))


def aggregated(source: Source, aggregator: Name = "mean", width: int = 25) -> Featured:
    """The nodes' features and what each aggregator of GraphSAGE reads of the edges.

    Args:
      aggregator: see the model's.
      width: neighbors that pool and lstm read of every node, drawn once; others read all.
    """
    nodes = source.nodes
    linear = AGGREGATORS[aggregator].linear
    if aggregator in ("gcn", "mean_with_self"):
        graph = source.place(_edges(nodes, r=1.0, self_loops=True))
    elif aggregator in ("pool", "lstm"):
        graph = jax.device_put(neighbors(_edges(nodes), width, source.seed))
    else:
        edges = _edges(nodes, r=1.0)
        if aggregator == "sum":
            edges = edges._replace(edges=np.ones_like(edges.edges))
        graph = source.place(edges)
    return Featured(_inputs(nodes) if linear else jax.device_put(nodes.inputs().toarray()), graph)


def _edges(nodes: NodeGraph, **how: Any):
    return homogeneous(nodes.senders, nodes.receivers, nodes.n_nodes, **how)


def _inputs(nodes: NodeGraph) -> Any:
    table = nodes.inputs()
    if table.nnz <= FEW * nodes.n_nodes * nodes.n_features:
        return sparse(table)
    return jax.device_put(table.toarray())


def decayed_first(l2: float = 5e-4) -> dict[str, Any]:
    """L2 on the first layer alone, as GCN has it.

    Args:
      l2: weight of half the squared norm of the first layer's matrix, whatever the batch.
    """
    return {"l2": (l2, _l2_of("layer_0"))}


def decayed(l2: float = 5e-4) -> dict[str, Any]:
    """L2 on all parameters.

    Args:
      l2: weight of half the squared norm of all parameters, whatever the batch.
    """
    return {"l2": (l2, _l2_of())}


@lru_cache(maxsize=4)  # Equal terms share what is compiled of them.
def _l2_of(*names: str) -> Term:
    return l2_params(*names)
