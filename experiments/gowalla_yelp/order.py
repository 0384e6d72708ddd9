"""Is the published test slice a random part of each list, or its end?

``python -m experiments.gowalla_yelp.order``: how alike the test items of a user are to the items of
theirs in the training file, by the tenth of the list in which these stand; 1 is the user's mean.
Alike is the cosine of two items' users, ``a_i . a_j`` with ``a_i`` column i of ``D_U^-1/2 R
D_I^-1/2``. Items drawn at random from the list itself stand beside it. A random test slice would be
as flat as they are.
"""

import dataclasses

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from jaxrec.data import load, split
from jaxrec.graph import matrix


@dataclasses.dataclass(frozen=True)
class Config:
    """What is looked at."""

    data: tuple[str, ...] = ("gowalla", "yelp2018")
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    n_users: int = 3000
    """Users drawn among those with 20 training items or more."""
    seed: int = 0


def main(config: Config) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """How alike test items, and random ones, are to each tenth of a user's list."""
    table = Table(title="Alike to the items of each tenth of the list", title_justify="left")
    for name in ("", *(str(tenth) for tenth in range(1, 11))):
        table.add_column(name, justify="right" if name else "left")
    found = {}
    for data in config.data:
        found[data] = tenths(config, data)
        for name, row in zip(("test", "random"), found[data], strict=True):
            table.add_row(f"{data}, {name} items", *(f"{value:.2f}" for value in row))
    Console(width=100).print(table)
    return found


def tenths(config: Config, data: str) -> tuple[np.ndarray, np.ndarray]:
    """By tenth: likeness to the test items, and to a random fifth of the list itself."""
    parts = split(load(data, data_dir=config.data_dir), valid_fraction=0.0)
    likes = matrix(parts.train)
    users, items = (np.maximum(likes.sum(axis), 1) ** -0.5 for axis in (1, 0))
    columns = likes.multiply(users[:, None]).multiply(items[None]).tocsc()
    own, test = (_lists(part) for part in (parts.train, parts.test))
    rng = np.random.default_rng(config.seed)
    long = [user for user in rng.permutation(len(own)) if len(own[user]) >= 20 and len(test[user])]
    sums, counts = np.zeros((2, 10)), np.zeros((2, 10))
    for user in long[: config.n_users]:
        listed = own[user]
        held = rng.choice(len(listed), len(listed) // 5, replace=False)
        kept = np.setdiff1d(np.arange(len(listed)), held)
        for row, (asked, places) in enumerate(
            [(test[user], np.arange(len(listed))), (listed[held], kept)]
        ):
            alike = (columns[:, listed[places]].T @ columns[:, asked]).toarray()
            if row:  # Here the user has both items; in the other row none of the asked.
                alike -= users[user] ** 2 * np.outer(items[listed[places]], items[asked])
            alike = alike.mean(1)
            tenth = places * 10 // len(listed)
            np.add.at(sums[row], tenth, alike / max(alike.mean(), 1e-12))
            np.add.at(counts[row], tenth, 1)
    first, second = sums / np.maximum(counts, 1)
    return first, second


def _lists(part) -> list[np.ndarray]:
    order = part.by_time()
    ends = np.bincount(part.user, minlength=part.n_users).cumsum()[:-1]
    return np.split(part.item[order], ends)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))
