"""Retrieval: exact lists beside indices, by recall, speed, time to build and memory.

``python -m benchmarks.retrieve``: 10^6 items of width 64 and the best 100 of each of 1,000 queries,
one batch, all cores. Two kinds of vectors:

- clustered: items and queries lie around 1,000 centers, and columns have standard deviations
  ``j^-0.5``, as singular vectors of interactions have falling weights; lengths vary by a fifth.
- uniform: independent normal numbers, all directions alike. Nothing is near anything, and no index
  can do much: the hard case.

Exact are jaxrec's blocks and FAISS's; indices are searched at several efforts, and what they find
is scored again. The target: hnsw finds .95 at ten times the speed of the faster exact search.
"""

import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from benchmarks import harness, report
from jaxrec.base import Embeddings
from jaxrec.ops import dot
from jaxrec.rank import top_lists
from jaxrec.retrieve import Ann, approximate, faiss, hnsw, ivf_pq, list_recall

DIM, K, N_CENTRES, QUICK_ITEMS = 64, 100, 1000, 20_000
EFFORTS = {"hnsw": (128, 192, 256, 384, 512, 1024), "ivfpq": (8, 16, 32, 64, 128)}
QUICK_EFFORTS = {"hnsw": (64,), "ivfpq": (32,)}


class Vectors(NamedTuple):
    """``Embeddings`` on the host."""

    query: np.ndarray
    item: np.ndarray


@dataclasses.dataclass(frozen=True)
class Options(harness.Options):
    """Options of this benchmark; it makes its data itself."""

    vectors: tuple[Literal["clustered", "uniform"], ...] = ("clustered", "uniform")
    """Kinds of vectors."""
    items: int = 1_000_000
    """How many are searched."""
    queries: int = 1000
    """How many are searched for together."""
    links: int = 64
    """Links of an item of hnsw; twice as many in the lowest layer."""
    breadth: int = 100
    """Candidates among which hnsw seeks them."""


def main(options: Options) -> list[dict[str, Any]]:
    """Measures, saves and returns the rows."""
    if options.quick:
        options = dataclasses.replace(options, items=QUICK_ITEMS, queries=100)
    rows = [row for kind in options.vectors for row in _kind(kind, options)]
    report.save(rows, options, _draw(rows), size=(8, 5), per="a query")
    return rows


def clustered(n_items: int, n_queries: int, seed: int = 0) -> Vectors:
    """Vectors around common centers."""
    rng = np.random.default_rng(seed)
    scale = (np.arange(1, DIM + 1) ** -0.5).astype(np.float32)
    centers = rng.standard_normal((N_CENTRES, DIM), np.float32)

    def rows(n: int) -> Float[np.ndarray, "n d"]:
        near = centers[rng.integers(N_CENTRES, size=n)]
        length = rng.lognormal(0, 0.2, (n, 1)).astype(np.float32)
        return (near + rng.standard_normal((n, DIM), np.float32)) * scale * length

    return Vectors(rows(n_queries), rows(n_items))


def uniform(n_items: int, n_queries: int, seed: int = 0) -> Vectors:
    """Vectors of independent normal numbers."""
    rng = np.random.default_rng(seed)
    draw = lambda n: rng.standard_normal((n, DIM), np.float32)
    return Vectors(draw(n_queries), draw(n_items))


def _kind(kind: str, options: Options) -> Iterator[dict[str, Any]]:
    made = {"clustered": clustered, "uniform": uniform}[kind](options.items, options.queries)
    reps, items = Embeddings(jnp.asarray(made.query), jnp.asarray(made.item)), made.item
    case = f"{kind}, {options.items:,} items of {DIM}"
    queries = np.arange(options.queries)
    flat, flat_s, flat_mb = _built(lambda: _flat(items))
    exact = top_lists(dot, reps, queries, options.items, K).item
    builders = {
        "hnsw": lambda: hnsw(items, options.links, options.breadth),
        "ivfpq": lambda: ivf_pq(items),
    }
    calls: dict[str, Callable[[], Any]] = {
        "exact, jaxrec": lambda: top_lists(dot, reps, queries, options.items, K).item,
        "exact, FAISS": lambda: flat.search(made.query, K)[1],
    }
    about: dict[str, tuple[float, float | None]] = {
        "exact, jaxrec": (0.0, 0.0),
        "exact, FAISS": (flat_s, flat_mb),
    }
    for name, build in builders.items():
        ann, seconds, held = _built(build)
        for effort in (QUICK_EFFORTS if options.quick else EFFORTS)[name]:
            searched = dataclasses.replace(ann, effort=effort)
            calls[f"{name} {effort}"] = lambda ann=searched: _search(ann, reps, queries)
            about[f"{name} {effort}"] = seconds, held
    found = {name: list_recall(call(), exact).mean for name, call in calls.items()}  # And warm.
    times = harness.alternate(list(calls.values()), options.repeats, lambda: None)
    fastest = min(sorted(each)[len(each) // 2] for each in times[:2])
    for (name, share), seconds in zip(found.items(), times, strict=True):
        row = {"benchmark": "retrieve", "case": case, "formulation": name, "recall": share}
        row |= harness.spread(seconds, options.queries)
        row |= {"times_exact": 1e3 * fastest / options.queries / row["median_ms"]}
        row |= {"queries_per_s": 1e3 / row["median_ms"], "build_s": about[name][0]}
        row |= {"index_mb": about[name][1], "peak_mb": harness.process_peak_mb()}
        yield row | harness.about_this_machine("faiss-cpu")


def _search(ann: Ann, reps: Embeddings, queries: np.ndarray) -> np.ndarray:
    return approximate(ann, dot, reps, queries, K).item


def _flat(items: np.ndarray) -> Any:
    index = faiss().IndexFlatIP(DIM)
    index.add(items)
    return index


def _built(build: Callable[[], Any]) -> tuple[Any, float, float | None]:
    """What was built, seconds, and how many MB the process holds more."""
    before, start = harness.held_mb(), time.perf_counter()
    index = build()
    seconds = time.perf_counter() - start
    after = harness.held_mb()
    held = None if before is None or after is None else after - before
    return index, seconds, held


def _draw(rows: list[dict[str, Any]]) -> Callable[[Any], None]:
    """Queries a second over recall; a line an index, exact searches as points."""

    def draw(axes) -> None:
        lines: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            kind = row["formulation"]
            name = kind if kind.startswith("exact") else kind.split()[0]
            lines.setdefault(f"{name}; {row['case'].split(',')[0]}", []).append(row)
        for name, points in lines.items():
            style = "--" if name.endswith("uniform") else "-"
            x, y = ([point[key] for point in points] for key in ("recall", "queries_per_s"))
            axes.plot(x, y, style, marker="o", label=name)
        axes.axvline(0.95, color="grey", linewidth=0.5, label="aim")
        axes.set(xlabel=f"recall@{K}", ylabel="queries a second", yscale="log")
        axes.set_title(
            f"Retrieval, {rows[0]['case'].split(', ')[1]}\n"
            f"{rows[0]['device']}, jax {rows[0]['versions']['jax']}",
            loc="left",
        )
        axes.legend(fontsize="small")

    return draw


if __name__ == "__main__":
    harness.run(main, Options, __doc__)
