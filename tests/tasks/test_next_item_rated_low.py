"""Next items where ratings are cut at a threshold: what was rated low is known, and not ranked."""

import numpy as np
import polars as pl
import pytest

import jaxrec
from jaxrec.runs.store.run_folder import read_data

N_ITEMS = 12


def popular_hits(frame, run, shown, repeats, k=3):
    """hit@k of popular items by loops, in expectation over ties."""
    stored = read_data(run.folder)
    popular = dict(stored.item_ids.gather(stored.split.train.item).value_counts().iter_rows())
    counts = {item: popular.get(item, 0) for item in stored.item_ids}
    rows = pl.read_parquet(run.folder / "per_user.parquet")
    for user, target, place in rows.select("user", "item", "place").iter_rows():
        own = frame.filter(user=user).sort("time")
        high = own.filter(pl.col("rating") >= 3)["item"].to_list()
        low = set(own.filter(pl.col("rating") < 3)["item"]) - set(high)
        seen = set([*dict.fromkeys(high)][:place]) if repeats == "drop" else set()
        ranked = counts.keys() - seen - (low if shown == "hide" else set())
        above = sum(counts[item] > counts[target] for item in ranked)
        ties = sum(counts[item] == counts[target] for item in ranked)
        yield np.clip((k - above) / ties, 0, 1)


@pytest.mark.parametrize("repeats", ["drop", "keep"])
def test_items_that_the_user_rated_low_are_not_ranked(repeats):
    rng = np.random.default_rng(3)
    user, item = np.divmod(rng.choice(30 * N_ITEMS, 500), N_ITEMS)
    frame = pl.DataFrame({"user": user, "item": item, "rating": rng.integers(1, 6, 500)})
    frame = frame.with_columns(time=pl.Series(rng.permutation(500)))
    data = jaxrec.Dataset.from_frame(frame, min_rating=3, repeats=repeats)
    found = {}
    for shown in ("hide", "show"):
        how = {"split": "latest", "low_rated": shown, "k": (3,), "select": "hit@3"}
        run = jaxrec.fit(data, "markov", **how)
        found[shown] = run.results["baselines"]["popularity"]["hit@3"]
        assert found[shown] == pytest.approx(np.mean([*popular_hits(frame, run, shown, repeats)]))
    assert found["hide"] > found["show"]
