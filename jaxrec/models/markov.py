"""Markov chain of first order: what followed a session's last item in training sessions.

Ludewig and Jannach, Evaluation of session-based recommendation algorithms, UMUAI 2018,
https://arxiv.org/abs/1803.09587, the method MC. Shani, Heckerman and Brafman, An MDP-based
recommender system, JMLR 2005, have longer chains and smooth them.
"""

from functools import lru_cache

import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Model
from jaxrec.graph import SessionQuery, Sessions, all_prefixes
from jaxrec.models.session_items import last_items, of_candidates, recency, table_model
from jaxrec.ops import ItemTable, tie_rank
from jaxrec.ops.sparse_rows import keep_largest, row_of_entry


def markov(graph: Sessions, n_items: int, n_successors: int = 100) -> Model:
    """Builds ``s_i = count(last, i) / sum_j count(last, j)``, over neighbors in training sessions.

    Queries are ``graph.SessionQuery``, of sessions that need not be in training. An item that never
    followed the last one scores 0: let popularity decide among equals.

    Graph: the training ``Sessions``, which ``init`` reads and ``encode`` does not. Cost:
    ``O(E log E)`` on the host; ``[I, n_successors]`` to keep, and ``[B, I]`` to score.

    Args:
      n_successors: most frequent successors that an item keeps; of equally frequent ones the more
        popular.

    Raises:
      InputError: ``n_successors`` below 1.
    """
    if n_successors < 1:
        raise InputError(f"n_successors is {n_successors}; give 1 or more")
    n_kept = min(n_successors, n_items)
    count = lambda sessions: _successors(sessions, n_items, n_kept)
    return table_model(graph, n_items, n_kept, count, _score)


def markov_with_repeats(
    graph: Sessions, n_items: int, n_first: int = 10, n_successors: int = 100
) -> Model:
    """Builds ``markov`` with the session's own items put ahead of most of its successors.

    First the ``n_first`` most probable successors of the last item, then the session's own items,
    the latest first, then other successors. Where people return to items, as in shops, it is hard
    to beat. Scores tell these three apart: above 3, above 1 up to 2, and up to 1.

    Args:
      n_first: successors that come before the session's items; 0 puts these first.
      n_successors: most frequent successors that an item keeps.

    Raises:
      InputError: ``n_first`` below 0 or above ``n_successors``, or as ``markov``.
    """
    model = markov(graph, n_items, n_successors)
    if not 0 <= n_first <= n_successors:
        raise InputError(f"n_first is {n_first}; give 0 to {n_successors}, which is n_successors")
    return model._replace(score=_score_with_repeats(n_first))


def _score(
    reps: ItemTable, queries: SessionQuery, items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    return of_candidates(_spread(*_following(reps, queries), len(reps.neighbor)), items)


@lru_cache(maxsize=16)  # Equal models share what is compiled of it.
def _score_with_repeats(n_first: int):
    def score(
        reps: ItemTable, queries: SessionQuery, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        n_items, (item, probability) = len(reps.neighbor), _following(reps, queries)
        own = recency(queries, n_items)
        scores = jnp.where(own > 0, 1 + own, _spread(item, probability, n_items))
        first = _spread(item[:, :n_first], probability[:, :n_first], n_items)
        return of_candidates(jnp.where(first > 0, 3 + first, scores), items)

    return score


def _following(
    reps: ItemTable, queries: SessionQuery
) -> tuple[Int[Array, "B n"], Float[Array, "B n"]]:
    """Successors of the last items; of an empty session none is probable."""
    last, there = last_items(queries, 1)
    return reps.neighbor[last[:, 0]], jnp.where(there, reps.weight[last[:, 0]], 0)


def _spread(item: Int[Array, "B n"], value: Float[Array, "B n"], n_items: int):
    row = jnp.arange(len(item))[:, None]
    return jnp.zeros((len(item), n_items)).at[row, item].max(value)


def _successors(sessions: Sessions, n_items: int, n_kept: int) -> ItemTable:
    """What followed every item, most frequent first, with its share of the item's transitions."""
    last, following = _transitions(sessions)
    pairs = np.ones(len(last), np.float32), (last, following)
    counts = scipy.sparse.csr_array(pairs, shape=(n_items, n_items))
    counts.sum_duplicates()
    total = np.bincount(last, minlength=n_items)
    popularity = np.bincount(sessions.item, minlength=n_items)
    rank = np.argsort(np.lexsort((tie_rank(np.arange(n_items)), -popularity)))
    kept = keep_largest(counts, n_kept, rank)
    row = row_of_entry(kept)
    order = np.lexsort((rank[kept.indices], np.negative(kept.data), row))
    column = np.arange(kept.nnz) - kept.indptr[row]
    table = ItemTable(
        np.zeros((n_items, n_kept), np.int32), np.zeros((n_items, n_kept), np.float32)
    )
    table.neighbor[row, column] = kept.indices[order]
    table.weight[row, column] = (kept.data / total[row])[order]
    return table


def _transitions(sessions: Sessions) -> tuple[Int[np.ndarray, "n"], Int[np.ndarray, "n"]]:
    """Items that another follows in their session, and those that follow them."""
    prefixes = all_prefixes(sessions)
    last = np.asarray(sessions.indptr)[prefixes.session] + prefixes.length - 1
    return np.asarray(sessions.item)[last], prefixes.target
