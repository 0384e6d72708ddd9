"""From a graph to the formulation that suits it."""

import warnings
from functools import partial
from importlib.metadata import version
from typing import Literal, cast, get_args

import jax
import jraph
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxrec.base import InputError
from jaxrec.graph.homogeneous import check_ends
from jaxrec.ops.propagate import auto
from jaxrec.ops.propagate.adjacency import adjacency, check_weights, matrix
from jaxrec.ops.propagate.blocks import blocks
from jaxrec.ops.propagate.buckets import buckets
from jaxrec.ops.propagate.chunks import chunks
from jaxrec.ops.propagate.dense import LIMIT, dense
from jaxrec.ops.propagate.product import Graph
from jaxrec.ops.propagate.rows import pairs, rows
from jaxrec.ops.propagate.sharded import check_mesh, sharded

Backend = Literal[
    "auto",
    "segment_sum",
    "chunked",
    "bcoo",
    "bcsr",
    "buckets",
    "dense",
    "pallas",
    "bcoo_autodiff",
    "bcsr_autodiff",
]


def _kernel(matrix):
    from jaxrec.ops.propagate.pallas import kernel  # Late: Pallas' Triton half may go one day.

    return kernel(matrix)


SLOW_SCATTER = ("0.10.2", "0.11.0")
"""Versions of jaxlib whose float32 scatter-add is up to 2000 times slow on CUDA."""

SHARES = PartitionSpec("rows")

FORMS = {
    "chunked": chunks,
    "bcoo": pairs,
    "bcsr": blocks,
    "buckets": buckets,
    "dense": dense,
    "pallas": _kernel,
}
"""Formulations that are layouts of the matrix, whose backward pass is a product again."""


def prepare(
    graph: jraph.GraphsTuple,
    formulation: Backend = "auto",
    *,
    n_users: int | None = None,
    dim: int = 64,
    mesh: Mesh | None = None,
) -> Graph:
    """The graph in the form that ``formulation`` reads, placed on its device or devices.

    Args:
      n_users: says that the graph is bipartite, its first rows users. Forms whose backward pass is
        a product then keep users and items apart, and a LightGCN step need not join their tables.
      dim: width of the tables to come, by which ``auto`` chooses.
      mesh: devices to share the work (``device_mesh``); by default the first does all.

    Raises:
      InputError: no formulation of that name, an edge that ends nowhere, more than one weight an
        edge, not bipartite, or a mesh whose axes or number of shares do not serve.
    """
    if formulation not in get_args(Backend):
        names = ", ".join(get_args(Backend))
        raise InputError(f"no formulation is called {formulation!r}; choose one of {names}")
    if mesh is not None:
        check_mesh(mesh)
    check_ends(graph.senders, graph.receivers, int(np.sum(graph.n_node)))
    check_weights(graph)
    if formulation == "auto":
        sizes = len(np.asarray(graph.senders)), int(np.sum(graph.n_node))
        formulation = automatic(*sizes, dim, mesh)
    _warn_of_slow_scatters(formulation)
    place = jax.device_put if mesh is None else partial(_spread, mesh, PartitionSpec())
    if formulation == "segment_sum":
        return jax.tree.map(place, graph)
    if formulation in FORMS:
        build = FORMS[formulation]
        if mesh is not None:
            build = rows if build is blocks else build  # Shares need not have equal blocks.
            build, place = partial(sharded, mesh, build), partial(_spread, mesh, SHARES)
        return jax.tree.map(place, adjacency(graph, build, n_users))
    plain = matrix(graph)
    layout = rows if formulation == "bcsr_autodiff" else pairs
    return jax.tree.map(place, layout(plain).matrix(int(np.sum(graph.n_node))))


def automatic(n_edges: int, n_nodes: int, dim: int, mesh: Mesh | None = None) -> Backend:
    """What ``auto`` stands for: the fastest measured near this size on this kind of device."""
    allowed = set(FORMS) - {"pallas"} | {"segment_sum"}  # Pallas: by name only, until it has run.
    if n_nodes**2 > LIMIT:
        allowed -= {"dense"}
    if mesh is not None and mesh.shape["rows"] > 1:
        allowed -= {"buckets", "segment_sum"}
    shape = auto.Shape(jax.default_backend(), n_edges, n_nodes, dim)
    return cast(Backend, auto.choose(shape, allowed))


def _warn_of_slow_scatters(formulation: Backend) -> None:
    scatters = formulation not in ("buckets", "dense", "pallas")
    if scatters and jax.default_backend() == "gpu" and version("jaxlib") in SLOW_SCATTER:
        warnings.warn(
            f"jaxlib {version('jaxlib')} adds up scattered float32 very slowly on CUDA, and "
            f"{formulation} scatters; choose buckets, or another jaxlib "
            "(https://github.com/jax-ml/jax/issues/38806)",
            stacklevel=3,
        )


def _spread(mesh: Mesh, spec: PartitionSpec, leaf) -> jax.Array:
    """On every device its own part, whichever process holds the device."""
    leaf = np.asarray(leaf)
    sharding = NamedSharding(mesh, spec)
    return jax.make_array_from_callback(leaf.shape, sharding, lambda index: leaf[index])
