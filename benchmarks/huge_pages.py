"""A LightGCN step and one propagation with pages of 2 MiB and of 4 KiB.

``python -m benchmarks.huge_pages``: the setting is read when a process starts, so each measurement
is a process of its own, and the two settings take turns; ``median_ms`` is the median of their
medians, ``min_ms`` and ``max_ms`` their range. Steps on Gowalla as in ``benchmarks.train_step``;
propagation forward at width 64 on a power-law graph of 10^7 edges.
"""

import json
import os
import subprocess
import sys
from typing import Any

import jax
import tyro

from benchmarks import harness, propagate, report, train_step
from jaxrec.data import load, power_law, split
from jaxrec.graph import bipartite, locality_order, renumber
from jaxrec.ops import prepare
from jaxrec.start import MODE, SETTING, VARIABLE, on_request

FORMULATIONS = ("bcsr", "segment_sum")
EDGES, QUICK_EDGES, DIM = 10**7, 10**5, 64


def main(options: harness.Options) -> list[dict[str, Any]]:
    """Measures each setting in processes of its own, saves and returns the rows."""
    if not on_request():
        raise SystemExit(f"{MODE} does not say madvise: here a process cannot choose its pages")
    rounds = 1 if options.quick else 3
    gathered: dict[tuple, list[dict]] = {}
    for _ in range(rounds):
        for setting in (SETTING, "glibc.malloc.hugetlb=0"):
            for row in _in_a_process(options, setting):
                pages = "2 MiB pages" if row["huge_pages"] else "4 KiB pages"
                row["formulation"] += f", {pages}"
                gathered.setdefault((row["case"], row["formulation"]), []).append(row)
    rows = []
    for several in gathered.values():
        several.sort(key=lambda row: row["median_ms"])
        medians = [row["median_ms"] for row in several]
        ends = {"min_ms": medians[0], "max_ms": medians[-1]}
        rows.append(several[rounds // 2] | ends | {"spread_ms": medians[-1] - medians[0]})
    rows.sort(key=lambda row: row["case"])
    report.save(rows, options, report.bars(rows, "Huge pages"))
    return rows


def _in_a_process(options: harness.Options, setting: str) -> list[dict[str, Any]]:
    words = [sys.executable, "-m", "benchmarks.huge_pages", "--data", options.data]
    words += ["--repeats", str(options.repeats)]
    words += ["--quick"] if options.quick else ["--no-quick"]
    words += ["--data-dir", options.data_dir] if options.data_dir else []
    environment = os.environ | {VARIABLE: setting, CHILD: "1"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"a measurement failed:\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def child(options: harness.Options) -> None:
    """Measures under the setting that this process was started with; prints rows as JSON."""
    train = split(load(options.data, data_dir=options.data_dir), valid_fraction=0.0).train
    train = renumber(train, *locality_order(train))
    steps = train_step.QUICK_STEPS if options.quick else train_step.STEPS
    cases = [train_step.step_case(train, name, steps, name, sampled=False) for name in FORMULATIONS]
    n_edges = QUICK_EDGES if options.quick else EDGES
    n_nodes = propagate.nodes(n_edges)
    likes = power_law(n_nodes * 4 // 5, n_nodes // 5, n_edges // 2)
    graph = prepare(bipartite(likes), "bcsr", n_users=likes.n_users)
    sizes = likes.n_users, likes.n_items
    x = tuple(jax.random.normal(jax.random.key(0), (size, DIM)) for size in sizes)
    name = f"propagation, {n_edges:,} edges"
    cases.append(harness.Case(name, "bcsr", propagate.forward, (x, graph)))
    for row in harness.measure("huge_pages", cases, options.repeats):
        print(json.dumps(row))


CHILD = "JAXREC_BENCHMARK_CHILD"

if __name__ == "__main__":
    options = tyro.cli(harness.Options, description=__doc__)
    child(options) if CHILD in os.environ else main(options)
