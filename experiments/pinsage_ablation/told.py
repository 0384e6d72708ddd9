"""From ranks to the numbers of a row, and to tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from rich.console import Console
from rich.table import Table

from experiments.pinsage_ablation.ranks import hit_rate, scaled_reciprocal
from jaxrec.evaluate import compare_users, holm

OURS = "pinsage"


def told(found: Sequence[Float[np.ndarray, "n"]], k: int) -> dict[str, float]:
    """Means over pairs, then mean and standard deviation over the seeds that ``found`` has."""
    row = {}
    for name, metric in {"hit_rate": hit_rate, "mrr": scaled_reciprocal}.items():
        value = [float(metric(rank, k).mean()) for rank in found]
        row |= {name: float(np.mean(value))}
        row |= {f"{name}_sd": float(np.std(value, ddof=1)) if len(value) > 1 else 0.0}
    return row


def compared(
    rows: Mapping[str, Sequence[Float[np.ndarray, "n"]]], query: Int[np.ndarray, "n"], k: int
) -> dict[str, dict[str, Any]]:
    """PinSage's hit rate less each other's; queries count once, by the mean over pairs and seeds.

    ``p`` is the largest of three paired tests, each corrected by Holm over the rows.
    """
    _, user = np.unique(query, return_inverse=True)

    def by_query(found: Sequence[Float[np.ndarray, "n"]]) -> Float[np.ndarray, "U"]:
        value = np.mean([hit_rate(rank, k) for rank in found], axis=0)
        return np.bincount(user, value) / np.bincount(user)

    ours, others = by_query(rows[OURS]), [name for name in rows if name != OURS]
    found = [compare_users(by_query(rows[name]), ours) for name in others]
    adjusted = [holm(np.array([one.p_values[test] for one in found])) for test in found[0].p_values]
    return {
        name: {
            "difference": one.difference,
            "low": one.low,
            "high": one.high,
            "p": float(max(p)),
        }
        for name, one, p in zip(others, found, np.transpose(adjusted), strict=True)
    }


def show(data: str, found: dict[str, Any]) -> None:
    """Prints both tables of a data set."""
    sizes = found["sizes"]
    title = f"{data}: {sizes['test']} pairs, lists of {sizes['k']} of {sizes['items']} items"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for name in ("hit rate", "MRR", f"{OURS} is better by", "interval", "p by Holm"):
        table.add_column(name, justify="right")
    for name, row in found["rows"].items():
        cells = [f"{row[m]:.3f} ± {row[m + '_sd']:.3f}" for m in ("hit_rate", "mrr")]
        if one := found["compared"].get(name):
            cells += [f"{one['difference']:.3f}", f"{one['low']:.3f} to {one['high']:.3f}"]
            cells += [f"{one['p']:.2g}"]
        table.add_row(name, *cells)
    Console().print(table)
    table = Table(title="New items: hit rate, MRR", title_justify="left")
    table.add_column("")
    for how in found["new items"]:
        table.add_column(how, justify="right")
    for name in next(iter(found["new items"].values())):
        rows = [each[name] for each in found["new items"].values()]
        table.add_row(name, *(f"{row['hit_rate']:.3f}, {row['mrr']:.3f}" for row in rows))
    Console().print(table)
