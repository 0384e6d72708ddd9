"""From the rows that were read to a data set: filters, repeats and numbers."""

from dataclasses import replace
from typing import Literal

import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.data.dataset import Dataset
from jaxrec.data.filters import (
    at_least,
    check_not_times,
    check_scale,
    first_of_pairs,
    in_core,
    is_label,
)
from jaxrec.data.ids import contiguous
from jaxrec.data.interactions import Interactions
from jaxrec.data.reading import Reading, with_ids

Repeats = Literal["drop", "keep"]


def build_dataset(
    frame: pl.DataFrame,
    reading: Reading,
    *,
    name: str,
    source: str,
    has_columns: bool,
    min_rating: float | None,
    k_core: int | None,
    repeats: Repeats,
) -> Dataset:
    """Filters and numbers interactions, in the steps that ``load`` describes.

    Args:
      frame: columns user and item, and rating, time, nanosecond, title and split if there are any.
      source: what messages call the rows.
      has_columns: whether messages may advise to name other columns.

    Raises:
      InputError: ratings that need a threshold, or filters that leave too little.
    """
    counts, low = {"rows_read": frame.height}, frame.clear()
    if is_label(frame) and (min_rating is None or min_rating > 0):
        counts["label_zero"] = int((frame["rating"] == 0).sum())  # No interactions, whatever comes.
        frame = frame.filter(pl.col("rating") == 1)
    check_not_times(frame, source)
    if min_rating is None:
        check_scale(frame, source, has_columns)
    else:
        if "rating" not in frame.columns:
            hint = ", or name their column with --rating-column" if has_columns else ""
            raise InputError(
                f"min_rating={min_rating} but {source} has no ratings; leave it out{hint}"
            )
        low = frame.filter(pl.col("rating") < min_rating)
        frame = at_least(frame, min_rating, source)
        counts["below_min_rating"] = low.height
    before = frame.height
    whole = [name for name in frame.columns if name != "title"]
    if repeats == "drop" or "time" in frame.columns:  # Without times, equal rows may be repeats.
        frame = frame.unique(whole, keep="first", maintain_order=True)
    counts["duplicate_rows"] = before - frame.height
    first = first_of_pairs(frame)
    counts["repeated_pairs"] = frame.height - first.height
    frame = frame if repeats == "keep" else first
    if k_core:
        before = frame.height
        frame = in_core(frame, k_core, source)
        counts["dropped_by_k_core"] = before - frame.height
    low = low.join(frame, on=["user", "item"], how="anti", maintain_order="left")
    dataset = _number(frame, low, name, counts, repeats == "keep")
    return replace(dataset, reading=with_ids(reading, dataset.user_ids, dataset.item_ids))


def _number(
    frame: pl.DataFrame, low: pl.DataFrame, name: str, counts: dict[str, int], repeats: bool
) -> Dataset:
    user, user_ids = contiguous(frame["user"])
    item, item_ids = contiguous(frame["item"])
    for role, ids in (("user", user_ids), ("item", item_ids)):
        if len(ids) < 2:
            raise InputError(
                f"{name} has a single {role}, {ids[0]!r}, in {frame.height} interactions; "
                "a recommender needs two users and two items: give more data or filter less"
            )
    rating, time = (
        frame[column].to_numpy() if column in frame.columns else None
        for column in ("rating", "time")
    )
    return Dataset(
        name=name,
        interactions=Interactions(user, item, len(user_ids), len(item_ids), rating, time),
        user_ids=user_ids,
        item_ids=item_ids,
        titles=_titles(frame, item, item_ids) if "title" in frame.columns else None,
        given=frame["split"].to_numpy() if "split" in frame.columns else None,
        counts=counts,
        repeats=repeats,
        low_rated=_known_pairs(low, user_ids, item_ids) if low.height else None,
    )


def _known_pairs(frame: pl.DataFrame, user_ids: pl.Series, item_ids: pl.Series) -> Interactions:
    """Each pair once, of users and items that have an id."""
    for role, ids in (("user", user_ids), ("item", item_ids)):
        numbered = pl.DataFrame({role: ids}).with_row_index(f"{role}_row")
        frame = frame.join(numbered, on=role, how="inner", maintain_order="left")
    user, item = (frame[f"{role}_row"].to_numpy().astype(np.int32) for role in ("user", "item"))
    return Interactions(user, item, len(user_ids), len(item_ids)).unique_pairs()


def _titles(frame: pl.DataFrame, item: np.ndarray, item_ids: pl.Series) -> pl.Series:
    """The first title of every item; its id where the data has none."""
    titled = pl.DataFrame({"item": item, "title": frame["title"]}).filter(pl.col("title") != "")
    rows = pl.DataFrame({"item": np.arange(len(item_ids), dtype=np.int32)})
    titled = titled.unique("item", keep="first", maintain_order=True)
    titles = rows.join(titled, on="item", how="left", maintain_order="left")["title"]
    return titles.fill_null(item_ids.cast(pl.String))
