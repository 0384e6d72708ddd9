"""Recall against wall-clock, a panel a data set, with the published points as lines."""

from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console

TICKS = (10, 30, 60, 120, 300, 600, 1200, 3600)
"""Seconds that are marked."""


def draw(
    found: dict[str, dict[str, Any]],
    published: dict[str, dict[str, tuple[float, float]]],
    path: Path,
) -> None:
    """Draws what was measured as points over seconds, and what was published as lines."""
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import FixedLocator, NullLocator
    except ImportError:
        Console().print("no picture: pip install 'jaxrec[plots]'", markup=False)
        return
    figure = Figure(figsize=(6.4 * len(found), 4.8), layout="constrained")
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for axes, (data, rows) in zip(panels, found.items(), strict=True):
        timed = {name: row for name, row in rows["test"].items() if "seconds" in row}
        for name, row in timed.items():
            point = row["seconds"], row["recall@20"]
            axes.plot(*point, "o", color="C0")
            axes.annotate(name, point, xytext=(6, 5), textcoords="offset points", fontsize=8)
        seconds = [row["seconds"] for row in timed.values()]
        axes.set(xscale="log", xlabel="seconds, measuring included", ylabel="recall@20, test")
        axes.set_xlim(min(seconds) / 4, max(seconds) * 8)  # Names on both sides.
        axes.margins(y=0.12)
        axes.xaxis.set_major_locator(FixedLocator(TICKS))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_locator(NullLocator())
        lines = sorted((recall, name) for name, (recall, _) in published.get(data, {}).items())
        low, high = axes.get_ylim()
        for (recall, name), (after, _) in pairwise([*lines, (high, "")]):
            axes.axhline(recall, color="grey", lw=0.7, ls=":")
            above = after - recall > 0.025 * (high - low)
            place = {"va": "bottom" if above else "top", "ha": "left"}
            at = (0.01, recall)
            axes.annotate(
                name, at, xycoords=("axes fraction", "data"), fontsize=7, color="grey", **place
            )
        axes.set_title(data, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
