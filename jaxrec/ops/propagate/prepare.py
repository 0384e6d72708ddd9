"""From a graph to the formulation that suits it."""

from functools import partial
from typing import Literal, get_args

import jax
import jax.numpy as jnp
import jraph
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxrec.base import InputError
from jaxrec.ops.propagate.adjacency import adjacency, matrix
from jaxrec.ops.propagate.blocks import blocks
from jaxrec.ops.propagate.buckets import buckets
from jaxrec.ops.propagate.chunks import chunks
from jaxrec.ops.propagate.dense import dense
from jaxrec.ops.propagate.product import Graph
from jaxrec.ops.propagate.rows import pairs, rows
from jaxrec.ops.propagate.sharded import check_mesh, sharded

Formulation = Literal[
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
    formulation: Formulation = "auto",
    *,
    n_users: int | None = None,
    mesh: Mesh | None = None,
) -> Graph:
    """The graph in the form that ``formulation`` reads, placed on its device or devices.

    Args:
      n_users: says that the graph is bipartite, its first rows users. Products then keep users
        and items apart, and a LightGCN step need not join their tables.
      mesh: devices to share the work (``device_mesh``); by default the first does all.

    Raises:
      InputError: no formulation of that name, more than one weight an edge, not bipartite, or a
        mesh without these axes or for a formulation that cannot be shared.
    """
    if formulation not in get_args(Formulation):
        names = ", ".join(get_args(Formulation))
        raise InputError(f"no formulation is called {formulation!r}; choose one of {names}")
    if formulation == "auto":
        formulation = "bcsr" if jax.default_backend() == "cpu" else "segment_sum"
    if mesh is not None:
        check_mesh(mesh)
    place = jnp.asarray if mesh is None else partial(_spread, mesh, PartitionSpec())
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


SHARES = PartitionSpec("rows")


def _spread(mesh: Mesh, spec: PartitionSpec, leaf) -> jax.Array:
    """On every device its own part, whichever process holds the device."""
    leaf = np.asarray(leaf)
    sharding = NamedSharding(mesh, spec)
    return jax.make_array_from_callback(leaf.shape, sharding, lambda index: leaf[index])
