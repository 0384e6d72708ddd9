"""Propagation: ``y_r = sum over edges (s -> r) of w_e * x_s``, one operation, several formulations.

``propagate`` goes by the type of graph it is given, so models never name a formulation:

- ``jraph.GraphsTuple``: message passing (gather, scale, ``segment_sum``). Differentiable in
  features and edge weights; keeps an ``[E, d]`` array of messages.
- ``Adjacency``: the same sum as a sparse matrix product, with a backward pass that is again a
  product. Edge weights are constants. The fastest on CPU (``benchmarks/train_step.py``).
- ``BCOO`` and ``BCSR``: JAX's sparse matrices under plain autodiff, the baselines to beat.

``diffuse`` is the polynomial ``sum_k alpha_k A^k x`` of it. ``prepare`` turns the first kind of
graph into any of the others, by name or by what suits the device.
"""

from functools import partial
from typing import Literal, get_args, overload

import jax
import jax.numpy as jnp
import jraph
from jax.experimental import sparse
from jaxtyping import Array, Float

from jaxrec.base import InputError
from jaxrec.ops.adjacency import Adjacency, Halves, adjacency, multiply

Formulation = Literal["auto", "segment_sum", "sparse", "bcoo", "bcsr"]
Graph = jraph.GraphsTuple | Adjacency | sparse.BCOO | sparse.BCSR
"""What ``propagate`` takes."""
Table = Float[Array, "_ d"]


def prepare(
    graph: jraph.GraphsTuple, formulation: Formulation = "auto", *, n_users: int | None = None
) -> Graph:
    """The graph in the form that ``formulation`` reads, placed on the default device.

    ``auto`` takes the sparse product on CPU and message passing elsewhere.

    Args:
      n_users: says that the graph is bipartite, its first rows users. The sparse product then
        keeps users and items apart, and a LightGCN step need not join their tables.
    """
    if formulation not in get_args(Formulation):
        names = ", ".join(get_args(Formulation))
        raise InputError(f"no formulation is called {formulation!r}; choose one of {names}")
    if formulation == "auto":
        formulation = "sparse" if jax.default_backend() == "cpu" else "segment_sum"
    if formulation == "segment_sum":
        return jax.tree.map(jnp.asarray, graph)
    if formulation == "sparse":
        return jax.tree.map(jnp.asarray, adjacency(graph, n_users))
    rows = adjacency(graph).rows
    assert not isinstance(rows, Halves)
    n_nodes = len(rows.indptr) - 1
    matrix = rows.matrix((n_nodes, n_nodes))
    return matrix if formulation == "bcsr" else matrix.to_bcoo()


def propagate(x: Float[Array, "N d"], graph: Graph) -> Float[Array, "N d"]:
    """One step of diffusion: every node receives the weighted sum of its senders' features.

    Nodes without edges receive zeros; a ``GraphsTuple`` whose ``edges`` are None has weights one.
    """
    if isinstance(graph, Adjacency):
        return diffuse(x, graph, (0.0, 1.0))
    if isinstance(graph, sparse.BCOO | sparse.BCSR):
        return graph @ x
    messages = x[graph.senders]  # [E, d]
    if graph.edges is not None:
        messages = messages * jnp.asarray(graph.edges)[:, None]
    return jax.ops.segment_sum(messages, jnp.asarray(graph.receivers), x.shape[0])


@overload
def diffuse(x: Table, graph: Graph, alpha: tuple[float, ...]) -> Table: ...
@overload
def diffuse(
    x: tuple[Table, Table], graph: Graph, alpha: tuple[float, ...]
) -> tuple[Table, Table]: ...
def diffuse(
    x: Table | tuple[Table, Table], graph: Graph, alpha: tuple[float, ...]
) -> Table | tuple[Table, Table]:
    """Multi-scale diffusion: ``sum_k alpha_k A^k x``, with ``len(alpha) - 1`` propagations.

    Takes one table of nodes, or those of users and items as a pair, and returns the same. On an
    ``Adjacency`` the backward pass is the same polynomial of the transpose, so no layer is kept
    for it.
    """
    if not isinstance(graph, Adjacency):
        joined = jnp.concatenate(x) if isinstance(x, tuple) else x
        diffused = _polynomial(alpha, joined, lambda layer: propagate(layer, graph))
        return _cut(diffused, x[0].shape[0]) if isinstance(x, tuple) else diffused
    if isinstance(graph.rows, Halves):
        if not isinstance(x, tuple):
            n_users = graph.rows.user.indptr.shape[0] - 1
            return jnp.concatenate(diffuse(_cut(x, n_users), graph, alpha))
    elif isinstance(x, tuple):
        return _cut(diffuse(jnp.concatenate(x), graph, alpha), x[0].shape[0])
    # Widened here, not in the product, so that the gradient of a narrow x is narrow again.
    widen = lambda table: table.astype(jnp.result_type(table, _weight(graph)))
    return _product(alpha, jax.tree.map(widen, x), graph)


def _weight(graph: Adjacency):
    return (graph.rows.user if isinstance(graph.rows, Halves) else graph.rows).weight


def _cut(table: Float[Array, "N d"], n_users: int):
    return table[:n_users], table[n_users:]


def _polynomial(alpha, x, step):
    terms, layer = [(alpha[0], x)], x
    for scale in alpha[1:]:
        layer = step(layer)
        terms.append((scale, layer))
    scaled = [jax.tree.map(lambda t, scale=scale: scale * t, t) for scale, t in terms if scale]
    add = lambda *tables: sum(tables[1:], tables[0])
    return jax.tree.map(add, *scaled) if scaled else jax.tree.map(jnp.zeros_like, x)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _product(alpha, x, graph: Adjacency):
    return _polynomial(alpha, x, partial(multiply, graph.rows))


def _product_forward(alpha, x, graph):
    if any(leaf.perturbed for leaf in jax.tree.leaves(graph)):
        raise InputError(
            "edge weights of an Adjacency are constants; differentiate through the GraphsTuple"
        )
    x, graph = jax.tree.map(lambda leaf: leaf.value, (x, graph))
    return _polynomial(alpha, x, partial(multiply, graph.rows)), graph


def _product_backward(alpha, graph, cotangent):
    rows = graph.rows if graph.transposed is None else graph.transposed
    dense = jax.tree.map(_instantiated, cotangent)
    return _polynomial(alpha, dense, partial(multiply, rows)), None


def _instantiated(cotangent):
    if isinstance(cotangent, jax.custom_derivatives.SymbolicZero):
        return jnp.zeros(cotangent.shape, cotangent.dtype)  # pyright: ignore[reportArgumentType]
    return cotangent


_product.defvjp(_product_forward, _product_backward, symbolic_zeros=True)
