"""Singular vectors of the normalised user-item matrix, on the device, by propagation alone."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxrec.base import Key
from jaxrec.ops.propagate import Graph, to_items, to_users

EXTRA = 32
"""Vectors beyond those asked for; they take the error of the iteration."""


def right_singular_vectors(
    key: Key, graph: Graph, n_users: int, n_items: int, rank: int, n_iterations: int = 32
) -> tuple[Float[Array, "I k"], Float[Array, "k"]]:
    """The ``rank`` leading right singular vectors of the graph's ``[U, I]`` half, and their values.

    Randomised subspace iteration (Halko, Martinsson and Tropp, SIAM Review 2011, algorithm 4.4)
    with ``EXTRA`` spare vectors, orthonormalised every time. Cost: ``2 n_iterations`` half
    propagations and QR factorisations of width ``rank + EXTRA``.

    Args:
      graph: symmetric in its weights, as with r = 0.5: the half to items is the transposed of the
        half to users.
    """
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
