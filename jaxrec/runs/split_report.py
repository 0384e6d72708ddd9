"""What a run says of its slices: which is the test, and what it holds."""

import numpy as np

from jaxrec import registry
from jaxrec.data import (
    Dataset,
    Split,
    concatenate,
    has_labels,
    takes_columns,
)
from jaxrec.graph import ratings
from jaxrec.runs.options import RunOptions


def split_line(dataset: Dataset, parts: Split, options: RunOptions) -> str:
    """Which slice is the test, and why where ``options`` leave that open."""
    share, time = f"{100 * options.test_fraction:g} %", dataset.interactions.time is not None
    n_rows = len(parts.train) + len(parts.valid) + len(parts.test)
    at_cut = round(n_rows * options.test_fraction) - len(parts.test)  # One moment has one slice.
    order = "by time" if time else "by place in the file"
    what = {
        "given": "the data's own",
        "random": f"a random {share} of each user's interactions",
        "rows": f"a random {share} of all interactions",
        "users": f"{share} of users, {'the last by time' if time else 'drawn at random'}",
        "latest": f"each user's latest {share}, {order}",
        "leave_one_out": f"each user's last interaction, {order}",
        "time": f"the newest {share} of all interactions"
        + (f", less {at_cut:,} of the moment of the cut" if at_cut else ""),
    }[parts.method]
    column = "; --time-column names their column" if takes_columns(options.data) else ""
    why = {
        "given": " (--split random draws another)",
        "random": f" (no times are known{column})",
        "latest": " (times are known; --split random ignores them)",
    }
    valid = options.valid if len(parts.valid) else ""
    drawn = {"random", "rows"} & {parts.method, valid} or parts.method == "given"
    drawn = drawn or registry.task_of(options).labels
    unread = {
        "--split-seed": bool(options.split_seed) and not drawn,
        "--test-fraction": options.test_fraction != RunOptions.test_fraction
        and parts.method in ("given", "leave_one_out"),
        "--valid": options.valid != "auto" and not len(parts.valid) and parts.method != "given",
    }
    named = [flag for flag, idle in unread.items() if idle]
    idle = "".join(f"; {flag} changes nothing" for flag in named)
    return f"split: {what}{why.get(parts.method, '') if options.split == 'auto' else ''}{idle}"


def label_lines(dataset: Dataset, parts: Split) -> list[str]:
    """A line on how many rows have which label, and where those of 0 come from."""
    label = ratings(concatenate(parts.train, parts.valid, parts.test)).rating
    n_positive, n_negative = int(np.sum(label == 1)), int(np.sum(label == 0))
    if has_labels(dataset.interactions):
        return [f"labels: {n_positive:,} of 1 and {n_negative:,} of 0"]
    return [
        f"labels: all {n_positive:,} interactions are of label 1; of label 0 are {n_negative:,} "
        "pairs of users with other items, drawn once by --split-seed"
    ]


def given_lines(dataset: Dataset, parts: Split) -> list[str]:
    """A line where the data have a validation slice of their own, which options do not cut."""
    if parts.method != "given" or dataset.given is None or not np.any(dataset.given == 1):
        return []
    own = f"the data's own {int(np.sum(dataset.given == 1)):,} pairs"
    if not len(parts.valid):
        return [f"validation: none; {own} are learned from (--valid-fraction 0)"]
    return [f"validation: {own}; --valid and --valid-fraction above 0 change nothing"]


def by_time(options: RunOptions) -> bool:
    """Whether something goes by who came last."""
    latest = {options.split, options.valid} & {"latest", "leave_one_out"}
    return bool(latest) or getattr(options, "recency", None) is not None


def tie_lines(dataset: Dataset, parts: Split) -> list[str]:
    """A line on users whose list is cut between equal times, of whole seconds."""
    test, before = parts.test, [part for part in (parts.train, parts.valid) if len(part)]
    if parts.method not in ("latest", "leave_one_out") or test.time is None:
        return []
    oldest = np.full(test.n_users, np.iinfo(np.int64).max)
    np.minimum.at(oldest, test.user, test.time)
    newest = np.full(test.n_users, np.iinfo(np.int64).min)
    for part in before:
        assert part.time is not None
        np.maximum.at(newest, part.user, part.time)
    tied = int(np.sum(oldest == newest))
    if not tied:
        return []
    when = "at equal times: the order in the file decides"
    if dataset.reading is not None and dataset.reading.fractions:
        when = "in one second: its fractions decide, or else the order in the file"
    return [f"{tied:,} users have their first test item and their last one before it {when}"]
