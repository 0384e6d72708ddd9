"""What every model of click-through must beat: clicks of all users, and titles of one's own."""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
import scipy.sparse
from jaxtyping import Float, Int

from jaxrec.data import Interactions, Text, fit_text, weigh

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


class TitleCosine(NamedTuple):
    """The predictor that knows titles alone: how alike a title is to those a user clicked.

    Attributes:
      title: weighted words of every title, of length 1.
      profile: of every user the mean direction of what they clicked, of length 1.
      middle: of the cosines in training, the least that is predicted to be clicked.
    """

    title: Any
    profile: Any
    middle: float

    def __call__(
        self, user: Int[np.ndarray, "n"], item: Int[np.ndarray, "n"]
    ) -> Float[np.ndarray, "n"]:
        """Cosines of pairs, less the middle."""
        return self.profile[user].multiply(self.title[item]).sum(axis=1) - self.middle


def title_cosine(train: Interactions, titles: pl.Series) -> TitleCosine:
    """TF-IDF cosine of a title with the sum of those that the user clicked in training.

    Words are weighed on the titles of training (``data.fit_text``). The middle is the median of
    training pairs of label 0.

    >>> met = Interactions(*np.int32([[0, 1, 0], [0, 1, 1]]), 2, 3, rating=np.float32([1, 1, 0]))
    >>> found = title_cosine(met, pl.Series(["green tea", "dark ale", "ale"]))
    >>> found(np.array([0, 1]), np.array([2, 2])).round(4).tolist()
    [0.0, 0.7071]
    """
    shown = np.bincount(train.item, minlength=train.n_items) > 0
    fitted: Text = fit_text(titles.filter(pl.Series(shown)), dim=1)
    title: Any = weigh(fitted, titles)  # What scipy's products return is not typed.
    label = np.asarray(train.rating, np.float64)
    shape = train.n_users, train.n_items
    profile: Any = scipy.sparse.csr_array((label, (train.user, train.item)), shape=shape) @ title
    length = np.sqrt(profile.multiply(profile).sum(axis=1))
    profile = scipy.sparse.diags_array(1 / np.where(length > 0, length, 1)) @ profile
    found = TitleCosine(title.tocsr(), profile.tocsr(), 0.0)
    negative = np.flatnonzero(label == 0)
    if not len(negative):
        return found
    return found._replace(
        middle=float(np.median(found(train.user[negative], train.item[negative])))
    )
