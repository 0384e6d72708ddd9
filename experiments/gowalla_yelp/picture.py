"""Recall against wall-clock, a panel a data set, with the published points as lines."""

from pathlib import Path
from typing import Any

from rich.console import Console


def draw(
    found: dict[str, dict[str, Any]],
    published: dict[str, dict[str, tuple[float, float]]],
    path: Path,
) -> None:
    """Draws what was measured as points over seconds, and what was published as lines."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        Console().print("no picture: pip install 'jaxrec[plots]'")
        return
    figure = Figure(figsize=(5.4 * len(found), 4.6), layout="constrained")
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for axes, (data, rows) in zip(panels, found.items(), strict=True):
        timed = {name: row for name, row in rows["test"].items() if "seconds" in row}
        for name, row in timed.items():
            point = row["seconds"], row["recall@20"]
            axes.plot(*point, "o", color="C0")
            axes.annotate(name, point, xytext=(6, 5), textcoords="offset points", fontsize=8)
        for name, (recall, _) in published.get(data, {}).items():
            axes.axhline(recall, color="grey", lw=0.7, ls=":")
            axes.annotate(
                name, (0.01, recall), xycoords=("axes fraction", "data"), fontsize=7, color="grey"
            )
        axes.set(xscale="log", xlabel="seconds, measuring included", ylabel="recall@20, test")
        axes.margins(x=0.4, y=0.12)
        axes.set_title(data, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
