"""What each searched option did to the metric, as a picture."""

from pathlib import Path
from typing import Any

from jaxrec.runs.store.files import write_atomically
from jaxrec.search.space import Choices, Range, Space
from jaxrec.search.trial_table import best_of

COLUMNS = 3
"""Panels beside each other."""


def draw(
    rows: list[dict[str, Any]],
    space: Space,
    path: Path,
    metric: str,
    lower_is_better: bool = False,
) -> bool:
    """A panel an option: its value against the metric; False when matplotlib is not installed.

    Args:
      rows: of ``Study.rows``; a trial without any value is left out.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    shown = [row for row in rows if row["value"] is not None]
    n_columns = min(len(space), COLUMNS)
    n_lines = -(-len(space) // n_columns)
    size = (3.4 * max(n_columns, 1.4), 2.9 * n_lines + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(n_lines, n_columns, sharey=True, squeeze=False).ravel()
    for axes, (name, over) in zip(panels, space.items(), strict=False):
        _panel(axes, shown, name, over, lower_is_better)
    for axes in panels[len(space) :]:
        axes.set_axis_off()
    for axes in panels[::n_columns]:
        axes.set_ylabel(f"validation {metric}")
    handles = {label: handle for axes in panels for handle, label in _legend(axes)}
    figure.legend(
        handles.values(), handles.keys(), loc="outside upper center", ncols=3, frameon=False
    )
    write_atomically(path, lambda beside: figure.savefig(beside, format="png", dpi=150))
    return True


def _panel(
    axes: Any,
    rows: list[dict[str, Any]],
    name: str,
    over: Choices | Range,
    lower_is_better: bool,
) -> None:
    done = [row for row in rows if row["state"] == "complete"]
    stopped = [row for row in rows if row["state"] != "complete"]
    best = best_of(done, 1, lower_is_better)
    marks = [
        (stopped, "x", {"color": "tab:gray"}, "stopped early, best until then"),
        (done, "o", {"color": "tab:blue", "alpha": 0.7, "markeredgewidth": 0}, "complete"),
        (best, "o", {"color": "tab:orange", "markersize": 9}, "best"),
    ]
    for of, marker, style, label in marks:
        values = [row["tried"][name] for row in of]
        if isinstance(over, Choices):
            values = [over.values.index(value) for value in values]
        axes.plot(values, [row["value"] for row in of], marker, label=label, **style)
    if isinstance(over, Choices):
        axes.set_xticks(range(len(over.values)), list(map(str, over.values)))
        axes.set_xlim(-0.5, len(over.values) - 0.5)
    else:
        _axis(axes, over)
    axes.set_xlabel(name)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _axis(axes: Any, over: Range) -> None:
    """The whole range that was searched, a little beyond its ends."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

    if not over.log:
        beyond = 0.05 * (over.high - over.low)
        axes.set_xlim(over.low - beyond, over.high + beyond)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=isinstance(over.low, int)))
        return
    ratio = over.high / over.low
    axes.set_xscale("log")
    axes.set_xlim(over.low / ratio**0.05, over.high * ratio**0.05)
    if ratio < 300:  # Powers of ten alone would be too few.
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _legend(axes: Any) -> list[tuple[Any, str]]:
    handles, labels = axes.get_legend_handles_labels()
    return [pair for pair in zip(handles, labels, strict=True) if len(pair[0].get_xdata())]
