"""A synthetic file of interactions of any size: long-tailed items, users with tastes.

``python -m benchmarks.clicks clicks.parquet`` writes 5 million rows of 200,000 users and 50,000
items. An item belongs to one of the topics and is drawn by a power law of its place among all; a
user draws most items from a few topics of their own and the others from all, so that items of a
topic are neighbors. Repeated pairs are drawn again or dropped.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import polars as pl
import tyro
from tyro.conf import Positional

from jaxrec.base import InputError
from jaxrec.data import Interactions
from jaxrec.start import refusals_in_one_line

TOPICS_OF_USER = 3
WRITERS = {".parquet": pl.DataFrame.write_parquet, ".csv": pl.DataFrame.write_csv}


@dataclasses.dataclass(frozen=True)
class Options:
    """What to write, and where."""

    out: Positional[str]
    """File to write, .parquet or .csv."""
    users: int = 200_000
    """Users."""
    items: int = 50_000
    """Items."""
    rows: int = 5_000_000
    """Interactions drawn; pairs drawn twice count once."""
    topics: int = 500
    """Topics that items belong to."""
    loyalty: float = 0.7
    """Share of a user's interactions that are drawn from topics of their own."""
    power: float = 0.8
    """Exponent of the power law of items and of users' activity."""
    seed: int = 0
    """Seed of all that is random."""


def main(options: Options) -> None:
    """Writes the file."""
    path = Path(options.out)
    if path.suffix not in WRITERS:
        raise InputError(f"--out {path} ends in none of {', '.join(WRITERS)}; give one of them")
    made = clicks(options)
    WRITERS[path.suffix](pl.DataFrame({"user": made.user, "item": made.item}), path)
    print(f"{len(made):,} rows, {made.n_users:,} users, {made.n_items:,} items -> {path}")


def clicks(options: Options) -> Interactions:
    """The interactions, each pair of user and item once, in an order of chance."""
    rng = np.random.default_rng(options.seed)
    n_topics = min(options.topics, options.items)
    topic = rng.integers(n_topics, size=options.items)
    popularity = (1.0 + rng.permutation(options.items)) ** -options.power
    activity = (1.0 + rng.permutation(options.users)) ** (-options.power / 2)
    own = rng.choice(n_topics, size=(options.users, TOPICS_OF_USER), p=_shares(rng, n_topics))

    by_topic = np.argsort(topic, kind="stable")
    mass = np.append(0, np.cumsum(popularity[by_topic]))
    first, last = (mass[np.searchsorted(topic[by_topic], np.arange(n_topics), s)] for s in _SIDES)
    keys = np.zeros(0, np.int64)
    while len(keys) < options.rows:
        n = options.rows - len(keys) + options.rows // 50
        user = rng.choice(options.users, size=n, p=activity / activity.sum())
        chosen = own[user, rng.integers(TOPICS_OF_USER, size=n)]
        at_home = rng.random(n) < options.loyalty
        low = np.where(at_home, first[chosen], 0)
        high = np.where(at_home, last[chosen], mass[-1])
        drawn = np.searchsorted(mass, low + (high - low) * rng.random(n), side="right") - 1
        item = by_topic[np.minimum(drawn, options.items - 1)]
        keys = np.unique(np.append(keys, user * np.int64(options.items) + item))
    keys = rng.permutation(keys)[: options.rows]
    user, item = (part.astype(np.int32) for part in np.divmod(keys, options.items))
    return Interactions(user, item, options.users, options.items)


_SIDES = "left", "right"


def _shares(rng: np.random.Generator, n_topics: int) -> np.ndarray:
    shares = (1.0 + rng.permutation(n_topics)) ** -0.5
    return shares / shares.sum()


if __name__ == "__main__":
    with refusals_in_one_line(Path(sys.argv[0]).stem):
        main(tyro.cli(Options, description=__doc__))
