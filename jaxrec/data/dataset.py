"""Interactions with the words of the caller: what is read, split and trained on."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Int8

from jaxrec.data.interactions import Interactions
from jaxrec.data.reading import Reading


@dataclass(frozen=True, eq=False)
class Dataset:
    """Interactions with what is needed to speak of them in the caller's words.

    Attributes:
      user_ids: the caller's id of every user row, ascending.
      item_ids: the caller's id of every item row, ascending.
      titles: what to call every item row, if the data says.
      given: 0 train, 1 validation, 2 test per interaction, for data that fixes its own split.
      counts: rows that each step of loading met, by the step's name.
      repeats: whether a pair may occur more than once.
      low_rated: pairs that a rating filter dropped, of users and items that are left. Nothing is
        learned from them, but the user knows the item. None where nothing is dropped.
      reading: what was read, of data that ``load`` read.
    """

    name: str
    interactions: Interactions
    user_ids: pl.Series
    item_ids: pl.Series
    titles: pl.Series | None
    given: Int8[np.ndarray, "n"] | None
    counts: dict[str, int]
    repeats: bool
    low_rated: Interactions | None = None
    reading: Reading | None = None
