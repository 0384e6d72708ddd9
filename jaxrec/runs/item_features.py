"""From options to what is known of the items of a run."""

from typing import Any

import numpy as np
from jaxtyping import Int

from jaxrec import registry
from jaxrec.data import (
    Dataset,
    Interactions,
    ItemFeatures,
    fit_item_features,
    kinds_of,
    read_features,
)
from jaxrec.runs import log

Found = tuple[ItemFeatures | None, dict[str, Any]]
"""The features, and what reports say of them; None and nothing without any."""


def load_item_features(
    options: Any, dataset: Dataset, items: Int[np.ndarray, "I"], train: Interactions
) -> Found:
    """Features of ``--item-features`` or of the data set itself, for a model that reads them.

    Encoders are fitted on the items of ``train``. Lines of the log say what each column is.

    Args:
      items: old rows of the items, in the order of the run.
      train: the training slice by the rows of the run.

    Raises:
      InputError: a file that cannot be read, or columns that are no features.
    """
    if "features" not in registry.entry(options.model).reads:
        return None, {}
    frame, about = dataset.features.get("item"), {"origin": dataset.name}
    if options.item_features is not None:
        read = read_features(options.item_features, dataset)
        frame, about = read.frame, {"origin": read.origin} | dict(read.counts)
    if frame is None:
        return None, {}
    trained = np.bincount(train.item, minlength=train.n_items) > 0
    found = fit_item_features(frame[items], trained)
    kinds, missing = kinds_of(found.frame), found.encoded().missing()
    left_out = [name for name in frame.columns if name not in kinds]
    about |= {"columns": kinds, "missing": missing, "left_out": left_out}
    for line in _lines(about, len(items)):
        log.say(line)
    return found, about


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
    if about.get("unknown"):
        lines.append(f"{about['unknown']:,} rows are of items that the data lack, left out")
    return lines
