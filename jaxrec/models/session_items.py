"""What models of sessions share: the latest items, tables of item-item weights, candidates."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxrec.base import Key, Model, Params
from jaxrec.graph import SessionQuery, Sessions
from jaxrec.ops import ItemTable

OLDEST = 2**16
"""Items of a session that are told apart by ``recency``."""


def last_items(queries: SessionQuery, n: int) -> tuple[Int[Array, "B n"], Bool[Array, "B n"]]:
    """The last ``n`` items, latest first, and False where a session has fewer.

    >>> mask = jnp.array([[True, True, False], [True, False, False]])
    >>> item, mask = last_items(SessionQuery(jnp.array([[5, 7, 0], [6, 0, 0]]), mask), 2)
    >>> item.tolist(), mask.tolist()
    ([[7, 5], [6, 6]], [[True, True], [True, False]])
    """
    length = jnp.sum(queries.mask, axis=1, keepdims=True)
    place = length - 1 - jnp.arange(n)[None, :]
    item = jnp.take_along_axis(jnp.asarray(queries.item), jnp.maximum(place, 0), axis=1)
    return item, place >= 0


def recency(queries: SessionQuery, n_items: int) -> Float[Array, "B I"]:
    """Between 0 and 1 and larger the later an item was in the session; 0 of items not in it.

    ``1 - s / 2^16``, s the number of steps from the last item back to it.

    >>> queries = SessionQuery(jnp.array([[2, 0, 2]]), jnp.ones((1, 3), bool))
    >>> recency(queries, n_items=3).tolist()
    [[0.9999847412109375, 0.0, 1.0]]
    """
    length, place = jnp.sum(queries.mask, axis=1), jnp.arange(queries.mask.shape[1])
    steps = length[:, None] - 1 - place[None, :]
    value = jnp.where(queries.mask, jnp.maximum(1 - steps / OLDEST, 1 / OLDEST), 0)
    row = jnp.arange(len(value))[:, None]
    return jnp.zeros((len(value), n_items)).at[row, queries.item].max(value)


def table_model(
    graph: Sessions,
    n_items: int,
    n_kept: int,
    count: Callable[[Sessions], ItemTable],
    score: Callable[..., Float[Array, "B C"]],
) -> Model:
    """A model whose only parameters are item-item weights, counted in the training sessions.

    Args:
      n_kept: columns of the table.
      count: ``sessions -> ItemTable`` on the host, ``[I, n_kept]``.
      score: as ``Model.score``, of ``reps`` that are the ``ItemTable``.
    """

    def init(key: Key) -> Params:
        del key  # Counts are not random.
        sessions = jax.tree.map(np.asarray, graph)
        shape = jax.ShapeDtypeStruct((n_items, n_kept), jnp.int32)
        # A callback, so that asking for shapes alone does not wait for the counts.
        neighbor, weight = jax.pure_callback(
            lambda: tuple(count(sessions)), (shape, shape.update(dtype=jnp.float32))
        )
        return {"neighbor": neighbor, "weight": weight}

    return Model(init, _read_table, score)


def _read_table(params: Params, graph: Any, *, key: Key | None = None) -> ItemTable:
    del graph, key  # All was counted by init.
    return ItemTable(params["neighbor"], params["weight"])


def of_candidates(
    scores: Float[Array, "B I"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    """Scores of candidates, shared or listed, out of those of all items."""
    return scores[:, items] if items.ndim == 1 else jnp.take_along_axis(scores, items, axis=1)
