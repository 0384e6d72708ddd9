"""The rows of the experiment, their means and their comparisons."""

from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from jaxrec.evaluate import compare_users, holm

KS = (10, 20, 50)
METRICS = tuple(f"recall@{k}" for k in KS)
FLOOR, ONE, ALL = "popularity", "one relation", "five relations"
LEANING = "five, leaning to their means"
"""One vector a user, which leans to what they took as those of mixtures do: a single cluster."""
MIXED, SMOOTHED = "five, mixtures", "five, mixtures smoothed"
PQ_ITEMS, PQ_BOTH = "five, businesses in codes", "five, users and businesses in codes"
PAIRS = (
    (ONE, ALL),
    (ALL, MIXED),
    (LEANING, MIXED),
    (MIXED, SMOOTHED),
    (ALL, PQ_ITEMS),
    (ALL, PQ_BOTH),
)
"""What is compared: the second less the first."""


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over seeds, and tests over users, who count once with the mean of their seeds."""
    names = list(runs[0]["found"])
    means = {
        name: {m: [float(one["found"][name][m].mean()) for one in runs] for m in METRICS}
        for name in names
    }
    user, count = np.unique(np.concatenate([one["users"] for one in runs]), return_inverse=True)
    by_user = {
        name: {
            m: np.bincount(count, np.concatenate([one["found"][name][m] for one in runs]))
            / np.bincount(count)
            for m in METRICS
        }
        for name in names
    }
    compared = {
        f"{second} less {first}, {m}": compare_users(
            by_user[first][m], by_user[second][m]
        )._asdict()
        for first, second in PAIRS
        if second in by_user
        for m in METRICS
    }
    for test in ("t", "wilcoxon", "permutation"):
        adjusted = holm(np.array([each["p_values"][test] for each in compared.values()]))
        for each, p in zip(compared.values(), adjusted, strict=True):
            each.setdefault("holm", {})[test] = float(p)
    about = [one["about"] for one in runs]
    return {"users": len(user), "test": means, "compared": compared, "seeds": about}


def show(found: dict[str, Any]) -> None:
    """Prints the table of the README and its comparisons."""
    table = Table(title=f"yelp-hin, test edges, {found['users']} users", title_justify="left")
    table.add_column("")
    for metric in METRICS:
        table.add_column(metric, justify="right")
    for name, row in found["test"].items():
        table.add_row(name, *(f"{np.mean(row[metric]):.4f}" for metric in METRICS))
    Console(width=110).print(table)
    for name, each in found["compared"].items():
        Console(width=110).print(
            f"{name}: {each['difference']:+.4f} ({each['low']:+.4f} to {each['high']:+.4f}), "
            f"p by Holm {max(each['holm'].values()):.2g}"
        )
