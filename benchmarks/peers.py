"""LightGCN's training step and forward pass, ours against PyTorch, PyG and SciPy, on the CPU.

``python -m benchmarks.peers``: Gowalla, batch 2048, 3 layers, width 64, float32. A step is forward,
BPR with one negative, L2 on the batch's layer-0 rows, backward and Adam on all tables, of one fixed
batch; a forward pass is the 3-layer diffusion alone. Before any is timed, all are shown to compute
the same loss, representations, gradients and tables.

The peers get rows numbered as in the file, as their users do; ours also ``by_place``, as training
numbers them, and so does the fastest peer. ``prepare_ms`` is what it takes from interactions to the
graph in memory, numbering included; ``peak_mb`` what the process grows by, from before the graph is
built to the most that steady calls hold.

All cases take turns in one process, several steps a turn, with as many threads as XLA takes: one
for each CPU that the process may use (``taskset -c 0,1`` gives it two). Torch's threads and XLA's
do not disturb one another: on two idle cores, medians in one process and in two that hold one
library each differ by less than their spread. Any third program that computes disturbs both,
torch most. Huge pages (``jaxrec/start.py``) serve all alike; ``GLIBC_TUNABLES=`` before the command
leaves them out, which is how torch runs unless told otherwise.
"""

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any, NamedTuple

import jax
import numpy as np
from rich.progress import Progress

from benchmarks import harness, report, steps
from jaxrec.data import load, split
from jaxrec.graph import locality_order

STEPS = 10
QUICK_STEPS = 2
QUICK_REPEATS = 2
STEP, FORWARD = "step", "forward"
IN_FILE, PLACED = "rows as in file", "rows by place"
BUSY = 0.5
"""Load of the last minute above which a machine of few cores is not idle."""
TOLERANCE = {"loss": 1e-5, "reps": 1e-4, "moment": 1e-4, "table": 1e-4}
"""Greatest difference from ours, in shares of the greatest value."""


class Formulation(NamedTuple):
    """A name and the two functions that ``steps.py`` speaks of.

    Attributes:
      placed: whether it is also measured with rows by place.
    """

    work: str
    name: str
    graph: Callable[..., Any]
    program: Callable[..., steps.Program]
    placed: bool = False


def formulations() -> list[Formulation]:
    """All that is compared; the first of each work is what the others must agree with."""
    from benchmarks import torch_steps as torch

    ours, messages = steps.our_graph, partial(steps.our_graph, propagation="segment_sum")
    scan, forward = steps.steps_in_scan, steps.our_forward
    plain, once = torch.plain_steps, partial(torch.pyg_steps, normalize=False)
    mkl = partial(torch.symmetric_steps, torch.product)
    reduce = partial(torch.symmetric_steps, torch.reduce_product)
    forward_mkl = partial(torch.torch_forward, torch.product)
    forward_reduce = partial(torch.torch_forward, torch.reduce_product)
    return [
        Formulation(STEP, "ours, in a scan", ours, scan, placed=True),
        Formulation(STEP, "ours, a call a step", ours, steps.steps_by_call, placed=True),
        Formulation(STEP, "ours, segment_sum, in a scan", messages, scan, placed=True),
        Formulation(STEP, "torch COO, as commonly written", torch.coo, plain),
        Formulation(STEP, "torch CSR, plain autograd", torch.csr, plain),
        Formulation(STEP, "torch CSR, symmetric", torch.narrow_csr, mkl),
        Formulation(STEP, "torch CSR, symmetric, reduce", torch.narrow_csr, reduce, placed=True),
        Formulation(STEP, "PyG edge_index", torch.pyg_edges, torch.pyg_steps),
        Formulation(STEP, "PyG CSR", torch.pyg_csr, torch.pyg_steps),
        Formulation(STEP, "PyG CSR, normalized once", torch.pyg_csr, once),
        Formulation(FORWARD, "ours", ours, forward, placed=True),
        Formulation(FORWARD, "ours, segment_sum", messages, forward, placed=True),
        Formulation(FORWARD, "torch COO", torch.coo, forward_mkl),
        Formulation(FORWARD, "torch CSR", torch.narrow_csr, forward_mkl),
        Formulation(FORWARD, "torch CSR, reduce", torch.narrow_csr, forward_reduce, placed=True),
        Formulation(FORWARD, "SciPy CSR, one thread", steps.scipy_graph, steps.scipy_forward),
    ]


def main(options: harness.Options) -> list[dict[str, Any]]:
    """Measures, saves and returns the rows."""
    missing = [name for name in ("torch", "torch_geometric") if find_spec(name) is None]
    if missing:
        print(f"no {' and no '.join(missing)} here: pip install 'jaxrec[bench]'", file=sys.stderr)
        sys.exit(2)
    if (load_average := os.getloadavg()[0]) > BUSY:
        print(f"other programs are running (load {load_average:.1f}): do not quote these numbers")
    train = split(load(options.data, data_dir=options.data_dir), valid_fraction=0.0).train
    in_file = steps.problem(train, QUICK_STEPS if options.quick else STEPS)
    start = time.perf_counter()
    order = locality_order(train)
    order_ms = 1e3 * (time.perf_counter() - start)
    cases = [(each, IN_FILE, in_file) for each in formulations()]
    placed = steps.renumbered(in_file, *order)
    cases += [(each, PLACED, placed) for each, *_ in cases if each.placed]
    repeats = min(options.repeats, QUICK_REPEATS) if options.quick else options.repeats
    rows = _measure(cases, repeats)
    for row in rows:
        row["prepare_ms"] += order_ms if PLACED in row["case"] else 0.0
    report.save(rows, options, draw(rows, options.data), size=(8, 3.6))
    print("\n".join(ratios(rows)))
    return rows


def draw(rows: list[dict[str, Any]], data: str) -> Callable[[Any], None]:
    """Draws the median of every formulation's step, at its faster numbering, the fastest on top."""

    def drawn(axes) -> None:
        best: dict[str, dict[str, Any]] = {}
        for row in sorted(rows, key=lambda row: row["median_ms"]):
            if row["case"].startswith(STEP):
                best.setdefault(row["formulation"], row)
        shown = list(best.values())
        medians = [row["median_ms"] for row in shown]
        colors = ["C1" if name.startswith("ours") else "C0" for name in best]
        bars = axes.barh(
            [name.replace("ours", "jaxrec") for name in best],
            medians,
            xerr=report.reach(shown),
            height=0.6,
            color=colors,
        )
        axes.bar_label(bars, [f" {median:,.0f} ms" for median in medians])
        axes.invert_yaxis()
        axes.margins(x=0.12)
        versions, device = rows[0]["versions"], rows[0]["device"]
        about = f"{device}, jax {versions['jax']}, torch {versions['torch']}"
        axes.set_title(f"A training step of LightGCN on {data}; {about}", loc="left", fontsize=10)
        axes.set(xlabel="milliseconds (median; whisker: fastest to slowest)")

    return drawn


def ratios(rows: list[dict[str, Any]]) -> list[str]:
    """Times of the peers, rows as in file, over ours by place; then what the numbering brings."""
    median = {(row["case"], row["formulation"]): row["median_ms"] for row in rows}
    lines, placed = [], []
    for (case, name), own in median.items():
        work, _, numbering = case.partition(", ")
        if numbering != PLACED:
            continue
        placed.append(f"{work} {name!r} {median[_case(work, IN_FILE), name] / own:.2f}")
        if name in ("ours, in a scan", "ours, a call a step", "ours"):
            peers = (
                f"{peer} {each / own:.2f}"
                for (other, peer), each in median.items()
                if other == _case(work, IN_FILE) and not peer.startswith("ours")
            )
            lines.append(f"{work}, time over that of {name!r}: {'; '.join(peers)}")
    return [*lines, f"{IN_FILE}, time over that of {PLACED}: {'; '.join(placed)}"]


def _measure(cases, repeats: int) -> list[dict[str, Any]]:
    rows, runs, expected = [], [], {}
    about = harness.about_this_machine("scipy", "torch", "torch_geometric")
    with Progress(transient=True) as progress:
        task = progress.add_task("peers", total=len(cases) * (repeats + 1))
        for each, numbering, problem in cases:
            held = harness.held_mb()
            start = time.perf_counter()
            graph = each.graph(problem.train)
            prepared = time.perf_counter()
            program = each.program(graph, problem)
            built = time.perf_counter()
            jax.block_until_ready(program.run())
            first = time.perf_counter()
            grown = harness.growth_mb(held, program.run)
            computed = _in_file(program.read(), problem.rows)
            _check(each.name, computed, expected.setdefault(each.work, computed))
            rows.append(
                {
                    "benchmark": "peers",
                    "case": _case(each.work, numbering),
                    "formulation": each.name,
                    "prepare_ms": 1e3 * (prepared - start),
                    "first_ms": 1e3 * (first - built) / problem.n_steps,
                    "peak_mb": grown,
                    "threads": 1 if each.program is steps.scipy_forward else steps.N_THREADS,
                }
            )
            runs.append(program.run)
            progress.advance(task)
        seconds = harness.alternate(runs, repeats, lambda: progress.advance(task))
    per = cases[0][2].n_steps
    return [
        row | harness.spread(times, per) | about for row, times in zip(rows, seconds, strict=True)
    ]


def _in_file(computed: dict[str, np.ndarray], rows: np.ndarray) -> dict[str, np.ndarray]:
    return {name: value[rows] if value.ndim else value for name, value in computed.items()}


def _check(name: str, computed: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    for what, value in expected.items():
        far = np.abs(computed[what] - value).max() / np.abs(value).max()
        if not far <= TOLERANCE[what]:
            raise AssertionError(f"{name}: {what} is off by {far:.1e}, allowed {TOLERANCE[what]}")


def _case(work: str, numbering: str) -> str:
    return f"{work}, {numbering}"


if __name__ == "__main__":
    jax.config.update("jax_platforms", "cpu")
    harness.run(main, harness.Options, __doc__)
