"""From a file or a name to a data set ready to split."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from jaxrec.base import InputError
from jaxrec.data.adjacency import PARTS, holds_tables, read_parts
from jaxrec.data.columns import GUESS, Columns, refuse_given
from jaxrec.data.filters import (
    at_least,
    check_not_times,
    check_scale,
    first_of_pairs,
    in_core,
    is_label,
)
from jaxrec.data.ids import contiguous
from jaxrec.data.interactions import Dataset, Interactions
from jaxrec.data.known import KNOWN, find_known
from jaxrec.data.reading import Reading, reading_of, with_ids
from jaxrec.data.tables import read_cells, typed


def load(
    source: str,
    *,
    data_dir: str | None = None,
    columns: Columns = GUESS,
    header: bool = True,
    min_rating: float | None = None,
    k_core: int | None = None,
    repeats: Literal["drop", "keep"] = "drop",
) -> Dataset:
    """Reads, filters and numbers interactions; ``counts`` tells what each step met.

    The steps, in this order: read; keep the ones of ratings that are all 0 or 1, of which a 0
    says "shown and not taken"; drop ratings below ``min_rating``; drop rows that repeat
    an earlier row in everything; of interactions that repeat a pair at another time or rating,
    keep the first in time (or in the file); keep the ``k_core``; number users and items.
    Where the data fixes its split, a row or pair repeats only within its part, so that
    what the test shares with train stays visible to ``leaks.check``.

    Args:
      source: the name of a known data set, or a path to a table or to a folder with train.txt
        and test.txt. A name wins; write ``./gowalla`` for a folder called like one.
      data_dir: where known data sets lie; by default what JAXREC_DATA names.
      columns, header: as ``read_table`` takes them; only of tables (``takes_columns``).
      min_rating: the least rating to keep. ``None`` takes the known data set's default, else
        no filter, if no rating is 0 or negative; 0 keeps all ratings that are not negative, and
        the zeros of labels.
      k_core: the least number of interactions of each user and item; ``None`` as above, 0
        for no filter.
      repeats: "keep" leaves repeated pairs in; without times also rows equal in everything.

    Raises:
      InputError: in one line, what is wrong with the source and how to repair it.
    """
    frame, reading = _read(source, data_dir, columns, header)
    if source in KNOWN:
        min_rating = KNOWN[source].min_rating if min_rating is None else min_rating
        k_core = KNOWN[source].k_core if k_core is None else k_core
    counts, low = {"rows_read": frame.height}, frame.clear()
    if is_label(frame) and (min_rating is None or min_rating > 0):
        counts["label_zero"] = int((frame["rating"] == 0).sum())  # No interactions, whatever comes.
        frame = frame.filter(pl.col("rating") == 1)
    check_not_times(frame, source)
    if min_rating is None:
        check_scale(frame, source, takes_columns(source))
    else:
        if "rating" not in frame.columns:
            hint = ", or name their column with --rating-column" if takes_columns(source) else ""
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
    dataset = _number(frame, low, Path(source).resolve().stem, counts, repeats == "keep")
    return replace(dataset, reading=with_ids(reading, dataset.user_ids, dataset.item_ids))


def takes_columns(source: str) -> bool:
    """Whether one may say which columns to read: of tables; not of known data sets, nor of lists.

    >>> takes_columns("clicks.csv"), takes_columns("gowalla")
    (True, False)
    """
    path = Path(source)
    return source not in KNOWN and not (path.is_dir() and not holds_tables(path))


def _read(
    source: str, data_dir: str | None, columns: Columns, header: bool
) -> tuple[pl.DataFrame, Reading]:
    path = Path(source)
    if source in KNOWN or not (path.exists() or path.suffix or len(path.parts) > 1):
        known, repair = find_known(source), "leave that out, or give the path of a table"
        refuse_given(columns, header, f"{source} is a known data set", repair)
        frame = known.load(data_dir)
        return frame, reading_of(frame)
    folder = path.is_dir()
    parts = read_parts(path, columns, header) if folder else [read_cells(path, columns, header)]
    frame, remarks = typed(parts)
    if folder and (rest := sorted(each.name for each in path.iterdir() if each.name not in PARTS)):
        remarks.append(f"not read: {', '.join(rest[:8])}{', ...' if len(rest) > 8 else ''}")
    return frame, reading_of(frame, parts[0].columns, parts[0].ignored, remarks)


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
