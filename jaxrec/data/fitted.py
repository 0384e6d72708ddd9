"""What was learned of features, as a file."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from jaxrec.base import InputError
from jaxrec.data.atomic import write_atomically
from jaxrec.data.encoders import Category, Dense, Encoded
from jaxrec.data.features import Fitted
from jaxrec.data.scales import Count, Number
from jaxrec.data.tfidf import Text


def save_fitted(path: str | Path, fitted: Fitted) -> None:
    """Writes arrays alone, as one ``.npz``, beside ``path``, and renames it into place.

    Raises:
      InputError: the place cannot be written; what stood at ``path`` is as it was.
    """
    arrays = {
        f"{name}/{type(learned).__name__}/{field}": array
        for name, learned in fitted.items()
        for field, array in learned._asdict().items()
    }

    def write(beside: Path) -> None:
        with beside.open("wb") as file:  # By its name alone, NumPy would add .npz to it.
            np.savez(file, **arrays)

    write_atomically(Path(path), write)


def load_fitted(path: str | Path) -> Fitted:
    """Reads what ``save_fitted`` wrote.

    Raises:
      InputError: the file is missing, broken or something else.
    """
    kinds = {kind.__name__: kind for kind in (Dense, Text, Encoded, Category, Number, Count)}
    found: dict[tuple[str, str], dict[str, np.ndarray]] = {}
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            for key in arrays.files:
                name, kind, field = key.rsplit("/", 2)
                found.setdefault((name, kind), {})[field] = arrays[key]
        return {name: kinds[kind](**fields) for (name, kind), fields in found.items()}
    # Of an empty, a broken, a pickled, another archive.
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise InputError(f"{path} holds no fitted features; fit them and save again") from error
