"""Metrics of top lists, a vector over users each."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from jaxrec.base import InputError
from jaxrec.evaluate.metrics import all_metrics
from jaxrec.evaluate.places import Cut
from jaxrec.graph import Csr
from jaxrec.rank import TopLists, membership_mask


def per_user(
    lists: TopLists, users: Int[np.ndarray, "Q"], test: Csr, ks: Sequence[int]
) -> dict[str, Float[np.ndarray, "Q"]]:
    """Every metric at every k, a vector over users each: ``{"recall@20": [Q], ...}``.

    In float64, and in expectation over the orders of equals (``evaluate.metrics``).
    """
    if not 1 <= min(ks) <= max(ks) <= lists.item.shape[1]:
        wrong = min(ks) if min(ks) < 1 else max(ks)
        raise InputError(f"k is {wrong} but the lists hold {lists.item.shape[1]} items")
    labels = membership_mask(test, users, lists.item).astype(np.float64)
    n_relevant = np.diff(np.asarray(test.indptr))[users]
    where, ties = lists.item >= 0, lists.ties
    if ties is None:
        return all_metrics(lists.score.astype(np.float64), labels, where, ks, n_relevant)
    cut = Cut(ties.n_below, ties.n_relevant_below)
    return all_metrics(-ties.group.astype(np.float64), labels, where, ks, n_relevant, cut)
