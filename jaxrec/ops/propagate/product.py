"""The operation itself: ``propagate`` is one step of diffusion, ``diffuse`` a polynomial of it."""

from functools import partial
from typing import overload

import jax
import jax.numpy as jnp
import jraph
from jax.experimental import sparse
from jaxtyping import Array, DTypeLike, Float

from jaxrec.base import InputError
from jaxrec.ops.propagate.adjacency import Adjacency, Halves
from jaxrec.ops.propagate.rows import widened

Graph = jraph.GraphsTuple | Adjacency | sparse.BCOO | sparse.BCSR
"""What ``propagate`` takes."""
Table = Float[Array, "_ d"]


def propagate(x: Float[Array, "N d"], graph: Graph) -> Float[Array, "N d"]:
    """One step of diffusion: every node receives the weighted sum of its senders' features.

    Nodes without edges receive zeros; a ``GraphsTuple`` whose ``edges`` are None has weights one.
    Sums are in the wider type of weights and features, at least float32.
    """
    if isinstance(graph, Adjacency):
        return diffuse(x, graph, (0.0, 1.0))
    if isinstance(graph, sparse.BCOO | sparse.BCSR):
        return graph @ widened(graph.data, x)[1]
    weight = jnp.ones((1,), jnp.float32) if graph.edges is None else jnp.asarray(graph.edges)
    # Widened before the gather, whose gradient is a sum in the type that it reads.
    weight, x = widened(weight, x)
    messages = x[graph.senders] * weight[:, None]  # [E, d]
    return jax.ops.segment_sum(messages, jnp.asarray(graph.receivers), x.shape[0])


@overload
def diffuse(
    x: Table, graph: Graph, alpha: tuple[float, ...], storage: DTypeLike | None = None
) -> Table: ...
@overload
def diffuse(
    x: tuple[Table, Table],
    graph: Graph,
    alpha: tuple[float, ...],
    storage: DTypeLike | None = None,
) -> tuple[Table, Table]: ...
def diffuse(
    x: Table | tuple[Table, Table],
    graph: Graph,
    alpha: tuple[float, ...],
    storage: DTypeLike | None = None,
) -> Table | tuple[Table, Table]:
    """Multi-scale diffusion: ``sum_k alpha_k A^k x``, with ``len(alpha) - 1`` propagations.

    Takes one table of nodes, or those of users and items as a pair, and returns the same. On an
    ``Adjacency`` the backward pass is the same polynomial of the transpose, so no layer is kept
    for it.

    Args:
      storage: type in which a layer is kept for its neighbors to read, bfloat16 for one; by
        default that of ``x``. Sums are in the wider type of weights and features all the same.

    Raises:
      InputError: a prepared graph has another number of nodes than ``x`` has rows.
    """
    if not isinstance(graph, Adjacency):
        joined = jnp.concatenate(x) if isinstance(x, tuple) else x
        kept = joined.dtype if storage is None else storage
        step = lambda layer: propagate(layer.astype(kept), graph)
        diffused = _polynomial(alpha, joined, step)
        return _cut(diffused, x[0].shape[0]) if isinstance(x, tuple) else diffused
    if isinstance(graph.rows, Halves):
        if not isinstance(x, tuple):
            joined = diffuse(_cut(x, graph.rows.user.n_rows), graph, alpha, storage)
            return jnp.concatenate(joined)
    elif isinstance(x, tuple):
        joined = diffuse(jnp.concatenate(x), graph, alpha, storage)
        return _cut(joined, x[0].shape[0])
    _check_rows(x, graph.rows)
    kept = jnp.dtype(jax.tree.leaves(x)[0].dtype if storage is None else storage)
    # Widened here, not in the product, so that the gradient of a narrow x is narrow again.
    widen = lambda table: table.astype(jnp.result_type(table, _a_weight(graph)))
    return _product(alpha, kept, jax.tree.map(widen, x), graph)


def multiply(rows, x):
    """The product of a prepared matrix with a table, or of ``Halves`` with a pair of tables."""
    if isinstance(rows, Halves):
        user, item = x
        return _times(rows.user, item), _times(rows.item, user)
    return _times(rows, x)


@jax.custom_batching.custom_vmap
def _times(form, x):
    return form.times(x)


@_times.def_vmap
def _times_of_many(size, in_batched, form, x):
    """Tables of one graph stand side by side: a product acts on each column alone."""
    form_batched, x_batched = in_batched
    if any(jax.tree.leaves(form_batched)):
        several = lambda batched, a: a if batched else jnp.broadcast_to(a, (size, *a.shape))
        form = jax.tree.map(several, form_batched, form)
        return jax.lax.map(lambda pair: _times(*pair), (form, several(x_batched, x))), True
    wide = jnp.moveaxis(x, 0, 1)  # [N, size, d]
    product = _times(form, wide.reshape(x.shape[1], size * x.shape[2]))
    return jnp.moveaxis(product.reshape(product.shape[0], size, x.shape[2]), 1, 0), True


def _check_rows(x, rows) -> None:
    """JAX clamps what is out of range, so a table of the wrong size would give wrong sums."""
    tables, forms = (x, rows) if isinstance(rows, Halves) else ((x,), (rows,))
    for table, form in zip(tables, forms, strict=True):
        if table.shape[0] != form.n_rows:
            raise InputError(
                f"a table has {table.shape[0]} rows but the graph has {form.n_rows} nodes; "
                "give one row a node"
            )


def _a_weight(graph: Adjacency):
    first = graph.rows.user if isinstance(graph.rows, Halves) else graph.rows
    return jax.tree.leaves(first.weight)[0]


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


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _product(alpha, kept, x, graph: Adjacency):
    narrow = partial(jax.tree.map, lambda table: table.astype(kept))
    return _polynomial(alpha, x, lambda layer: multiply(graph.rows, narrow(layer)))


def _product_forward(alpha, kept, x, graph):
    if any(leaf.perturbed for leaf in jax.tree.leaves(graph)):
        raise InputError(
            "edge weights of an Adjacency are constants; differentiate through the GraphsTuple "
            "or ops.weighted_spmm"
        )
    x, graph = jax.tree.map(lambda leaf: leaf.value, (x, graph))
    return _product(alpha, kept, x, graph), graph


def _product_backward(alpha, kept, graph, cotangent):
    turned = graph
    if graph.transposed is not None:
        turned = Adjacency(graph.transposed, graph.rows)
    return _product(alpha, kept, jax.tree.map(_instantiated, cotangent), turned), None


def _instantiated(cotangent):
    if isinstance(cotangent, jax.custom_derivatives.SymbolicZero):
        return jnp.zeros(cotangent.shape, cotangent.dtype)  # pyright: ignore[reportArgumentType]
    return cotangent


_product.defvjp(_product_forward, _product_backward, symbolic_zeros=True)
