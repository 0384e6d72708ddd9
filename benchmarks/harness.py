"""How every benchmark measures: warm up, alternate the cases, report medians with their spread.

Machines are noisy, so cases take turns within one process and are compared by their medians.
Compiling, the first call and steady calls are timed apart. ``peak_mb`` is what XLA reports for the
compiled program: arguments, results and temporaries; ``_mb`` is MiB everywhere.
"""

import ctypes
import dataclasses
import gc
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import tyro
from rich.progress import Progress

from jaxrec.ops.propagate import SLOW_SCATTER
from jaxrec.runs.costs import program_bytes
from jaxrec.start import SETTING, VARIABLE, refusals_in_one_line, with_huge_pages


@dataclasses.dataclass(frozen=True)
class Options:
    """What every benchmark takes."""

    data: str = "gowalla"
    """Data set to measure on; results of record are Gowalla's."""
    data_dir: str | None = None
    """Folder of the named data sets; by default the variable JAXREC_DATA."""
    out: str = "benchmarks/results"
    """Folder for NAME.jsonl and NAME.png."""
    quick: bool = False
    """The same cases, fewer steps: under two minutes on two cores."""
    repeats: int = 7
    """Timed calls of each case."""

    @property
    def folder(self) -> Path:
        """``out``; a quick run that is not told where does not replace what is of record."""
        of_record = self.out == Options.out
        return Path("benchmarks/quick" if self.quick and of_record else self.out)


@dataclasses.dataclass(frozen=True)
class Case:
    """One program and its arguments, ready to be timed.

    Attributes:
      formulation: what is varied.
      function: a jitted function.
      case: what is held equal: data, sizes.
      per: operations in one call; times are divided by it.
    """

    case: str
    formulation: str
    function: Any
    arguments: tuple
    per: int = 1


def run(main: Callable[[Any], Any], kind: type, description: str | None) -> None:
    """Runs a benchmark from the command line, with huge pages as ``jaxrec`` runs."""
    with_huge_pages()
    with refusals_in_one_line(Path(sys.argv[0]).stem):
        main(tyro.cli(kind, description=description))


def measure(benchmark: str, cases: list[Case], repeats: int) -> list[dict[str, Any]]:
    """Times all cases in turns and returns one row each."""
    rows, calls = [], []
    with Progress(transient=True) as progress:
        task = progress.add_task(benchmark, total=len(cases) * (repeats + 1))
        for case in cases:
            start = time.perf_counter()
            compiled = case.function.lower(*case.arguments).compile()
            built = time.perf_counter()
            jax.block_until_ready(compiled(*case.arguments))
            first = time.perf_counter()
            calls.append(lambda compiled=compiled, case=case: compiled(*case.arguments))
            rows.append(
                {
                    "benchmark": benchmark,
                    "case": case.case,
                    "formulation": case.formulation,
                    "compile_ms": 1e3 * (built - start),
                    "first_ms": 1e3 * (first - built) / case.per,
                    "peak_mb": program_bytes(compiled) / 2**20,
                }
            )
            progress.advance(task)
        seconds = alternate(calls, repeats, lambda: progress.advance(task))
    return [
        row | spread(times, case.per) | about_this_machine()
        for row, times, case in zip(rows, seconds, cases, strict=True)
    ]


def about_this_machine(*packages: str) -> dict[str, Any]:
    """Device and versions, those of ``packages`` among them, for every row of results."""
    versions = {name: version(name) for name in ("jaxrec", "jax", "jaxlib", "numpy", *packages)}
    device = jax.devices()[0]
    about: dict[str, Any] = {"device": device.device_kind, "versions": versions}
    if device.platform == "cpu":
        about["huge_pages"] = SETTING in os.environ.get(VARIABLE, "")
    if device.platform == "gpu" and versions["jaxlib"] in SLOW_SCATTER:
        about["warning"] = f"jaxlib {versions['jaxlib']} scatters slowly on CUDA; not quotable"
    return about


def process_peak_mb() -> float:
    """Most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def held_mb() -> float | None:
    """What this process holds, freed memory given back first; None where Linux does not tell."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
        return _status_mb("VmRSS")
    except (AttributeError, OSError):
        return None


def growth_mb(before: float | None, call: Callable[[], Any]) -> float | None:
    """How far this process, which held ``before``, grows at most during ``call``."""
    if before is None or held_mb() is None:
        return None
    try:
        Path("/proc/self/clear_refs").write_text("5")  # The peak starts anew.
    except OSError:
        return None
    jax.block_until_ready(call())
    return _status_mb("VmHWM") - before


def alternate(
    calls: Sequence[Callable[[], Any]], repeats: int, tick: Callable[[], object]
) -> list[list[float]]:
    """Seconds of each call, all of them once a round."""
    seconds: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for times, call in zip(seconds, calls, strict=True):
            start = time.perf_counter()
            jax.block_until_ready(call())
            times.append(time.perf_counter() - start)
            tick()
    return seconds


def spread(times: list[float], per: int) -> dict[str, Any]:
    """Median, fastest, slowest and the range between them, in milliseconds an operation."""
    least, most = min(times), max(times)
    found = {"median_ms": statistics.median(times), "min_ms": least, "max_ms": most}
    found["spread_ms"] = most - least
    return {name: 1e3 * value / per for name, value in found.items()} | {"repeats": len(times)}


def _status_mb(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024
