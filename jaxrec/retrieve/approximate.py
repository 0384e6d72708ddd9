"""Lists through an index: its candidates, without what is seen, scored by the model itself."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

from jaxrec.base import InputError, Towers
from jaxrec.graph import Csr
from jaxrec.rank import TopLists, rerank, top_lists
from jaxrec.retrieve.ann import Ann, search

BLOCK = 1024
"""Queries that are searched for together."""


class Recall(NamedTuple):
    """What an index finds of the exact lists.

    Attributes:
      mean: share of the exact top ``k`` that its own has, averaged over queries.
    """

    mean: float
    k: int
    n_queries: int


def approximate(
    ann: Ann,
    score: Callable[..., Float[Array, "B C"]],
    reps: Towers,
    queries: Int[np.ndarray, "Q"],
    k: int,
    *,
    seen: Csr | None = None,
) -> TopLists:
    """About the ``k`` best items of each query, best first, with the model's own scores.

    As many more are fetched as a query has seen, so striking these out leaves enough, unless the
    index found fewer than it was asked for: then lists end in -1.

    Args:
      score: what the index was built for: by inner product of ``reps.query`` and ``reps.item``, or
        by cosine.
      seen: items to leave out, by query row; None leaves out nothing.

    Raises:
      InputError: the index holds other than the items of ``reps``, or ``k`` exceeds them.
    """
    check(ann, reps)
    if not 1 <= k <= ann.n_items:
        raise InputError(
            f"k is {k} but the catalogue has {ann.n_items} items; give 1 to {ann.n_items}"
        )
    width = min(ann.excess * k, ann.n_items)
    candidates = np.full((len(queries), width), -1, np.int64)
    vectors = np.asarray(reps.query)
    n_seen = np.zeros(len(queries), np.int64) if seen is None else np.diff(seen.indptr)[queries]
    order = np.argsort(n_seen, kind="stable")  # Those who have seen much are searched for apart.
    for part in np.split(order, range(BLOCK, len(order), BLOCK)):
        depth = min(width + int(n_seen[part].max(initial=0)), ann.n_items)
        rows = search(ann, vectors[queries[part]], depth)
        candidates[part] = _unseen(rows, queries[part], seen, ann.n_items)[:, :width]
    return rerank(score, reps, queries, candidates, k)


def list_recall(found: Int[np.ndarray, "Q k"], exact: Int[np.ndarray, "Q k"]) -> Recall:
    """How much of the exact lists was found, in any order; -1 is nothing to find.

    >>> list_recall(np.array([[3, 1], [5, 4]]), np.array([[1, 2], [4, 5]])).mean
    0.75

    Raises:
      InputError: no exact list has an item.
    """
    shares = [
        np.isin(listed[listed >= 0], own).mean()
        for listed, own in zip(exact, found, strict=True)
        if (listed >= 0).any()
    ]
    if not shares:
        raise InputError(f"{len(exact)} exact lists hold no item; give lists that something is in")
    return Recall(float(np.mean(shares)), exact.shape[1], len(shares))


def tune_search_effort(
    ann: Ann,
    score: Callable[..., Float[Array, "B C"]],
    reps: Towers,
    queries: Int[np.ndarray, "Q"],
    k: int,
    target: float,
) -> tuple[Ann, Recall]:
    """The index with the least effort of ``1, 2, 4, ...`` times its own that finds enough.

    Half of the queries choose the effort; the recall that is returned is of the others. Where no
    effort finds enough it is the greatest.

    Raises:
      InputError: fewer than 2 queries, or a target outside ``(0, 1]``.
    """
    if len(queries) < 2 or not 0 < target <= 1:
        raise InputError(
            f"{len(queries)} queries and a recall of {target}; give 2 or more, and above 0 to 1"
        )
    exact = top_lists(score, reps, queries, ann.n_items, k).item
    half = len(queries) // 2

    def found(ann: Ann, part: slice) -> Recall:
        return list_recall(approximate(ann, score, reps, queries[part], k).item, exact[part])

    while found(ann, slice(half)).mean < target and ann.effort < ann.most_effort:
        ann = dataclasses.replace(ann, effort=min(2 * ann.effort, ann.most_effort))
    return ann, found(ann, slice(half, None))


def check(ann: Ann, reps: Towers) -> None:
    """Refuses an index of other items.

    Raises:
      InputError: names both sizes.
    """
    if (ann.n_items, ann.dim) != reps.item.shape:
        raise InputError(
            f"the index holds {ann.n_items} items of width {ann.dim} but reps.item is "
            f"{list(reps.item.shape)}; build it over these"
        )


def _unseen(
    rows: Int[np.ndarray, "B n"], queries: Int[np.ndarray, "B"], seen: Csr | None, n_items: int
) -> Int[np.ndarray, "B n"]:
    """The same rows with what is seen, and what was not found, as -1 at the end."""
    if seen is not None:
        indptr, indices = np.asarray(seen.indptr), np.asarray(seen.indices)
        owned = [indices[indptr[query] : indptr[query + 1]] for query in queries]
        place = np.repeat(np.arange(len(owned)), np.diff(indptr)[queries])
        known = place * n_items + np.concatenate([indices[:0], *owned])
        pairs = np.arange(len(rows))[:, None] * n_items + rows
        rows = np.where((rows >= 0) & np.isin(pairs, known), -1, rows)
    last = np.argsort(rows < 0, axis=1, kind="stable")
    return np.take_along_axis(rows, last, axis=1)
