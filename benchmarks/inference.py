"""Vectors of a whole catalogue: in memory, and by the Beam pipeline from Parquet to Parquet.

``python -m benchmarks.inference``: PinSage, 2 layers of width 64, 10 neighbors, 64 features, over
10^4, 10^5 and 10^6 items. A neighbor is anyone, as likely as any other, so that partitions share
as little as they can: the pipeline's worst case. Its runner is Beam's own, in this process.

Times are per item; ``peak_mb`` is how far the process grows during a call, what goes in apart;
``difference`` is the largest between a number in memory and the pipeline's. Reading and writing
Parquet are part of the pipeline's time.
"""

import dataclasses
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax
import numpy as np

from benchmarks import harness, report
from jaxrec.models import pinsage
from jaxrec.ops import ImportanceNeighbors
from jaxrec.retrieve import embed, read_vectors, write_items, write_vectors

FEATURES, DIM, NEIGHBOURS = 64, 64, 10
FILE = 100_000
"""Items of a file."""
QUICK_ITEMS = (2_000,)


@dataclasses.dataclass(frozen=True)
class Options(harness.Options):
    """Options of this benchmark; it makes its data itself."""

    items: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    """Sizes of catalogues."""
    rows: int = 2**14
    """Items of a partition of the pipeline."""
    beam: bool = True
    """Measure the pipeline as well."""
    repeats: int = 3
    """Timed calls of each case."""


def main(options: Options) -> list[dict[str, Any]]:
    """Measures, saves and returns the rows."""
    sizes = QUICK_ITEMS if options.quick else options.items
    if options.beam and find_spec("apache_beam") is None:
        print("in memory alone: the pipeline needs pip install 'jaxrec[beam]'")
        options = dataclasses.replace(options, beam=False)
    rows = [row for n_items in sizes for row in _size(n_items, options)]
    report.save(rows, options, _draw(rows), size=(8, 5), per="an item")
    return rows


def items(n_items: int, seed: int = 0) -> tuple[np.ndarray, ImportanceNeighbors]:
    """Random features and neighbors."""
    rng = np.random.default_rng(seed)
    sender = rng.integers(n_items, size=(n_items, NEIGHBOURS), dtype=np.int32)
    weight = rng.random(sender.shape, np.float32)
    weight /= weight.sum(axis=1, keepdims=True)
    table: Any = sender, weight
    return rng.standard_normal((n_items, FEATURES), np.float32), ImportanceNeighbors(*table)


def _size(n_items: int, options: Options) -> Iterator[dict[str, Any]]:
    params = pinsage(FEATURES, DIM, hidden_dim=DIM).init(jax.random.key(0))
    feature, table = items(n_items)
    folder = Path(tempfile.mkdtemp(prefix="jaxrec-"))
    try:
        held = folder / "vectors.npy"
        yield _time(
            "in memory", n_items, options, lambda: np.save(held, embed(params, feature, table).item)
        )
        if not options.beam:
            return
        (folder / "items").mkdir()
        for first in range(0, n_items, FILE):
            part = slice(first, first + FILE)
            near = ImportanceNeighbors(table.sender[part], table.weight[part])
            ids = np.arange(first, min(first + FILE, n_items))
            write_items(folder / "items" / f"{first}.parquet", feature[part], near, ids)
        del feature, table
        out = folder / "out"

        def write() -> None:
            shutil.rmtree(out, ignore_errors=True)
            write_vectors(params, str(folder / "items"), str(out), rows=options.rows)

        row = _time("Beam, Parquet to Parquet", n_items, options, write, "apache-beam")
        found, vector = read_vectors(out)
        assert (found == np.arange(n_items)).all()
        yield row | {"difference": float(abs(vector - np.load(held)).max())}
    finally:
        shutil.rmtree(folder)


def _time(
    name: str, n_items: int, options: Options, call: Callable[[], Any], *packages: str
) -> dict[str, Any]:
    start = time.perf_counter()
    grown = harness.growth_mb(harness.held_mb(), call)
    first = time.perf_counter() - start
    (seconds,) = harness.alternate([call], options.repeats, lambda: None)
    row = {
        "benchmark": "inference",
        "case": f"{n_items:,} items",
        "formulation": name,
        "first_ms": 1e3 * first / n_items,
        **harness.spread(seconds, n_items),
        "peak_mb": harness.process_peak_mb() if grown is None else grown,
        "items": n_items,
        "rows": options.rows,
    }
    row["items_per_s"] = 1e3 / row["median_ms"]
    return row | harness.about_this_machine(*packages)


def _draw(rows: list[dict[str, Any]]) -> Callable[[Any], None]:
    """Microseconds an item over the size of the catalogue; beside each point, the memory."""

    def draw(axes) -> None:
        for name in dict.fromkeys(row["formulation"] for row in rows):
            points = [row for row in rows if row["formulation"] == name]
            x, y = [row["items"] for row in points], [1e3 * row["median_ms"] for row in points]
            below_above = np.array(report.reach(points)) * 1e3
            axes.errorbar(x, y, yerr=below_above, marker="o", label=name)
            for row, size, cost in zip(points, x, y, strict=True):
                text = f"  {row['peak_mb']:,.0f} MiB"
                axes.annotate(text, (size, cost), fontsize="small", va="bottom")
        axes.set(xlabel="items", ylabel="microseconds an item", xscale="log", yscale="log")
        axes.margins(x=0.15, y=0.3)
        about = f"{rows[0]['device']}, jax {rows[0]['versions']['jax']}"
        axes.set_title(f"Vectors of a catalogue; memory beside what goes in\n{about}", loc="left")
        axes.legend(fontsize="small")

    return draw


if __name__ == "__main__":
    harness.run(main, Options, __doc__)
