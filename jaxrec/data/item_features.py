"""Features of the items of a run: what is known of each, and what was learned of the columns."""

from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Float32

from jaxrec.base import InputError
from jaxrec.data.columns import key
from jaxrec.data.features import Features, Fitted, apply_features, fit_features


class ItemFeatures(NamedTuple):
    """What is known of items, a row each, and the encoders fitted on those of training."""

    frame: pl.DataFrame
    fitted: Fitted

    def encoded(self) -> Features:
        """Features by the fitted encoders."""
        return apply_features(self.fitted, self.frame)

    def matrix(self) -> Float32[np.ndarray, "I d"]:
        """Features, then a column of 0 and 1 for each column of the table: whether it is known."""
        found = self.encoded()
        return np.concatenate([found.value, found.known.astype(np.float32)], axis=1)


def fit_item_features(frame: pl.DataFrame, trained: Bool[np.ndarray, "I"]) -> ItemFeatures:
    """Fits encoders on the items of training, each column by its kind (``kinds_of``).

    Columns of which no item of training has a value are left out.

    Raises:
      InputError: no column has any, or one is of no kind.
    """
    shown = frame.filter(pl.Series(trained))
    empty = [name for name in frame.columns if shown[name].null_count() == shown.height]
    kept = frame.drop(empty)
    if not kept.width:
        raise InputError(
            f"nothing is known of any item of training: {', '.join(empty)} are empty there; give "
            "features of the same items"
        )
    kept = kept.select(_split(cells) for cells in kept)
    kinds = kinds_of(kept)
    named = lambda kind: [name for name, own in kinds.items() if own == kind]
    fitted = fit_features(
        kept.filter(pl.Series(trained)),
        dense=named("dense"),
        text=named("text"),
        category=named("category"),
        number=named("number"),
    )
    return ItemFeatures(kept, {name: fitted[name] for name in kept.columns})


def kinds_of(frame: pl.DataFrame) -> dict[str, str]:
    """By column, its kind in ``fit_features``: "dense", "category", "number" or "text".

    Lists of numbers are vectors (whole numbers where all lists have one width), other lists
    categories. Text is a category where values return (half of the known ones or less are
    different), and else text. Numbers, true and false are numbers, but whole numbers of a column
    whose name ends in id are categories.

    >>> items = {"price": [1.0, 2.0], "title": ["green tea", "ale"], "shop": ["a", "a"]}
    >>> kinds_of(pl.DataFrame(items | {"vector": [[0.1, 0.2], [0.3, 0.4]]}))
    {'price': 'number', 'title': 'text', 'shop': 'category', 'vector': 'dense'}

    Raises:
      InputError: a column of another type.
    """
    return {cells.name: _kind(cells) for cells in frame}


def _kind(cells: pl.Series) -> str:
    kind = cells.dtype
    if isinstance(kind, pl.List | pl.Array):
        widths = cells.drop_nulls().cast(pl.List(kind.inner)).list.len().n_unique()
        is_vector = kind.inner.is_float() or kind.inner.is_numeric() and widths == 1
        return "dense" if is_vector else "category"
    if kind.is_integer() and key(cells.name).endswith("id"):
        return "category"
    if kind.is_numeric() or kind == pl.Boolean:
        return "number"
    if kind == pl.String:
        known = cells.drop_nulls()
        return "category" if 2 * known.n_unique() <= len(known) else "text"
    raise InputError(
        f"column {cells.name!r} holds {kind}, which no features are made of; give numbers, text, "
        "lists of words, or vectors as lists of numbers"
    )


def _split(cells: pl.Series) -> pl.Series:
    """Lists of words where text has bars between them, as in Comedy|Drama."""
    if cells.dtype == pl.String and cells.str.contains("|", literal=True).any():
        return cells.str.split("|")
    return cells
