"""A data set in a folder, in the caller's words, and read again as it was.

=============================  =================================================================
dataset.json                   name, counts, what was read, and of every relation its types
users.parquet, items.parquet   ids in the order of rows; titles of items
interactions.parquet           user, item, and rating, time and split where they are known
low_rated.parquet              pairs that a rating filter dropped
entities/TYPE.parquet          ids of other entities in the order of rows
relations/NAME.parquet         source, target, and kind, weight and split where they are known
features/TYPE.parquet          an id and what is known of it
=============================  =================================================================

The last three are made by ``side_files``.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from jaxrec.base import InputError
from jaxrec.data.atomic import fill_atomically
from jaxrec.data.dataset import Dataset
from jaxrec.data.ids import rows_of
from jaxrec.data.interactions import Interactions
from jaxrec.data.reading import Reading
from jaxrec.data.side_files import side_about, side_frames, with_side

FORMAT = 1
"""Of dataset.json; raised when a folder of before has to be read otherwise."""


def write_dataset(folder: str | Path, dataset: Dataset) -> None:
    """Writes a data set with its relations and features to a new or empty folder, whole or not.

    Raises:
      InputError: the folder holds something, or cannot be written.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is no empty folder; choose another place")
    frames = _frames(dataset) | side_frames(dataset)
    text = json.dumps(_about(dataset) | side_about(dataset), indent=2) + "\n"

    def fill(place: Path) -> None:
        for name, frame in frames.items():
            path = place / f"{name}.parquet"
            path.parent.mkdir(exist_ok=True)
            frame.write_parquet(path)
        (place / "dataset.json").write_text(text, "utf-8")

    fill_atomically(folder, fill)


def read_dataset(folder: str | Path) -> Dataset:
    """The data set that ``write_dataset`` has written, equal in everything.

    Raises:
      InputError: a file is missing or broken.
    """
    folder = Path(folder)
    read = lambda name: pl.read_parquet(folder / f"{name}.parquet", glob=False)
    try:
        about = json.loads((folder / "dataset.json").read_text("utf-8"))
        if about["format"] != FORMAT:
            raise InputError(f"its format is {about['format']}, {FORMAT} is read")
        users, items = read("users")["user"], read("items")
        titles = items["title"] if "title" in items.columns else None
        ids, rows = (users, items["item"]), read("interactions")
        dataset = Dataset(
            name=about["name"],
            interactions=_interactions(rows, *ids),
            user_ids=ids[0],
            item_ids=ids[1],
            titles=titles,
            given=rows["split"].to_numpy() if "split" in rows.columns else None,
            counts=about["counts"],
            repeats=about["repeats"],
            low_rated=_interactions(read("low_rated"), *ids) if about["low_rated"] else None,
            reading=None if about["reading"] is None else _reading(about["reading"]),
        )
        return with_side(dataset, about, read)
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        why = str(error).splitlines()[0]
        raise InputError(f"{folder} holds no whole data set ({why}); write it again") from error


def _frames(dataset: Dataset) -> dict[str, pl.DataFrame]:
    items = pl.DataFrame({"item": dataset.item_ids})
    if dataset.titles is not None:
        items = items.with_columns(title=dataset.titles)
    rows = _pairs(dataset.interactions, dataset)
    if dataset.given is not None:
        rows = rows.with_columns(split=dataset.given)
    low = dataset.low_rated
    return {
        "users": pl.DataFrame({"user": dataset.user_ids}),
        "items": items,
        "interactions": rows,
    } | ({} if low is None else {"low_rated": _pairs(low, dataset)})


def _pairs(interactions: Interactions, dataset: Dataset) -> pl.DataFrame:
    known = {"rating": interactions.rating, "time": interactions.time}
    return pl.DataFrame(
        {
            "user": dataset.user_ids.gather(interactions.user),
            "item": dataset.item_ids.gather(interactions.item),
        }
        | {name: column for name, column in known.items() if column is not None}
    )


def _interactions(rows: pl.DataFrame, user_ids: pl.Series, item_ids: pl.Series) -> Interactions:
    known = {name: rows[name].to_numpy() for name in ("rating", "time") if name in rows.columns}
    user, item = rows_of(user_ids, rows["user"]), rows_of(item_ids, rows["item"])
    return Interactions(user, item, len(user_ids), len(item_ids), **known)


def _about(dataset: Dataset) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": dataset.name,
        "repeats": dataset.repeats,
        "low_rated": dataset.low_rated is not None,
        "counts": dataset.counts,
        "reading": None if dataset.reading is None else asdict(dataset.reading),
    }


def _reading(about: dict[str, Any]) -> Reading:
    """JSON has lists where a ``Reading`` has tuples."""
    tuples: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in about.items()}
    return Reading(**tuples)
