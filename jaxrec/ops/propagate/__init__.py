"""Propagation: ``y_r = sum over edges (s -> r) of w_e * x_s``, one operation, many formulations.

``propagate`` and ``diffuse`` go by the type of graph they are given, so models never name a
formulation. ``prepare`` turns a ``GraphsTuple`` into any of them:

=============  =============================================================  ===============
name           how                                                            backward pass
=============  =============================================================  ===============
segment_sum    message passing on the GraphsTuple, ``[E, d]`` messages        autodiff
chunked        the same in chunks of edges, small in memory                   a product again
bcoo, bcsr     JAX's sparse matrices                                          a product again
buckets        padded degree buckets: regular gathers, no scatter             a product again
dense          one matrix multiplication                                      a product again
pallas         our kernel over pieces of rows                                 a product again
*_autodiff     JAX's sparse matrices as they come, the baselines to beat      autodiff
=============  =============================================================  ===============

Where a backward pass is a product again, weights are constants, and the transposed graph is
prepared beside the graph unless the two are equal. Weights that need gradients: ``attend``, or
``segment_sum``.
"""

from .adjacency import Adjacency as Adjacency, Halves as Halves, adjacency as adjacency
from .affinity import (
    WeightedEdges as WeightedEdges,
    affinity_mean as affinity_mean,
    weighted_edges as weighted_edges,
)
from .attention import EdgeList as EdgeList, edge_list as edge_list, weighted_spmm as weighted_spmm
from .halves import to_items as to_items, to_users as to_users
from .prepare import (
    SLOW_SCATTER as SLOW_SCATTER,
    Backend as Backend,
    automatic as automatic,
    prepare as prepare,
)
from .product import Graph as Graph, diffuse as diffuse, propagate as propagate
from .sharded import device_mesh as device_mesh
