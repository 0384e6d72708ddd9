"""Histories cut at pauses, against a loop over sorted rows."""

import numpy as np
import polars as pl
import pytest

from jaxrec import Dataset, InputError
from jaxrec.data import cut_at_gaps, gap_seconds


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    user, item = rng.choice(["ann", "bob", "eve"], 60), rng.integers(5, size=60)
    return pl.DataFrame({"user": user, "item": item, "time": 10**9 + rng.integers(5000, size=60)})


def by_loop(frame, gap):
    """``{session: [(time, item), ...]}``."""
    found, last = {}, {}
    for user, item, time in frame.sort("time", maintain_order=True).rows():
        n, before = last.get(user, (0, -gap - 1))
        n += time - before > gap
        last[user] = n, time
        found.setdefault(f"{user}/{n}", []).append((time, item))
    return found


@pytest.mark.parametrize("gap", [60.0, 300.0, 1e6])
def test_a_session_begins_after_each_pause_that_is_longer(frame, gap):
    dataset = Dataset.from_frame(frame, repeats="keep")
    cut = cut_at_gaps(dataset, gap)
    names = cut.user_ids.gather(cut.interactions.user).to_list()
    items = cut.item_ids.gather(cut.interactions.item).to_list()
    found = {}
    for name, time, item in zip(names, cut.interactions.time.tolist(), items, strict=True):
        found.setdefault(name, []).append((time, item))
    expected = by_loop(frame.unique(maintain_order=True), gap)
    assert {name: sorted(rows) for name, rows in found.items()} == {
        name: sorted(rows) for name, rows in expected.items()
    }
    assert cut.counts["sessions"] == len(expected) == cut.interactions.n_users


def test_gaps_are_numbers_with_a_unit():
    texts = {"45s": 45, "30m": 1800, "1.5h": 5400, "2d": 172_800}
    assert {text: gap_seconds(text) for text in texts} == texts
    for wrong in ("30", "m", "0m", "-1h", "30 minutes", "1e3s", "nan s", ""):
        with pytest.raises(InputError, match="give a number above 0 and a unit, s, m, h or d: 30m"):
            gap_seconds(wrong)


def test_what_cannot_be_cut_is_refused(frame):
    with pytest.raises(InputError, match="--session-gap needs the times of interactions"):
        cut_at_gaps(Dataset.from_frame(frame.drop("time"), repeats="keep"), 60.0)
    with pytest.raises(InputError, match="read it with --repeats keep"):
        cut_at_gaps(Dataset.from_frame(frame), 60.0)
