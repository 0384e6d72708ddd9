"""Features of items in a run folder, and the encoders that were fitted on those of training."""

from pathlib import Path

import polars as pl

from jaxrec.data import ItemFeatures, load_fitted, save_fitted
from jaxrec.runs.store.files import write_atomically

TABLE, FITTED = "features-item.parquet", "features-item.npz"


def write(folder: Path, features: ItemFeatures | None) -> list[str]:
    """Writes both files; returns their names, none without features."""
    if features is None:
        return []
    write_atomically(folder / TABLE, features.frame.write_parquet)
    save_fitted(folder / FITTED, features.fitted)
    return [TABLE, FITTED]


def read(folder: Path) -> ItemFeatures:
    """What ``write`` has written.

    Raises:
      OSError: the table is missing.
      InputError: the encoders are missing or broken.
    """
    return ItemFeatures(pl.read_parquet(folder / TABLE, glob=False), load_fitted(folder / FITTED))
