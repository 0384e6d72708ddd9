"""From options to what is known of the items of a run."""

from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Bool, Int

from jaxrec import registry
from jaxrec.base import InputError
from jaxrec.data import (
    Dataset,
    Interactions,
    ItemFeatures,
    fit_item_features,
    fit_text,
    kinds_of,
    read_features,
)
from jaxrec.runs import log

TITLE_DIM, TITLE_PARTS = 256, (3, 5)
"""Width of titles as vectors, and letters of the parts of words that they are made of."""
Found = tuple[ItemFeatures | None, dict[str, Any]]
"""The features, and what reports say of them; None and nothing without any."""


def load_item_features(
    options: Any, dataset: Dataset, items: Int[np.ndarray, "I"], shown: Interactions
) -> Found:
    """Features of ``--item-features`` or of the data set itself, for a model that reads them.

    Encoders are fitted on the items of ``shown``. Lines of the log say what each column is.

    Args:
      items: old rows of the items, in the order of the run.
      shown: the training slice by the rows of the run, with its rows of label 0.

    Raises:
      InputError: a file that cannot be read, or columns that are no features.
    """
    reads = registry.entry(options.model).reads
    if "features" not in reads:
        return None, {}
    frame, about = dataset.features.get("item"), {"origin": dataset.name}
    if options.item_features is not None:
        read = read_features(options.item_features, dataset)
        frame, about = read.frame, {"origin": read.origin} | dict(read.counts)
    if "titles" in reads:
        frame = with_titles(frame, dataset, str(about["origin"]))
    if frame is None:
        return None, {}
    trained = np.bincount(shown.item, minlength=shown.n_items) > 0
    found = fit_item_features(frame[items], trained)
    if "titles" in reads and "title" in found.frame.columns:
        titles = frame[items]["title"]
        found = with_parts_of_words(found, titles, trained)
        about |= {"without_title": titles.null_count()}
    kinds, missing = kinds_of(found.frame), found.encoded().missing()
    left_out = [name for name in frame.columns if name not in kinds]
    about |= {"columns": kinds, "missing": missing, "left_out": left_out}
    for line in _lines(about, len(items)):
        log.say(line)
    return found, about


def with_titles(frame: pl.DataFrame | None, dataset: Dataset, origin: str) -> pl.DataFrame | None:
    """The table with a column of titles: its own, or else that of the interactions.

    Raises:
      InputError: there are neither titles nor vectors in their place.
    """
    if frame is not None and "title" in frame.columns:
        return frame
    if dataset.titles is not None:
        titles = pl.DataFrame({"title": dataset.titles.cast(pl.String)})
        return titles if frame is None else frame.hstack(titles)
    kinds = {} if frame is None else kinds_of(frame)
    if "dense" in kinds.values():
        return frame
    has = "nothing" if frame is None else ", ".join(frame.columns)
    raise InputError(
        f"{origin} has {has} known of its items, and no column title; give --item-features FILE "
        "with columns item and title, or with vectors, or a column of titles (--title-column)"
    )


def with_parts_of_words(
    found: ItemFeatures, titles: pl.Series, trained: Bool[np.ndarray, "I"]
) -> ItemFeatures:
    """Features whose titles are weighed by parts of words, which relate forms and compounds."""
    titles = titles.cast(pl.String)
    text = fit_text(titles.filter(pl.Series(trained)), TITLE_DIM, grams=TITLE_PARTS)
    frame = found.frame.with_columns(title=titles)
    return ItemFeatures(frame, found.fitted | {"title": text})


def named_by(titles: pl.Series, ids: pl.Series) -> pl.Series | None:
    """Titles of items, and their ids where they have none; None of what are no texts."""
    if titles.dtype != pl.String:
        return None
    return titles.to_frame().select(pl.coalesce("title", ids.cast(pl.String)))["title"]


def _lines(about: dict[str, Any], n_items: int) -> list[str]:
    columns = [
        f"{name} ({kind}{f', {missing:,} missing' if (missing := about['missing'][name]) else ''})"
        for name, kind in about["columns"].items()
    ]
    lines = [f"{about['origin']}: features of {n_items:,} items, {', '.join(columns)}"]
    if about["left_out"]:
        lines.append(f"{', '.join(about['left_out'])}: empty for all items of training, left out")
    if about.get("without_row"):
        lines.append(f"{about['without_row']:,} items of the data have no row in {about['origin']}")
    if about.get("without_title"):
        lines.append(
            f"{about['without_title']:,} of {n_items:,} items have no title: the model reads no "
            "words of them, and lists show their ids"
        )
    if about.get("unknown"):
        lines.append(f"{about['unknown']:,} rows are of items that the data lack, left out")
    return lines
