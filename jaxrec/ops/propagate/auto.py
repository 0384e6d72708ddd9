"""The fastest formulation, looked up in measurements that are kept beside this file.

``measured.csv`` is written by ``python -m benchmarks.propagate --record``: milliseconds of a
forward and backward pass, by kind of device, graph and width. ``auto`` takes the winner of the
measured row nearest in edges, nodes and width. Where a kind of device was never measured it takes
``buckets``, which scatters almost nothing.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

MEASURED = Path(__file__).with_name("measured.csv")
UNMEASURED = "buckets"


class Shape(NamedTuple):
    """What a choice depends on."""

    platform: str
    n_edges: int
    n_nodes: int
    dim: int


def choose(shape: Shape, allowed: set[str]) -> str:
    """The formulation among ``allowed`` that is fastest near ``shape``."""
    for times in _by_distance(shape):
        times = {name: ms for name, ms in times.items() if name in allowed}
        if times:
            return min(times, key=times.__getitem__)
    return UNMEASURED if UNMEASURED in allowed else "chunked"


def nearest(shape: Shape, needed: set[str]) -> dict[str, float]:
    """Milliseconds by formulation, measured nearest to ``shape``; empty if none has all needed."""
    return next((times for times in _by_distance(shape) if needed <= times.keys()), {})


def _by_distance(shape: Shape) -> Iterator[dict[str, float]]:
    """Measured times by formulation, of the nearest edges, nodes and width first."""
    near = sorted(
        (key for key in measured() if key.platform == shape.platform),
        key=lambda key: sum(
            math.log(max(1, a) / b) ** 2 for a, b in zip(shape[1:], key[1:], strict=True)
        ),
    )
    for key in near:
        yield measured()[key]


@cache
def measured() -> dict[Shape, dict[str, float]]:
    """Milliseconds by formulation, for every measured shape."""
    table: dict[Shape, dict[str, float]] = defaultdict(dict)
    with MEASURED.open(newline="") as lines:
        for row in csv.DictReader(lines):
            sizes = (int(row[name]) for name in ("n_edges", "n_nodes", "dim"))
            table[Shape(row["platform"], *sizes)][row["formulation"]] = float(row["ms"])
    return dict(table)


def write(rows: list[dict[str, Any]], platform: str) -> None:
    """Replaces the measurements of one platform by rows of ``benchmarks.propagate``."""
    table = {key: times for key, times in measured().items() if key.platform != platform}
    for row in rows:
        if row["pass"] == "both":
            key = Shape(platform, row["n_edges"], row["n_nodes"], row["dim"])
            table.setdefault(key, {})[row["formulation"]] = row["median_ms"]
    with MEASURED.open("w", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow([*Shape._fields, "formulation", "ms"])
        for key, times in sorted(table.items()):
            writer.writerows([*key, name, f"{ms:.4g}"] for name, ms in times.items())
    measured.cache_clear()
