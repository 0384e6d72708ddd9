"""The links between users of a run as tables, and back."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from jaxrec.data import Interactions, Split, concatenate
from jaxrec.tasks import FriendData
from jaxrec.tasks.friends import friend_data


def frames(data: FriendData) -> dict[str, pl.DataFrame]:
    """The tables to write, by name."""
    slices = data.split.train, data.split.valid, data.split.test
    links = concatenate(*slices)
    number = np.repeat(np.arange(3, dtype=np.int8), [len(part) for part in slices])
    ends = {"user": links.user, "friend": links.item, "slice": number}
    return {"links": pl.DataFrame(ends), "users": pl.DataFrame({"user": data.user_ids})}


def read(folder: Path, options: Any, about: dict[str, Any]) -> FriendData:
    """What ``frames`` has written.

    Raises:
      OSError: a file is missing.
      InputError: rows that are not there.
    """
    del about
    read_table = lambda name: pl.read_parquet(folder / f"{name}.parquet", glob=False)
    links, users = read_table("links"), read_table("users")
    ends = links["user"].to_numpy(), links["friend"].to_numpy()
    every, number = Interactions(*ends, len(users), len(users)), links["slice"].to_numpy()
    train, valid, test = (every.take(number == part) for part in range(3))
    return friend_data(Split(train, valid, test, options.split), users["user"])
