"""Related items: metrics over pairs of a query item and the item to be found, and baselines."""

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Int

from jaxrec.data import Interactions, Pairs
from jaxrec.evaluate.measure import Measured
from jaxrec.evaluate.next_item import next_item_metrics
from jaxrec.graph import Csr, user_items
from jaxrec.models.session_items import of_candidates
from jaxrec.ops import ItemTable, history_matrix, largest_products
from jaxrec.rank import ItemsOf, OnProgress, target_ranks


def measure_item_pairs(
    score: Callable[..., Float[Array, "B C"]],
    reps: Any,
    pairs: Pairs,
    n_items: int,
    ks: Sequence[int],
    *,
    tie_break: Float[np.ndarray, "I"] | None = None,
    on_progress: OnProgress | None = None,
) -> Measured:
    """``hit``, ``mrr`` and ``ndcg`` at every k; the one relevant item of a query is its answer.

    All items are ranked but the query itself. Means are over pairs; ``per_user`` holds the vectors
    over pairs, in their order.

    Args:
      score: a model's ``score`` whose queries are rows of items.
      tie_break: numbers of items, such as their popularity, that order equal scores.

    Raises:
      InputError: a k below 1, or scores that are NaN.
    """
    ranks = target_ranks(
        score,
        reps,
        pairs.query,
        pairs.item,
        n_items,
        hidden=[ItemsOf(itself(n_items), pairs.query)],
        tie_break=tie_break,
        on_progress=on_progress,
    )
    vectors = next_item_metrics(ranks, ks)
    mean = {name: float(vector.mean()) for name, vector in vectors.items()}
    return Measured(mean, vectors, int(ranks.alike.sum()))


def itself(n_items: int) -> Csr:
    """Every item as the only one of its list.

    >>> itself(2).indptr.tolist(), itself(2).indices.tolist()
    ([0, 1, 2], [0, 1])
    """
    rows = np.arange(n_items + 1, dtype=np.int32)
    return Csr(rows, rows[:-1], rows[:-1])


def successor_counts(pairs: Pairs, n_items: int, n_kept: int) -> ItemTable:
    """How often each item is the answer of a pair with each query; the ``n_kept`` most frequent."""
    n, ones = np.arange(len(pairs.query) + 1), np.ones(len(pairs.query), np.float32)
    asks = scipy.sparse.csr_array((ones, (pairs.query, n[:-1])), shape=(n_items, len(n) - 1))
    answers = scipy.sparse.csr_array((ones, pairs.item, n), shape=(len(n) - 1, n_items))
    return largest_products(asks, answers, min(n_kept, n_items), _count)


def shared_users(train: Interactions, n_kept: int) -> ItemTable:
    """How many users each two items share; for each item the ``n_kept`` largest numbers."""
    held = history_matrix(user_items(train), train.n_items)
    return largest_products(held.T.tocsr(), held, min(n_kept, train.n_items), _count)


def item_cosines(train: Interactions, n_kept: int) -> ItemTable:
    """``|U_i and U_j| / sqrt(|U_i| |U_j|)``, U_i the users of an item; the ``n_kept`` largest."""
    held = history_matrix(user_items(train), train.n_items)
    degree = np.bincount(held.indices, minlength=train.n_items).astype(np.float32)

    def cosines(row, column, both):
        return np.where(row == column, 0, both / np.sqrt(degree[row] * degree[column]))

    return largest_products(held.T.tocsr(), held, min(n_kept, train.n_items), cosines)


def _count(row: Any, column: Any, both: Any) -> Any:
    return np.where(row == column, 0, both)


def table_rows(
    reps: ItemTable, queries: Int[Array, "B"], items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    """Scores of items for query items: what stands in the table's rows, 0 elsewhere.

    >>> table = ItemTable(jnp.array([[1], [2], [0]]), jnp.array([[5.0], [3.0], [0.0]]))
    >>> table_rows(table, jnp.array([0, 1]), jnp.arange(3)).tolist()
    [[0.0, 5.0, 0.0], [0.0, 0.0, 3.0]]
    """
    neighbor, weight = jnp.asarray(reps.neighbor)[queries], jnp.asarray(reps.weight)[queries]
    row = jnp.arange(len(neighbor))[:, None]
    scores = jnp.zeros((len(neighbor), len(reps.neighbor))).at[row, neighbor].add(weight)
    return of_candidates(scores, items)
