"""A table of item features from what is known of items: vectors, text, categories, numbers, counts.

``fit_features`` learns vocabularies, bases and scales; ``apply_features`` uses them, on the same
items or on others, so that an item that came later gets features of the same meaning. A column is

=========  ===========================  ==========================================================
kind       cells                        features
=========  ===========================  ==========================================================
dense      vectors                      as they are
text       strings                      TF-IDF and a truncated SVD, or the caller's ``encode``
category   values or lists of values    ``1 / sqrt(n)`` at each of the ``n`` values of an item
number     numbers                      less the mean, over the standard deviation
count      numbers, 0 or more           ``log(1 + count)``, then as a number: a degree
=========  ===========================  ==========================================================

An item may lack any of them: a null or NaN (in a vector: anywhere), a text without a known word,
no known category, or the whole column in a later table. Its features of that column are then 0,
which is the mean of numbers and counts, and ``Features.known`` is False there. An unseen item's
degree is such a case: leave it out rather than write 0, which says that nobody wants the item.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Float32

from jaxrec.base import InputError
from jaxrec.data import encoders, scales
from jaxrec.data.encoders import Category, Dense, Encode, Encoded
from jaxrec.data.scales import Applied, Count, Number
from jaxrec.data.tfidf import Text, apply_text, fit_text

Fitted = dict[str, Dense | Text | Encoded | Category | Number | Count]
"""By column, what was learned of it: arrays alone, which ``fitted.save_fitted`` writes."""


class Features(NamedTuple):
    """Features of items, and where there are none.

    Attributes:
      value: columns side by side; 0 where an item lacks one.
      known: False there; appended to ``value``, it is a mask that a model can read.
      blocks: by column, its part of ``value``.
    """

    value: Float32[np.ndarray, "n d"]
    known: Bool[np.ndarray, "n c"]
    blocks: dict[str, slice]

    def missing(self) -> dict[str, int]:
        """By column, how many items lack it."""
        return dict(zip(self.blocks, (~self.known).sum(axis=0).tolist(), strict=True))


def fit_features(
    items: pl.DataFrame,
    *,
    dense: Sequence[str] = (),
    text: Sequence[str] = (),
    category: Sequence[str] = (),
    number: Sequence[str] = (),
    count: Sequence[str] = (),
    text_dim: int = 64,
    max_values: int = 1000,
    encode: Encode | None = None,
) -> Fitted:
    """Learns from a row an item; names columns by their kind, features follow in that order.

    Fit on the items of training alone: what is held out must not shape vocabulary or scale.

    Args:
      text_dim: width of each text column, or the rank of its texts if less.
      max_values: values kept of each category column, the most frequent.
      encode: makes vectors of text instead of TF-IDF; it is not kept, so ``apply_features`` wants
        it again.

    Raises:
      InputError: no column, a column that is not there, twice named, or not of its kind.
    """
    fits = {
        "dense": (dense, encoders.fit_dense),
        "text": (text, lambda cells: _fit_text(cells, text_dim, encode)),
        "category": (category, lambda cells: encoders.fit_category(cells, max_values)),
        "number": (number, scales.fit_number),
        "count": (count, scales.fit_count),
    }
    named = [name for names, _ in fits.values() for name in names]
    if not named or not items.height:
        raise InputError(
            f"{len(named)} columns of {items.height} items make no features; "
            "name a column, as in text=['title'], and give an item"
        )
    for kind, (names, _) in fits.items():
        for name in names:
            if name not in items.columns:
                there = ", ".join(items.columns)
                raise InputError(f"no column {name!r} for {kind}; the table has {there}")
            if named.count(name) > 1:
                raise InputError(f"column {name!r} is named twice; name it for one kind")
    return {name: fit(items[name]) for names, fit in fits.values() for name in names}


def apply_features(
    fitted: Fitted, items: pl.DataFrame, *, encode: Encode | None = None
) -> Features:
    """Features of these items, a row each, by what was learned; other columns are not read.

    >>> years = pl.DataFrame({"year": [1990.0, 2000.0]})
    >>> fitted = fit_features(years, number=["year"])
    >>> apply_features(fitted, pl.DataFrame({"year": [2005.0, None]})).value.tolist()
    [[2.0], [0.0]]

    Raises:
      InputError: none of the fitted columns is there, a column is not as it was fitted, or
        ``encode`` is wanted and not given.
    """
    if not any(name in items.columns for name in fitted):
        raise InputError(
            f"the table has none of the columns {', '.join(fitted)} that were fitted; "
            f"it has {', '.join(items.columns)}"
        )
    blocks, values, known, start = {}, [], [], 0
    for name, learned in fitted.items():
        absent = pl.Series(name, [None] * items.height, dtype=pl.Null)
        cells = items[name] if name in items.columns else absent
        value, has = _apply(learned, cells, encode)
        blocks[name] = slice(start, start := start + value.shape[1])
        values.append(value.astype(np.float32))
        known.append(has)
    return Features(np.concatenate(values, axis=1), np.stack(known, axis=1), blocks)


def _fit_text(cells: pl.Series, dim: int, encode: Encode | None) -> Text | Encoded:
    cells = _strings(cells)
    return fit_text(cells, dim) if encode is None else encoders.fit_encoded(cells, encode)


def _apply(learned, cells: pl.Series, encode: Encode | None) -> Applied:
    if isinstance(learned, Text):
        value = apply_text(learned, _strings(cells))
        return value, np.any(value, axis=1)
    if isinstance(learned, Encoded):
        if encode is None:
            raise InputError(f"{cells.name!r} was fitted with an encode; give it again")
        return encoders.apply_encoded(learned, _strings(cells), encode)
    applies = {
        Dense: encoders.apply_dense,
        Category: encoders.apply_category,
        Number: scales.apply_number,
        Count: scales.apply_count,
    }
    return applies[type(learned)](learned, cells)


def _strings(cells: pl.Series) -> pl.Series:
    if cells.dtype == pl.String or cells.dtype == pl.Null:
        return cells.cast(pl.String)
    raise InputError(f"column {cells.name!r} holds {cells.dtype}, not text; cast it to String")
