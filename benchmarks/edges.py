"""What an edge costs in training as graphs grow: power-law graphs of 10^5 to 10^8 directed edges.

``python -m benchmarks.edges``: LightGCN, 3 layers, width 64, batch 2048, Adam, the formulation that
``auto`` chooses, steps in a scan as in training; graphs as in ``benchmarks.propagate``.
``ns_per_edge`` is a step's time over its edges; a step propagates six times. ``process_mb`` is the
most that the process held, making the graph included.
"""

import dataclasses
import gc
from typing import Any

import numpy as np

from benchmarks import harness, propagate, report, train_step
from jaxrec.data import power_law
from jaxrec.ops.propagate import automatic
from jaxrec.runs import options_of

STEPS = {10**5: 40, 10**6: 20, 10**7: 5, 10**8: 2}
QUICK = (10**5, 10**6)


@dataclasses.dataclass(frozen=True)
class Options(harness.Options):
    """A training step by the size of its graph."""

    edges: tuple[int, ...] = tuple(STEPS)
    """Sizes of the power-law graphs, directed edges."""


def main(options: Options) -> list[dict[str, Any]]:
    """Measures, saves and returns the rows."""
    rows = []
    for n_edges in QUICK if options.quick else options.edges:
        rows.append(measure(n_edges, options.repeats))
        gc.collect()
    for row in rows:
        print(f"{row['case']}: {row['ns_per_edge']:.1f} ns an edge, {row['process_mb']:,.0f} MiB")
    report.save(rows, options, draw(rows), size=(7, 4.5))
    return rows


def measure(n_edges: int, repeats: int) -> dict[str, Any]:
    """A row for one graph."""
    asked = propagate.nodes(n_edges)
    train = power_law(asked * 4 // 5, asked // 5, n_edges // 2)
    n_nodes = train.n_users + train.n_items
    n_steps = STEPS.get(n_edges, 5)
    chosen = automatic(2 * len(train), n_nodes, options_of().dim)
    case = train_step.step_case(train, chosen, n_steps, chosen, sampled=True)
    case = dataclasses.replace(case, case=f"{2 * len(train):,} edges, {n_nodes:,} nodes")
    (row,) = harness.measure("edges", [case], min(repeats, 3) if n_edges > 10**7 else repeats)
    about = {"n_edges": 2 * len(train), "n_nodes": n_nodes}
    cost = {"ns_per_edge": 1e6 * row["median_ms"] / (2 * len(train))}
    return row | about | cost | {"process_mb": harness.process_peak_mb()}


def draw(rows: list[dict[str, Any]]):
    """Draws nanoseconds an edge over edges."""

    def on(axes) -> None:
        sizes, costs = zip(*[(row["n_edges"], row["ns_per_edge"]) for row in rows], strict=True)
        axes.plot(sizes, costs, "o-")
        for size, cost in zip(sizes, costs, strict=True):
            axes.annotate(f"{cost:.0f}", (size, cost), xytext=(0, 7), textcoords="offset points")
        axes.set(xscale="log", xlabel="directed edges", ylabel="nanoseconds an edge and step")
        axes.set_ylim(0, 1.2 * np.max(costs))
        about = f"{rows[0]['device']}, jax {rows[0]['versions']['jax']}"
        axes.set_title(f"LightGCN training step, power-law graphs\n{about}", loc="left")

    return on


if __name__ == "__main__":
    harness.run(main, Options, __doc__)
