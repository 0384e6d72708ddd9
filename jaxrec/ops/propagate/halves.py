"""Half a propagation over a bipartite graph: from items to users, or from users to items.

What reads a user's history and writes to the catalogue is two halves, one after the other; whole
propagations would do twice the work, half of it on zeros.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import InputError
from jaxrec.ops.propagate.adjacency import Adjacency, Halves
from jaxrec.ops.propagate.product import Graph, multiply, propagate


def to_users(x: Float[Array, "I d"], graph: Graph, n_users: int) -> Float[Array, "U d"]:
    """Every user's weighted sum of the rows of their items."""
    if isinstance(graph, Adjacency) and isinstance(graph.rows, Halves):
        _check(graph, n_users, x.shape[0])
        return _half("user", x, graph)
    zeros = jnp.zeros((n_users, x.shape[1]), x.dtype)
    return propagate(jnp.concatenate([zeros, x]), graph)[:n_users]


def to_items(x: Float[Array, "U d"], graph: Graph, n_items: int) -> Float[Array, "I d"]:
    """Every item's weighted sum of the rows of its users."""
    if isinstance(graph, Adjacency) and isinstance(graph.rows, Halves):
        _check(graph, x.shape[0], n_items)
        return _half("item", x, graph)
    zeros = jnp.zeros((n_items, x.shape[1]), x.dtype)
    return propagate(jnp.concatenate([x, zeros]), graph)[x.shape[0] :]


def _check(graph: Adjacency, n_users: int, n_items: int) -> None:
    sizes = graph.rows.user.n_rows, graph.rows.item.n_rows
    if sizes != (n_users, n_items):
        raise InputError(
            f"the graph joins {sizes[0]} users and {sizes[1]} items, not {n_users} and {n_items}; "
            "give a table with a row for each"
        )


@jax.custom_vjp
def _product(form, transposed, x):
    del transposed
    return multiply(form, x)


def _half(side: str, x, graph: Adjacency):
    """One side's product; the backward pass is a product with the other side's, transposed."""
    other = "item" if side == "user" else "user"
    turned = graph.rows if graph.transposed is None else graph.transposed
    return _product(getattr(graph.rows, side), getattr(turned, other), x)


def _forward(form, transposed, x):
    return multiply(form, x), (transposed, jnp.zeros((0,), x.dtype))


def _backward(kept, cotangent):
    transposed, like = kept
    product: Any = multiply(transposed, cotangent)
    return None, None, product.astype(like.dtype)


_product.defvjp(_forward, _backward)
