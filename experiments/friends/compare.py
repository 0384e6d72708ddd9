"""MutualRec against every other method, by the same users."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl

from experiments.cross_domain.compare import Asked, compared

BASELINES = ("adamic_adar", "common_neighbors", "degree")
METRICS = ("recall@10", "ndcg@10")
AGAINST = {
    "items": ("mutualrec_items", "diffnet", "lightgcn", "mf"),
    "friends": ("mutualrec_friends", "lightgcn_links", *BASELINES),
}
"""What ``mutualrec`` is compared with."""


class Measured(NamedTuple):
    """A method on one seed: a row of the record, and metrics of every user by what is ranked."""

    row: dict[str, Any]
    per_user: dict[str, pl.DataFrame]


Runs = dict[str, list[Measured]]
"""By method and baseline, a seed each."""


def comparisons(runs: Runs) -> list[dict[str, Any]]:
    """Pairs by users, each user's mean over the seeds that measured them; Holm over all."""
    asked: list[Asked] = []
    for what, others in AGAINST.items():
        for against in (name for name in others if name in runs):
            both = [_over_seeds(runs[name], what) for name in (against, "mutualrec")]
            paired = both[0].join(both[1], on="user", suffix=" of mutualrec").sort("user")
            for metric in METRICS:
                name = {"ranked": what, "method": "mutualrec", "against": against}
                name |= {"metric": metric, "n_users": len(paired)}
                other, ours = paired[metric].to_numpy(), paired[f"{metric} of mutualrec"].to_numpy()
                asked.append((name, other, ours))
    return compared(asked)


def _over_seeds(runs: Sequence[Measured], what: str) -> pl.DataFrame:
    every = pl.concat(
        one.per_user[what].select(pl.col("user").cast(pl.String), *METRICS) for one in runs
    )
    return every.group_by("user").mean()
