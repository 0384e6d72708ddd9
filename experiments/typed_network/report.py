"""The rows of the experiment, their means and their comparisons."""

from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from jaxrec.evaluate import compare_users, holm

KS = (10, 20, 50)
METRICS = tuple(f"recall@{k}" for k in KS)
FLOOR, ONE, ALL = "popularity", "one relation", "five relations"
ONE_LEANING, LEANING = "one, leaning to their means", "five, leaning to their means"
"""One vector a user, which leans to what they took as those of mixtures do: a single cluster."""
MIXED, SMOOTHED = "five, mixtures", "five, mixtures smoothed"
PQ_ITEMS, PQ_BOTH = "five, businesses in codes", "five, users and businesses in codes"
PAIRS = (
    (ONE, ALL),
    (ONE_LEANING, LEANING),
    (ALL, MIXED),
    (LEANING, MIXED),
    (MIXED, SMOOTHED),
    (ALL, PQ_ITEMS),
    (ALL, PQ_BOTH),
)
"""What is compared: the second less the first."""
VISITS = {"no visit": (0, 0), "1 to 3 visits": (1, 3), "4 visits or more": (4, np.inf)}
"""Groups of users by their edges in training; those without any are in no other row."""


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over seeds, and tests over users, who count once with the mean of their seeds."""
    known = [_part(each, 1, np.inf) for each in runs]
    user, by_user = _users(known)
    compared = {
        f"{second} less {first}, {m}": compare_users(
            by_user[first][m], by_user[second][m]
        )._asdict()
        for first, second in PAIRS
        if second in by_user
        for m in METRICS
    }
    groups = {}
    for name, (low, high) in VISITS.items():
        parts = [_part(each, low, high) for each in runs]
        some, by_some = _users(parts)
        if len(some):
            groups[name] = {"users": len(some), "test": _means(parts)}
            compared |= {
                f"{name}: {ALL} less {ONE}, {m}": compare_users(
                    by_some[ONE][m], by_some[ALL][m]
                )._asdict()
                for m in METRICS
            }
    for test in ("t", "wilcoxon", "permutation"):
        adjusted = holm(np.array([each["p_values"][test] for each in compared.values()]))
        for each, p in zip(compared.values(), adjusted, strict=True):
            each.setdefault("holm", {})[test] = float(p)
    about = [one["about"] for one in runs]
    found = {"users": len(user), "test": _means(known)}
    return found | {"by visits": groups, "compared": compared, "seeds": about}


def _part(one: dict[str, Any], low: float, high: float) -> dict[str, Any]:
    """A run's users with so many visits, by the methods that serve them."""
    one = one if high else one["cold"]
    which = (one["visits"] >= low) & (one["visits"] <= high)
    found = {n: {m: each[m][which] for m in METRICS} for n, each in one["found"].items()}
    return {"users": one["users"][which], "found": found}


def _means(runs: list[dict[str, Any]]) -> dict[str, dict[str, list[float]]]:
    return {
        name: {m: [float(one["found"][name][m].mean()) for one in runs] for m in METRICS}
        for name in runs[0]["found"]
    }


def _users(runs: list[dict[str, Any]]):
    """All users of the runs, and every method's metrics of each, means over their seeds."""
    user, count = np.unique(np.concatenate([one["users"] for one in runs]), return_inverse=True)
    weigh = lambda values: np.bincount(count, np.concatenate(values)) / np.bincount(count)
    return user, {
        name: {m: weigh([one["found"][name][m] for one in runs]) for m in METRICS}
        for name in runs[0]["found"]
    }


def show(found: dict[str, Any]) -> None:
    """Prints the table of the README and its comparisons."""
    table = Table(title=f"yelp-hin, test edges, {found['users']} users", title_justify="left")
    table.add_column("")
    for metric in METRICS:
        table.add_column(metric, justify="right")
    for name, row in found["test"].items():
        table.add_row(name, *(f"{np.mean(row[metric]):.4f}" for metric in METRICS))
    Console(width=110).print(table)
    by_visits = Table(title="by visits in training", title_justify="left")
    for column in ("", "users", *METRICS):
        by_visits.add_column(column, justify="right" if column else "left")
    for group, each in found["by visits"].items():
        for name in (FLOOR, ONE, ALL):
            cells = (f"{np.mean(each['test'][name][metric]):.4f}" for metric in METRICS)
            by_visits.add_row(f"{group}: {name}", str(each["users"]), *cells)
    Console(width=110).print(by_visits)
    for name, each in found["compared"].items():
        Console(width=110).print(
            f"{name}: {each['difference']:+.4f} ({each['low']:+.4f} to {each['high']:+.4f}), "
            f"p by Holm {max(each['holm'].values()):.2g}"
        )
