"""Markov chain of first order: what followed a session's last item in training sessions.

Ludewig and Jannach, Evaluation of session-based recommendation algorithms, UMUAI 2018,
https://arxiv.org/abs/1803.09587, the method MC. Shani, Heckerman and Brafman, An MDP-based
recommender system, JMLR 2005, have longer chains and smooth them.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse
from jaxtyping import Array, Float, Float32, Int, Int32

from jaxrec.base import InputError, Key, Model, Params
from jaxrec.graph import SessionQuery, Sessions
from jaxrec.models.session_items import last_items, of_candidates, recency
from jaxrec.ops import tie_rank
from jaxrec.ops.sparse_rows import keep_largest, row_of_entry


class Successors(NamedTuple):
    """What followed every item, most frequent first.

    Attributes:
      probability: share of the item's transitions; 0 is padding.
    """

    item: Int[Array, "I n"]
    probability: Float[Array, "I n"]


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

    def init(key: Key) -> Params:
        del key  # Counts are not random.
        sessions = jax.tree.map(np.asarray, graph)
        shape = jax.ShapeDtypeStruct((n_items, n_kept), jnp.int32)
        # A callback, so that asking for shapes alone does not wait for the counts.
        item, probability = jax.pure_callback(
            lambda: _successors(sessions, n_items, n_kept), (shape, shape.update(dtype=jnp.float32))
        )
        return {"successor": item, "probability": probability}

    return Model(init, _encode, _score)


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


def _encode(params: Params, graph: Any, *, key: Key | None = None) -> Successors:
    del graph, key  # All was counted by init.
    return Successors(params["successor"], params["probability"])


def _score(
    reps: Successors, queries: SessionQuery, items: Int[Array, "C"] | Int[Array, "B C"]
) -> Float[Array, "B C"]:
    return of_candidates(_spread(*_following(reps, queries), len(reps.item)), items)


@lru_cache(maxsize=16)  # Equal models share what is compiled of it.
def _score_with_repeats(n_first: int):
    def score(
        reps: Successors, queries: SessionQuery, items: Int[Array, "C"] | Int[Array, "B C"]
    ) -> Float[Array, "B C"]:
        item, probability = _following(reps, queries)
        scores, own = _spread(item, probability, len(reps.item)), recency(queries, len(reps.item))
        scores = jnp.where(own > 0, 1 + own, scores)
        item, probability = item[:, :n_first], probability[:, :n_first]
        first = _spread(item, probability, len(reps.item))
        return of_candidates(jnp.where(first > 0, 3 + first, scores), items)

    return score


def _following(
    reps: Successors, queries: SessionQuery
) -> tuple[Int[Array, "B n"], Float[Array, "B n"]]:
    """Successors of the last items; of an empty session none is probable."""
    last, there = last_items(queries, 1)
    return reps.item[last[:, 0]], jnp.where(there, reps.probability[last[:, 0]], 0)


def _spread(item: Int[Array, "B n"], value: Float[Array, "B n"], n_items: int):
    row = jnp.arange(len(item))[:, None]
    return jnp.zeros((len(item), n_items)).at[row, item].max(value)


def _successors(
    sessions: Sessions, n_items: int, n_kept: int
) -> tuple[Int32[np.ndarray, "I n"], Float32[np.ndarray, "I n"]]:
    item, start = np.asarray(sessions.item), np.asarray(sessions.indptr)[:-1]
    follows = np.ones(len(item), bool)
    follows[start[start < len(item)]] = False  # First items of sessions; empty ones begin nowhere.
    after = np.flatnonzero(follows)
    pairs = np.ones(len(after), np.float32), (item[after - 1], item[after])
    counts = scipy.sparse.csr_array(pairs, shape=(n_items, n_items))
    counts.sum_duplicates()
    total = np.bincount(item[after - 1], minlength=n_items)
    popularity = np.bincount(item, minlength=n_items)
    rank = np.empty(n_items, np.int64)
    rank[np.lexsort((tie_rank(np.arange(n_items)), -popularity))] = np.arange(n_items)
    kept = keep_largest(counts, n_kept, rank)
    row = row_of_entry(kept)
    order = np.lexsort((rank[kept.indices], np.negative(kept.data), row))
    place = np.arange(kept.nnz) - kept.indptr[row]
    found = np.zeros((n_items, n_kept), np.int32), np.zeros((n_items, n_kept), np.float32)
    found[0][row, place] = kept.indices[order]
    found[1][row, place] = (kept.data / np.maximum(total[row], 1))[order]
    return found
