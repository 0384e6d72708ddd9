"""What every model of click-through must beat: how often an item is clicked, by all users alike."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

SHRINKAGE = 10.0
"""Rows of the mean rate that are added to those of every item."""


class ItemLogits(NamedTuple):
    """The predictor that knows items alone: a logit for each; called with pairs, theirs."""

    item: Float[np.ndarray, "I"]

    def __call__(
        self, user: Int[np.ndarray, "n"], item: Int[np.ndarray, "n"]
    ) -> Float[np.ndarray, "n"]:
        """Logits of pairs."""
        del user
        return self.item[item]


def item_popularity(
    item: Int[np.ndarray, "n"], label: Float[np.ndarray, "n"], n_items: int
) -> ItemLogits:
    """The number of clicks of an item, less the threshold with the best accuracy on these rows.

    >>> found = item_popularity(np.array([0, 0, 1, 2, 2]), np.array([1.0, 1, 1, 0, 0]), n_items=3)
    >>> found.item.tolist()
    [1.5, 0.5, -0.5]
    """
    count = np.bincount(item, label, n_items)
    cut = np.unique(count[item])
    of_row = np.searchsorted(cut, count[item])
    gain = np.bincount(of_row, 2 * label - 1)  # Right less wrong, predicting 1 for the count.
    best = int(np.argmax(np.cumsum(gain[::-1])[::-1]))
    return ItemLogits(count - (cut[best] - 0.5))


def item_click_rate(
    item: Int[np.ndarray, "n"],
    label: Float[np.ndarray, "n"],
    n_items: int,
    shrinkage: float = SHRINKAGE,
) -> ItemLogits:
    """The logit of the share of an item's rows that were clicked, shrunken towards that of all.

    >>> found = item_click_rate(np.array([0, 0, 1, 1]), np.array([1.0, 1, 1, 0]), 3, shrinkage=2)
    >>> np.round(1 / (1 + np.exp(-found.item)), 4).tolist()
    [0.875, 0.625, 0.75]

    Args:
      shrinkage: rows of the mean rate that are added to those of every item; above 0.
    """
    mean = label.mean()
    rate = np.bincount(item, label, n_items) + shrinkage * mean
    rate /= np.bincount(item, minlength=n_items) + shrinkage
    return ItemLogits(np.log(rate) - np.log1p(-rate))
