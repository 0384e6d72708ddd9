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
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import jraph
import numpy as np
import scipy.sparse
from jax.experimental import sparse
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError

Formulation = Literal["auto", "segment_sum", "sparse", "bcoo", "bcsr"]


class Rows(NamedTuple):
    """A sparse matrix in compressed rows: receiver ``r`` owns ``indptr[r]:indptr[r + 1]``."""

    indptr: Int[Array, "N+1"] | Int[np.ndarray, "N+1"]
    senders: Int[Array, "E"] | Int[np.ndarray, "E"]
    weight: Float[Array, "E"] | Float[np.ndarray, "E"]


class Adjacency(NamedTuple):
    """A graph prepared for the sparse product.

    Attributes:
      rows: edges by receiver, which the forward pass reads.
      transposed: edges by sender, which the backward pass reads; None when the weighted adjacency
        is symmetric, for then both passes are the same product.
    """

    rows: Rows
    transposed: Rows | None


Graph = jraph.GraphsTuple | Adjacency | sparse.BCOO | sparse.BCSR
"""What ``propagate`` takes."""


def adjacency(graph: jraph.GraphsTuple) -> Adjacency:
    """Prepares a graph for the sparse product, once, on the host. Cost O(E).

    Raises:
      InputError: the graph has no edge weights, or more than one weight an edge.
    """
    weight = np.asarray(graph.edges)
    if weight.ndim != 1:
        raise InputError(f"edges have shape {weight.shape}; one weight an edge [E] is needed")
    n_nodes = int(np.sum(graph.n_node))
    shape = (n_nodes, n_nodes)
    pairs = (weight, (np.asarray(graph.receivers), np.asarray(graph.senders)))
    forward = scipy.sparse.csr_array(pairs, shape=shape)  # Sums parallel edges.
    backward = forward.T.tocsr()
    symmetric = (
        np.array_equal(forward.indptr, backward.indptr)
        and np.array_equal(forward.indices, backward.indices)
        and np.array_equal(forward.data, backward.data)
    )
    return Adjacency(_rows(forward), None if symmetric else _rows(backward))


def prepare(graph: jraph.GraphsTuple, formulation: Formulation = "auto") -> Graph:
    """The graph in the form that ``formulation`` reads, placed on the default device.

    ``auto`` takes the sparse product on CPU and message passing elsewhere.
    """
    if formulation == "auto":
        formulation = "sparse" if jax.default_backend() == "cpu" else "segment_sum"
    if formulation == "segment_sum":
        return jax.tree.map(jnp.asarray, graph)
    prepared = jax.tree.map(jnp.asarray, adjacency(graph))
    if formulation == "sparse":
        return prepared
    matrix = _matrix(prepared.rows, len(prepared.rows.indptr) - 1)
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


def diffuse(x: Float[Array, "N d"], graph: Graph, alpha: tuple[float, ...]) -> Float[Array, "N d"]:
    """Multi-scale diffusion: ``sum_k alpha_k A^k x``, with ``len(alpha) - 1`` propagations.

    On an ``Adjacency`` the backward pass is the same polynomial of the transpose, so no layer is
    kept for it.
    """
    if isinstance(graph, Adjacency):
        # Widened here, not in the product, so that the gradient of a narrow x is narrow again.
        return _product(alpha, x.astype(jnp.result_type(x, graph.rows.weight)), graph)
    return _polynomial(alpha, x, lambda layer: propagate(layer, graph))


def _polynomial(alpha, x, step):
    terms, layer = [alpha[0] * x] if alpha[0] else [], x
    for scale in alpha[1:]:
        layer = step(layer)
        terms += [scale * layer] if scale else []
    return sum(terms[1:], terms[0]) if terms else jnp.zeros_like(x)


def _rows(matrix: scipy.sparse.csr_array) -> Rows:
    matrix.sort_indices()
    indptr, senders = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
    return Rows(indptr, senders, matrix.data)


def _matrix(rows: Rows, n_nodes: int) -> sparse.BCSR:
    arrays = jnp.asarray(rows.weight), jnp.asarray(rows.senders), jnp.asarray(rows.indptr)
    shape = (n_nodes, n_nodes)
    return sparse.BCSR(arrays, shape=shape, indices_sorted=True, unique_indices=True)


def _multiply(rows: Rows, x: Float[Array, "N d"]) -> Float[Array, "N d"]:
    return _matrix(rows, x.shape[0]) @ x


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _product(alpha, x, graph: Adjacency):
    return _polynomial(alpha, x, partial(_multiply, graph.rows))


def _product_forward(alpha, x, graph):
    perturbed = jax.tree.map(lambda leaf: leaf.perturbed, graph)
    if any(jax.tree.leaves(perturbed)):
        raise InputError(
            "edge weights of an Adjacency are constants; differentiate through the GraphsTuple"
        )
    graph = jax.tree.map(lambda leaf: leaf.value, graph)
    return _polynomial(alpha, x.value, partial(_multiply, graph.rows)), graph


def _product_backward(alpha, graph, cotangent):
    if type(cotangent) is jax.custom_derivatives.SymbolicZero:
        return cotangent, None
    rows = graph.rows if graph.transposed is None else graph.transposed
    return _polynomial(alpha, cotangent, partial(_multiply, rows)), None


_product.defvjp(_product_forward, _product_backward, symbolic_zeros=True)
