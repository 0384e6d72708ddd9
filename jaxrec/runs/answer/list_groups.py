"""Whom and what the lists of a run serve: users by activity, items by popularity, examples."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int

from jaxrec.evaluate import item_counts
from jaxrec.runs.answer.answers import recommendations
from jaxrec.runs.answer.serving import Served, read_run
from jaxrec.runs.store import run_folder

N_GROUPS, N_EXAMPLES, N_HISTORY = 4, 3, 5


class ListGroups(NamedTuple):
    """The lists of a run on ranking, by group and by example.

    Attributes:
      k: their length.
      activity: a row a group of test users: least and most training interactions, users, recall.
      popularity: a row a group of items: least and most training interactions, items, test pairs,
        recall of these pairs together, and the group's share of all places in lists.
      examples: a row a list: user, what the user has, what was held out, and the list, of which
        what was held out is marked; items by title where they have one.
    """

    k: int
    activity: pl.DataFrame
    popularity: pl.DataFrame
    examples: pl.DataFrame


def quantile_edges(counts: Int[np.ndarray, "n"], n_groups: int) -> Float[np.ndarray, "n-1"]:
    """Where ``counts`` are cut into about equally large groups; equal counts stay together."""
    return np.quantile(counts, np.arange(1, n_groups) / n_groups)


def by_quantile(counts: Int[np.ndarray, "n"], n_groups: int) -> list[Bool[np.ndarray, "n"]]:
    """Masks of about equally large groups, by ascending count; equal counts stay together.

    >>> [group.nonzero()[0].tolist() for group in by_quantile(np.array([9, 1, 5, 1]), 2)]
    [[1, 3], [0, 2]]
    """
    if n_groups == 0:
        return []
    number = np.searchsorted(quantile_edges(counts, n_groups), counts)
    return [number == group for group in np.unique(number)]


def list_groups(folder: Path) -> ListGroups:
    """Lists of all users that the test slice measured, by the model that it measured.

    Raises:
      InputError: files of the run that do not fit together.
    """
    options = run_folder.read_config(folder)[0]
    served = read_run(folder, fit_all=False).encoded()  # Not what learned from the test slice.
    measured = pl.read_parquet(folder / "per_user.parquet", glob=False)
    data, k = served.data, list_length(options)
    shown = recommendations(served, measured["user"], k, hide="train")
    train = _pairs(data, data.split.train)
    test = _pairs(data, data.split.test).join(measured.select("user"), on="user", how="semi")
    found = shown.select("user", "item").with_columns(found=True)
    test = test.join(found, on=["user", "item"], how="left").with_columns(
        pl.col("found").fill_null(False)
    )
    return ListGroups(
        k,
        _activity(measured.select("user", recall=pl.col(f"recall@{k}")), served),
        _popularity(test, shown, served),
        _examples(shown, train, test, served),
    )


def list_length(options: Any) -> int:
    """The k of the metric that a run is selected by; else its longest."""
    _, _, k = options.select.partition("@")
    return int(k) if k else max(options.k)


def _pairs(data: Any, part: Any) -> pl.DataFrame:
    ids = {"user": data.user_ids.gather(part.user), "item": data.item_ids.gather(part.item)}
    return pl.DataFrame(ids).unique(maintain_order=True)


def _activity(measured: pl.DataFrame, served: Served) -> pl.DataFrame:
    """Repeats count, as they do for items."""
    users = served.data.user_ids.gather(served.data.split.train.user)
    counts = pl.DataFrame({"user": users}).group_by("user").len("n")
    table = measured.join(counts, on="user", how="left", maintain_order="left")
    n, recall = table["n"].fill_null(0).to_numpy().astype(np.int64), table["recall"].to_numpy()
    return pl.DataFrame(
        [
            {
                "least": int(n[group].min()),
                "most": int(n[group].max()),
                "users": int(group.sum()),
                "recall": float(recall[group].mean(dtype=np.float64)),
            }
            for group in by_quantile(n, N_GROUPS)
        ]
    )


def _popularity(test: pl.DataFrame, shown: pl.DataFrame, served: Served) -> pl.DataFrame:
    """Groups hold about as many test pairs each."""
    ids = served.data.item_ids
    counts = item_counts(served.data.split.train).astype(np.int64)
    by_item = pl.DataFrame({"item": ids, "n": counts})
    of_test = test.join(by_item, on="item", how="left", maintain_order="left")
    edges = quantile_edges(of_test["n"].to_numpy(), N_GROUPS)
    place = lambda n: np.searchsorted(edges, n)
    of_shown = shown.join(by_item, on="item", how="left", maintain_order="left")["n"].to_numpy()
    hit, test_group, item_group = of_test["found"].to_numpy(), place(of_test["n"]), place(counts)
    return pl.DataFrame(
        [
            {
                "least": int(counts[item_group == group].min()),
                "most": int(counts[item_group == group].max()),
                "items": int(np.sum(item_group == group)),
                "pairs": int(np.sum(test_group == group)),
                "recall": float(np.mean(hit[test_group == group])),
                "shown": float(np.mean(place(of_shown) == group)),
            }
            for group in np.unique(test_group)
        ]
    )


def _examples(
    shown: pl.DataFrame, train: pl.DataFrame, test: pl.DataFrame, served: Served
) -> pl.DataFrame:
    """Lists of the first test users by id."""
    data = served.data
    titles = data.item_ids if data.titles is None else data.titles
    names = pl.DataFrame({"item": data.item_ids, "name": titles.cast(pl.String)})
    rows = []
    for user in test["user"].unique().sort().head(N_EXAMPLES):
        has, held, listed = (
            frame.filter(pl.col("user") == user).join(
                names, on="item", how="left", maintain_order="left"
            )
            for frame in (train, test, shown)
        )
        rows.append(
            {
                "user": str(user),
                "has": has["name"].tail(N_HISTORY).to_list(),
                "n_has": len(has),
                "held_out": held["name"].to_list(),
                "list": listed["name"].to_list(),
                "hit": listed["item"].is_in(held["item"].to_list()).to_list(),
            }
        )
    return pl.DataFrame(rows)
