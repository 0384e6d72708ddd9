"""Vectors, categories and the caller's encoding of text as blocks of features; see ``scales``."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float, Int, Shaped

from jaxrec.base import InputError
from jaxrec.data.scales import Applied, finite

Encode = Callable[[list[str]], Any]
"""Texts to an array ``[n, d]``, such as a language model's."""


class Dense(NamedTuple):
    """The caller's own vectors."""

    width: Int[np.ndarray, ""]


class Encoded(NamedTuple):
    """Vectors that the caller's ``encode`` makes of texts."""

    width: Int[np.ndarray, ""]


class Category(NamedTuple):
    """The values kept, ascending."""

    value: Shaped[np.ndarray, "C"]


def fit_dense(cells: pl.Series) -> Dense:
    """Notes the width."""
    lengths = _vectors(cells).drop_nulls().list.len()
    if not len(lengths):
        raise InputError(f"column {cells.name!r} holds no vector; leave it out")
    return Dense(np.asarray(lengths[0]))


def apply_dense(fitted: Dense, cells: pl.Series) -> Applied:
    """The vectors as they are; one with a null or NaN in it is missing."""
    vectors, width = _vectors(cells), int(fitted.width)
    rows = vectors.is_not_null().to_numpy()
    lengths = vectors.list.len().to_numpy()[rows]
    if (lengths != width).any():
        found = lengths[lengths != width][0]
        raise InputError(
            f"column {cells.name!r} has a vector of {found:.0f} numbers where {width} "
            "are expected; give all items vectors of one width"
        )
    value = np.full((len(cells), width), np.nan)
    value[rows] = vectors.drop_nulls().explode().to_numpy().reshape(-1, width)
    return finite(cells.name, value)


def fit_encoded(cells: pl.Series, encode: Encode) -> Encoded:
    """Notes the width of what ``encode`` returns for the first text."""
    return Encoded(np.asarray(_encoded(cells.head(1), encode).shape[1]))


def apply_encoded(fitted: Encoded, cells: pl.Series, encode: Encode) -> Applied:
    """The vectors of ``encode``, called once with all texts; an empty text is missing."""
    value, width = _encoded(cells, encode), int(fitted.width)
    if value.shape[1] != width:
        raise InputError(
            f"encode returns {value.shape[1]} numbers for {cells.name!r} where {width} were "
            "fitted; give the encode of the fit"
        )
    value, known = finite(cells.name, value)
    known &= (cells.fill_null("").str.strip_chars() != "").to_numpy()
    return np.where(known[:, None], value, 0), known


def fit_category(cells: pl.Series, max_values: int) -> Category:
    """Keeps the most frequent values; of equally frequent ones the first in the alphabet."""
    counts = _values(cells).group_by("value").len().sort("len", "value", descending=[True, False])
    kept = counts["value"].head(max_values).sort().to_list()
    return Category(np.array(kept, dtype=np.str_))


def apply_category(fitted: Category, cells: pl.Series) -> Applied:
    """``1 / sqrt(n)`` at each of an item's ``n`` known values: rows of length 1, or one-hot."""
    known = pl.DataFrame({"value": pl.Series(fitted.value.tolist(), dtype=pl.String)})
    entry = _values(cells).join(known.with_row_index("column"), on="value")
    value = np.zeros((len(cells), len(fitted.value)))
    value[entry["row"].to_numpy(), entry["column"].to_numpy()] = 1
    n_values = value.sum(axis=1, keepdims=True)
    return value / np.sqrt(np.maximum(n_values, 1)), n_values[:, 0] > 0


def _vectors(cells: pl.Series) -> pl.Series:
    inner = getattr(cells.dtype, "inner", None)
    numbers = inner is not None and (inner.is_numeric() or inner in (pl.Boolean, pl.Null))
    if cells.dtype != pl.Null and not numbers:
        raise InputError(f"column {cells.name!r} holds {cells.dtype}, not vectors of numbers")
    return cells.cast(pl.List(pl.Float64))


def _values(cells: pl.Series) -> pl.DataFrame:
    """Columns row and value, an entry for each different value of each item."""
    pairs = pl.DataFrame({"value": cells}).with_row_index("row")
    if isinstance(cells.dtype, pl.List | pl.Array):
        pairs = pairs.explode("value")
    if pairs["value"].dtype.is_float():
        pairs = pairs.with_columns(pl.col("value").fill_nan(None))
    pairs = pairs.with_columns(pl.col("value").cast(pl.String)).drop_nulls()
    return pairs.filter(pl.col("value") != "").unique()


def _encoded(cells: pl.Series, encode: Encode) -> Float[np.ndarray, "n d"]:
    value = np.asarray(encode(cells.fill_null("").to_list()), np.float64)
    if value.ndim != 2 or len(value) != len(cells):
        raise InputError(
            f"encode returned an array of shape {value.shape} for {len(cells)} texts; "
            f"return [{len(cells)}, d]"
        )
    return value
