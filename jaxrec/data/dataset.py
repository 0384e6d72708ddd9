"""Interactions with the words of the caller: what is read, split and trained on."""

from dataclasses import dataclass
from typing import Any, Literal

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

    @staticmethod
    def from_frame(
        frame: Any,
        user: str | None = None,
        item: str | None = None,
        *,
        rating: str | None = None,
        time: str | None = None,
        title: str | None = None,
        name: str = "frame",
        min_rating: float | None = None,
        k_core: int | None = None,
        repeats: Literal["drop", "keep"] = "drop",
    ) -> "Dataset":
        """A data set from a table in memory, by the rules for files (``docs/data.md``).

        >>> orders = {"customer": ["ann", "bob", "ann"], "sku": [7, 7, 9], "stars": [5, 3, 4]}
        >>> data = Dataset.from_frame(orders, user="customer", item="sku")
        >>> data.user_ids.to_list(), data.item_ids.to_list(), data.interactions.rating.tolist()
        (['ann', 'bob'], [7, 9], [5.0, 3.0, 4.0])

        Args:
          frame: a pandas or polars DataFrame, an Arrow table, or a dict of arrays, lists or series.
          user, item, rating, time, title: names of columns. ``None`` finds the usual names,
            ``""`` reads none.
          name: what the data set is called.
          min_rating: the least rating to keep; 0 keeps all ratings that are not negative. ``None``
            filters nothing, and asks for it where a rating is 0 or negative.
          k_core: the least number of interactions of each user and item.
          repeats: "keep" leaves repeated pairs of a user and an item in.

        Raises:
          InputError: in one line, the row or column at fault and how to repair it.
        """
        from jaxrec.data.frames import from_frame  # It makes what is defined here.

        return from_frame(
            frame,
            user,
            item,
            rating=rating,
            time=time,
            title=title,
            name=name,
            min_rating=min_rating,
            k_core=k_core,
            repeats=repeats,
        )
