"""Which interactions to keep."""

import numpy as np
import polars as pl
from jaxtyping import Bool, Int32

from jaxrec.base import InputError
from jaxrec.data.ids import contiguous

EARLIEST = 10**8
"""Seconds of March 1973, as ``data.times`` tells dates from an order."""


def k_core(
    user: Int32[np.ndarray, "n"], item: Int32[np.ndarray, "n"], k: int
) -> Bool[np.ndarray, "n"]:
    """Marks the largest set in which every user and every item has at least k interactions.

    Drops users and items below k until none is left; a pass costs O(n) of what remains, and
    large data needs about ten. A repeated pair counts as often as it occurs.

    >>> k_core(np.array([0, 0, 1, 1, 2], np.int32), np.array([0, 1, 0, 1, 1], np.int32), 2)
    array([ True,  True,  True,  True, False])
    """
    if k < 0:
        raise InputError(f"k_core={k}; give the least number of interactions, 0 for no filter")
    kept = np.arange(len(user))
    while True:
        here = user[kept], item[kept]
        enough = [np.bincount(rows)[rows] >= k for rows in here]
        inside = enough[0] & enough[1]
        if inside.all():
            break
        kept = kept[inside]
    mask = np.zeros(len(user), bool)
    mask[kept] = True
    return mask


def is_label(frame: pl.DataFrame) -> bool:
    """Whether ratings are 0 and 1, both and nothing else: whether something was taken."""
    if "rating" not in frame.columns:
        return False
    rating = frame["rating"]
    return rating.min() == 0 and rating.max() == 1 and bool(((rating == 0) | (rating == 1)).all())


def check_not_times(frame: pl.DataFrame, source: str) -> None:
    """Refuses ratings that can only be times, as of a third column without a header."""
    if "rating" in frame.columns and "time" not in frame.columns:
        least = frame["rating"].min()
        if least is not None and least >= EARLIEST:  # type: ignore[operator]
            raise InputError(
                f"ratings of {source} begin at {least:g}: these look like times; name their column "
                "with --time-column, and --rating-column ''"
            )


def check_scale(frame: pl.DataFrame, source: str, takes_columns: bool) -> None:
    """Refuses ratings of 0 or below, for it takes a person to say whether these are likes."""
    low = frame["rating"] <= 0 if "rating" in frame.columns else pl.Series([], dtype=pl.Boolean)
    if low.any():
        least, greatest = frame["rating"].min(), frame["rating"].max()
        hint = "; --rating-column '' reads no ratings" if takes_columns else ""
        raise InputError(
            f"{int(low.sum()):,} of {frame.height:,} ratings of {source} are 0 or negative (they "
            f"go from {least:g} to {greatest:g}); say which count with --min-rating, 0 for all "
            f"that are not negative{hint}"
        )


def at_least(frame: pl.DataFrame, min_rating: float, source: str) -> pl.DataFrame:
    """Rows rated ``min_rating`` or more; refuses to leave none."""
    kept = frame.filter(pl.col("rating") >= min_rating)
    if not kept.height:
        top = frame["rating"].max()
        raise InputError(f"min_rating={min_rating} drops all rows of {source}; the top is {top}")
    return kept


def first_of_pairs(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per pair (and part of a given split): the first by time, else by position.

    Of labels a 1 comes before every 0: what was clicked once counts as clicked.
    """
    pair = [name for name in ("user", "item", "split") if name in frame.columns]
    if is_label(frame):
        frame = frame.filter(pl.col("rating") == pl.col("rating").max().over(pair))
    if "time" not in frame.columns:
        return frame.unique(pair, keep="first", maintain_order=True)
    ordered = frame.with_row_index("row").sort("time", maintain_order=True)
    return ordered.unique(pair, keep="first", maintain_order=True).sort("row").drop("row")


def in_core(frame: pl.DataFrame, k: int, source: str) -> pl.DataFrame:
    """Rows of the k-core; refuses to leave none, and to touch a given split."""
    if "split" in frame.columns:
        raise InputError(
            f"k_core={k} would change the split that {source} fixes; leave it out (0 for no filter)"
        )
    kept = frame.filter(k_core(contiguous(frame["user"])[0], contiguous(frame["item"])[0], k))
    if not kept.height:
        raise InputError(
            f"k_core={k} drops all {frame.height} interactions of {source}; lower k_core"
        )
    return kept
