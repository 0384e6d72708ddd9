"""What the machine could do, measured, and a picture of how near propagation comes to it."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from benchmarks import harness
from jaxrec.data import power_law
from jaxrec.graph import bipartite
from jaxrec.ops import diffuse, prepare

MARKS = "os^Dv<>P"


def measure(repeats: int) -> float:
    """Billions of operations a second, at best, where tables of 384 kB stay in a core's cache."""
    dim, likes = 64, power_law(1000, 500, 400_000, exponent=0.0)
    graph = prepare(bipartite(likes), "bcsr", n_users=1000)
    x = tuple(jax.random.normal(jax.random.key(0), (n, dim)) for n in (1000, 500))
    call = jax.jit(lambda x, graph: diffuse(x, graph, (0.0, 1.0)))
    jax.block_until_ready(call(x, graph))
    (times,) = harness.alternate([lambda: call(x, graph)], 3 * repeats, lambda: None)
    return 2 * 2 * len(likes) * dim / min(times) / 1e9


def draw(rows: list[dict[str, Any]], in_cache: float) -> Callable[[Any], None]:
    """Draws forward passes as operations a second over operations a byte that must move.

    The least that must move is every weight, index and row of both tables, once.
    """

    def on(axes) -> None:
        from matplotlib.ticker import LogLocator

        shown = [row for row in rows if row["pass"] == "forward"]
        names = list(dict.fromkeys(row["formulation"] for row in shown))
        graphs = list(dict.fromkeys(row["graph"] for row in shown))
        for index, name in enumerate(names):
            color = f"C{index + (index > 6)}"  # C7 is grey, which stands for no formulation.
            for mark, graph in zip(MARKS, graphs, strict=False):
                some = [r for r in shown if r["formulation"] == name and r["graph"] == graph]
                points = np.array([[_intensity(row), _speed(row)] for row in some]).reshape(-1, 2)
                axes.scatter(*points.T, color=color, marker=mark, s=26, alpha=0.8)
            axes.scatter([], [], color=color, label=name)
        for mark, graph in zip(MARKS, graphs, strict=False):
            axes.scatter([], [], color="grey", marker=mark, label=graph)
        stream = float(np.median([row["stream_gb_s"] for row in shown]))
        ends = np.array([0.5, 1.3]) * [f([_intensity(r) for r in shown]) for f in (min, max)]
        axes.plot(ends, stream * ends, "k-", lw=1)
        middle = float(np.sqrt(ends.prod()))
        told = f"each row once, {stream:.0f} GB/s "
        axes.text(middle, stream * middle, told, va="bottom", ha="right")
        axes.plot(ends, [stream / 2] * 2, "k--", lw=1)
        axes.text(ends[1], stream / 2, "each gather from memory", va="bottom", ha="right")
        axes.plot(ends, [in_cache] * 2, "k:", lw=1)
        axes.text(ends[1], in_cache, "each gather from a core's cache", va="bottom", ha="right")
        axes.set(xscale="log", yscale="log", xlabel="operations a byte that must move")
        axes.set(ylabel="billion operations a second")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("")
        about = f"{rows[0]['device']}, jax {rows[0]['versions']['jax']}"
        axes.set_title(f"Propagation, forward\n{about}", loc="left")
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)

    return on


def _speed(row: dict[str, Any]) -> float:
    return 2 * row["n_edges"] * row["dim"] / row["median_ms"] / 1e6


def _intensity(row: dict[str, Any]) -> float:
    least = 8 * row["n_edges"] + 8 * row["dim"] * row["n_nodes"]
    return 2 * row["n_edges"] * row["dim"] / least
