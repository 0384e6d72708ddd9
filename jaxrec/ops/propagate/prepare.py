"""From a graph to the formulation that suits it."""

from typing import Literal, get_args

import jax
import jax.numpy as jnp
import jraph
import numpy as np

from jaxrec.base import InputError
from jaxrec.ops.propagate.adjacency import adjacency, matrix
from jaxrec.ops.propagate.buckets import buckets
from jaxrec.ops.propagate.chunks import chunks
from jaxrec.ops.propagate.dense import dense
from jaxrec.ops.propagate.product import Graph
from jaxrec.ops.propagate.rows import pairs, rows

Formulation = Literal[
    "auto",
    "segment_sum",
    "chunked",
    "bcoo",
    "bcsr",
    "buckets",
    "dense",
    "bcoo_autodiff",
    "bcsr_autodiff",
]
FORMS = {"chunked": chunks, "bcoo": pairs, "bcsr": rows, "buckets": buckets, "dense": dense}
"""Formulations that are layouts of the matrix, whose backward pass is a product again."""


def prepare(
    graph: jraph.GraphsTuple, formulation: Formulation = "auto", *, n_users: int | None = None
) -> Graph:
    """The graph in the form that ``formulation`` reads, placed on the default device.

    Args:
      n_users: says that the graph is bipartite, its first rows users. Products then keep users
        and items apart, and a LightGCN step need not join their tables.

    Raises:
      InputError: no formulation of that name, more than one weight an edge, or not bipartite.
    """
    if formulation not in get_args(Formulation):
        names = ", ".join(get_args(Formulation))
        raise InputError(f"no formulation is called {formulation!r}; choose one of {names}")
    if formulation == "auto":
        formulation = "bcsr" if jax.default_backend() == "cpu" else "segment_sum"
    if formulation == "segment_sum":
        return jax.tree.map(jnp.asarray, graph)
    if formulation in FORMS:
        return jax.tree.map(jnp.asarray, adjacency(graph, FORMS[formulation], n_users))
    plain = matrix(graph)
    layout = rows if formulation == "bcsr_autodiff" else pairs
    return layout(plain).matrix(int(np.sum(graph.n_node)))
