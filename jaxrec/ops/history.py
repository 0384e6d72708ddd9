"""What users have, as numbers: columns of a matrix, or sums of their items' rows.

Models that know items alone see a user as the items of theirs. So a new user is a new list of
items, and nothing has to be trained for them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jaxrec.graph import Csr

CHUNK = 256
"""Rows gathered at a time."""


class History(NamedTuple):
    """What models without a row for every user read: who has what, twice.

    Attributes:
      graph: of users and items, to propagate over; None for a model that reads the lists alone.
      likes: the items of those who are asked about; new users' in place of old ones' after
        ``fold_in``.
      weight: how much each of ``likes.indices`` counts; None for one each.
    """

    graph: Any
    likes: Csr
    weight: Float[Array, "E"] | None = None


def histories(
    likes: Csr, queries: Int[Array, "B"], n_items: int, weight: Float[Array, "E"] | None = None
) -> Float[Array, "I B"]:
    """A column a query, with one where the user has the item, or that entry's weight.

    Cost O(E + I B); no loop over users.

    >>> import numpy as np
    >>> likes = Csr(np.int32([0, 1, 3]), np.int32([2, 0, 1]), np.int32([0, 1]))
    >>> histories(likes, jnp.array([1, 0, 1]), n_items=3).tolist()
    [[1.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    indptr, item = jnp.asarray(likes.indptr), jnp.asarray(likes.indices)
    n_users, n_queries = indptr.shape[0] - 1, queries.shape[0]
    place = jnp.arange(n_queries)
    column = jnp.full(n_users, n_queries).at[queries].set(place)  # Of a repeated query, one.
    user = jnp.repeat(jnp.arange(n_users), jnp.diff(indptr), total_repeat_length=item.shape[0])
    value = jnp.float32(1) if weight is None else weight
    taken = jnp.zeros((n_items, n_queries)).at[item, column[user]].set(value, mode="drop")
    source = column[queries]
    repeated = jnp.any(source != place)
    return jax.lax.cond(repeated, lambda x: x[:, source], lambda x: x, taken)


def bag_sum(
    likes: Csr, queries: Int[Array, "B"], table: Float[Array, "I d"]
) -> Float[Array, "B d"]:
    """The sum of the rows of every query's items. Cost O(n d) for ``n`` items in all.

    Rows are gathered ``CHUNK`` at a time, so memory does not grow with the lengths of the lists.
    """
    indptr, item = jnp.asarray(likes.indptr), jnp.asarray(likes.indices)
    start, degree = indptr[queries], indptr[queries + 1] - indptr[queries]
    ends = jnp.cumsum(degree)
    n_queries, last = queries.shape[0], max(item.shape[0] - 1, 0)
    if item.shape[0] == 0:
        return jnp.zeros((n_queries, table.shape[1]), table.dtype)

    def add(state):
        first, total = state
        entry = first + jnp.arange(CHUNK)
        row = jnp.searchsorted(ends, entry, side="right")  # The query that owns the entry, or B.
        own = jnp.minimum(row, n_queries - 1)
        place = start[own] + entry - (ends - degree)[own]
        rows = table[item[jnp.clip(place, 0, last)]]  # [CHUNK, d]
        total = total.at[row].add(rows, mode="drop", indices_are_sorted=True)
        return first + CHUNK, total

    zeros = jnp.zeros((n_queries, table.shape[1]), table.dtype)
    more = lambda state: state[0] < ends[-1]
    return jax.lax.while_loop(more, add, (jnp.zeros((), ends.dtype), zeros))[1]


def from_history(
    apply: Callable[[Any, Float[Array, "I B"]], Float[Array, "I B"]], n_items: int
) -> Callable[..., Float[Array, "B C"]]:
    """``score`` of a model whose representations hold the histories, as ``likes``.

    Args:
      apply: ``(reps, histories) -> scores``, a column a query, a row an item.
    """

    def score(
        reps, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        weight = reps.weight if isinstance(reps, History) else None
        scores = apply(reps, histories(reps.likes, queries, n_items, weight))
        if items.ndim == 1:
            return scores[items].T
        return jnp.take_along_axis(scores, items.T, axis=0).T

    return score


def fold_in(reps: Any, likes: Csr) -> Any:
    """The same representations, asked about other users, whose items count one each."""
    asked = reps._replace(likes=jax.device_put(likes))
    return asked._replace(weight=None) if isinstance(asked, History) else asked
