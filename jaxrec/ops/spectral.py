"""Singular vectors of the normalized user-item matrix, on the device, by propagation alone."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Key
from jaxrec.ops.propagate import Graph, to_items, to_users

EXTRA = 32
"""Vectors beyond those that are returned; they take the error of the iteration."""
EXACT = 1536
"""Up to so many users, or items, the whole matrix of the fewer is factorized: seconds."""


def right_singular_vectors(
    key: Key, graph: Graph, n_users: int, n_items: int, rank: int, n_iterations: int = 32
) -> tuple[Float[Array, "I k"], Float[Array, "k"]]:
    """The ``rank`` leading right singular vectors of the graph's ``[U, I]`` half, and their values.

    Exact where users or items are at most ``EXACT``, by eigenvectors of the smaller Gram matrix.
    Else randomized subspace iteration (Halko, Martinsson and Tropp, SIAM Review 2011, algorithm
    4.4) with ``EXTRA`` spare vectors, orthonormalized every time. Cost: ``2 n_iterations`` half
    propagations and QR factorizations of width ``rank + EXTRA``.

    Args:
      graph: symmetric in its weights, as with r = 0.5: the half to items is the transposed of the
        half to users.
    """
    if min(n_users, n_items) <= EXACT:
        return _exact(graph, n_users, n_items, rank)
    width = min(rank + EXTRA, n_items, n_users)

    def again(basis, _):
        image = to_items(to_users(basis, graph, n_users), graph, n_items)
        return jnp.linalg.qr(image)[0], None

    start = jnp.linalg.qr(jax.random.normal(key, (n_items, width)))[0]
    basis, _ = jax.lax.scan(again, start, None, length=n_iterations)
    image = to_users(basis, graph, n_users)  # [U, width]
    values, turn = jnp.linalg.eigh(image.T @ image)  # Ascending.
    vectors = basis @ turn[:, ::-1][:, :rank]
    return vectors, jnp.sqrt(jnp.maximum(values[::-1][:rank], 0))


def _exact(
    graph: Graph, n_users: int, n_items: int, rank: int
) -> tuple[Float[Array, "I k"], Float[Array, "k"]]:
    if n_items <= n_users:
        gram = to_items(to_users(jnp.eye(n_items), graph, n_users), graph, n_items)
        squares, vectors = _leading(gram, rank)
        return vectors, jnp.sqrt(squares)
    gram = to_users(to_items(jnp.eye(n_users), graph, n_items), graph, n_users)
    squares, left = _leading(gram, rank)
    values = jnp.sqrt(squares)
    image = to_items(left, graph, n_items)  # [I, rank], as long as the values.
    return image / jnp.where(values > 0, values, 1)[None, :], values


def _leading(gram: Float[Array, "n n"], rank: int) -> tuple[Float[Array, "k"], Float[Array, "n k"]]:
    values, vectors = jnp.linalg.eigh(gram)  # Ascending.
    return jnp.maximum(values[::-1][:rank], 0), vectors[:, ::-1][:, :rank]
