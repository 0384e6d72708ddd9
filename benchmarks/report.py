"""What a benchmark leaves behind: a table on the screen, JSON lines and a picture on disk."""

import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.harness import Options, process_peak_mb


def save(
    rows: list[dict[str, Any]],
    options: Options,
    draw: Callable[[Any], None],
    size: tuple[float, float] | None = None,
    show: Callable[[list[dict[str, Any]]], Table] | None = None,
    per: str = "",
) -> None:
    """Writes the rows as JSON lines and ``draw(axes)`` as a picture, and prints a table.

    Args:
      size: of the picture in inches; by default high enough for a bar a row.
      show: the table to print; by default a line a row.
      per: what the milliseconds of that table are of.
    """
    folder, name = options.folder, rows[0]["benchmark"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    _print(rows, show or partial(_lines, per=per))
    Console(stderr=True).print(f"Results: {folder}/{name}.jsonl", soft_wrap=True, markup=False)
    try:
        from matplotlib.figure import Figure
    except ImportError:
        Console().print("no picture: pip install 'jaxrec[plots]'", markup=False)
        return
    figure = Figure(figsize=size or (8, 0.6 * len(rows) + 1.6), layout="constrained")
    axes = figure.subplots()
    draw(axes)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(folder / f"{name}.png", dpi=150)


def bars(rows: list[dict[str, Any]], title: str) -> Callable[[Any], None]:
    """Draws medians as horizontal bars, with a whisker from the fastest to the slowest."""

    def draw(axes) -> None:
        labels = [f"{row['formulation']}\n{row['case']}" for row in rows]
        medians = [row["median_ms"] for row in rows]
        drawn = axes.barh(labels, medians, xerr=reach(rows), height=0.6)
        axes.bar_label(drawn, [f" {median:,.1f} ms" for median in medians])
        axes.invert_yaxis()
        axes.margins(x=0.15, y=0.5 / len(rows))
        versions = rows[0]["versions"]
        axes.set(xlabel="milliseconds (median; whisker: fastest to slowest)")
        axes.set_title(f"{title}\n{rows[0]['device']}, jax {versions['jax']}", loc="left")

    return draw


def reach(rows: list[dict[str, Any]]) -> list[list[float]]:
    """How far below and above its median each row goes."""
    below = [row["median_ms"] - row["min_ms"] for row in rows]
    return [below, [row["max_ms"] - row["median_ms"] for row in rows]]


def pivot(rows: list[dict[str, Any]], columns: str, value: str) -> Table:
    """A line a case, a column for each of ``columns``; ``value`` in the cells."""
    names = list(dict.fromkeys(row[columns] for row in rows))
    table = Table("case", title=f"{rows[0]['benchmark']}: {value}", title_justify="left")
    for name in names:
        table.add_column(name.replace("_", " "), justify="right")
    for case in dict.fromkeys(row["case"] for row in rows):
        cells = {row[columns]: f"{row[value]:,.1f}" for row in rows if row["case"] == case}
        table.add_row(case, *(cells.get(name, "") for name in names))
    return table


def _lines(rows: list[dict[str, Any]], per: str) -> Table:
    title = f"{rows[0]['benchmark']} on {rows[0]['device']}"
    table = Table(title=f"{title}, times of {per}" if per else title, title_justify="left")
    times = ("prepare_ms", "compile_ms", "first_ms", "median_ms", "min_ms", "max_ms")
    known = "case", "formulation", *times, "per_s", "triples_per_s", "recall", "peak_mb"
    columns = [name for name in known if name in rows[0]]
    for name in columns:
        table.add_column(name, justify="left" if name in ("case", "formulation") else "right")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in columns))
    return table


def _cell(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.3g}" if 0 < abs(value) < 1 else f"{value:,.1f}"


def _print(rows: list[dict[str, Any]], show: Callable[[list[dict[str, Any]]], Table]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(show(rows))
    versions = ", ".join(f"{name} {version}" for name, version in rows[0]["versions"].items())
    console.print(f"{versions}; this process held {process_peak_mb():,.0f} MiB at most")
    for warning in {row["warning"] for row in rows if "warning" in row}:
        console.print(warning)
