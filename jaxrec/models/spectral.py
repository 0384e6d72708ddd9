"""Spectral warm start: tables that begin as singular vectors of the training matrix.

The closed form of a low-pass filter on the graph (Shen et al., GF-CF, CIKM 2021,
https://arxiv.org/abs/2108.07567) as the starting point of any model with tables of users and items.
"""

import jax
import jax.numpy as jnp

from jaxrec.base import Key, Model, Params
from jaxrec.ops import Graph, right_singular_vectors, to_users


def spectral_start(
    model: Model, graph: Graph, n_users: int, n_items: int, dim: int, scale: float = 0.1
) -> Model:
    """The same model, its tables starting from ``U S^1/2`` and ``V S^1/2`` of ``R~ = U S V^T``.

    Tables are scaled together, so that their root mean square is ``scale``. Widths beyond the rank
    of the matrix, whose singular value is below a thousandth of the largest, keep the model's own
    numbers.

    Args:
      graph: ``prepare(bipartite(train))``, symmetric, whatever graph the model itself reads.
    """

    def init(key: Key) -> Params:
        key_model, key_vectors = jax.random.split(key)
        params = model.init(key_model)
        rank = min(dim, n_users, n_items)
        vectors, values = right_singular_vectors(key_vectors, graph, n_users, n_items, rank)
        there = (values > 1e-3 * values[0])[None, :]
        root = jnp.sqrt(jnp.where(there, values[None, :], 1))
        tables = {"user": to_users(vectors, graph, n_users) / root, "item": vectors * root}
        squares = sum(jnp.sum(jnp.where(there, table, 0) ** 2) for table in tables.values())
        factor = scale / jnp.sqrt(squares / ((n_users + n_items) * jnp.sum(there)))
        started = {
            name: own.at[:, :rank].set(jnp.where(there, factor * tables[name], own[:, :rank]))
            for name, own in params.items()
            if name in tables
        }
        return params | started

    return model._replace(init=init)
