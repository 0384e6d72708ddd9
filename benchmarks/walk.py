"""Walks and personalized PageRank over the user-item graph.

``python -m benchmarks.walk``: Gowalla; walks of 80 nodes from 16,384 users, plain, by weight, with
restart and of second order; PinSage's 50 important items of 1,024 items; the PageRank of 64 users
by power iteration, by walks and by forward push; the hard-negative band of every user. Times are
per step, per item, per source and per user.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from benchmarks import harness, report
from jaxrec.data import Interactions, load, split
from jaxrec.graph import Csr, Transitions, bipartite, forward_push, transitions
from jaxrec.ops import (
    importance_neighbors,
    items_of_users,
    pagerank,
    prepare,
    second_order,
    walked_pagerank,
    walks,
)
from jaxrec.sampling import pagerank_bands

LENGTH, WALKS, QUICK_WALKS = 80, 16_384, 1_024
ITEMS, QUICK_ITEMS = 1_024, 64
SOURCES, QUICK_SOURCES = 64, 4
QUICK_BANDS = 512
BAND = 0.05, 0.12
"""Of the catalogue: on Gowalla ranks 2,049 to 4,917; PinSage's are 2,000 to 5,000."""
EPS = 1e-6


def main(options: harness.Options) -> list[dict[str, Any]]:
    """Measures, saves and returns the rows."""
    train = split(load(options.data, data_dir=options.data_dir), valid_fraction=0.0).train
    uniform, by_weight = _graphs(train)
    cases = list(walk_cases(uniform, by_weight, QUICK_WALKS if options.quick else WALKS))
    cases.append(_important(train, uniform, QUICK_ITEMS if options.quick else ITEMS))
    source = jnp.arange(QUICK_SOURCES if options.quick else SOURCES, dtype=jnp.int32)
    cases.extend(_pageranks(train, uniform, source))
    rows = harness.measure("walk", cases, options.repeats)
    rows.append(_push(uniform.lists, np.asarray(source), options.repeats))
    n_bands = QUICK_BANDS if options.quick else train.n_users
    users = np.arange(min(n_bands, train.n_users))
    rows.append(_bands(train, users, 1 if options.quick else min(options.repeats, 3)))
    for row in rows:
        row["per_s"] = 1e3 / row["median_ms"]
    report.save(rows, options, _bars(rows, options.data))
    return rows


def _graphs(train: Interactions) -> tuple[Transitions, Transitions]:
    """Uniform steps, and steps by LightGCN's weights."""
    graph, n_nodes = bipartite(train), train.n_users + train.n_items
    ends = np.asarray(graph.senders), np.asarray(graph.receivers)
    weight = np.asarray(graph.edges, np.float64)
    both = transitions(*ends, n_nodes), transitions(*ends, n_nodes, weight)
    return jax.tree.map(jnp.asarray, both)


def walk_cases(
    uniform: Transitions, by_weight: Transitions, n_walks: int
) -> Iterator[harness.Case]:
    """Four kinds of walks from users."""
    start = jnp.arange(n_walks, dtype=jnp.int32) % len(uniform.lists.nonempty)
    kinds: dict[str, tuple[Callable, Transitions]] = {
        "plain": (walks, uniform),
        "by weight": (walks, by_weight),
        "restart 0.5": (partial(walks, restart=0.5), uniform),
        "second order, p 0.25, q 0.25": (partial(second_order, p=0.25, q=0.25), uniform),
        "second order, p 4, q 1": (partial(second_order, p=4.0, q=1.0), uniform),
    }
    for name, (walk, graph) in kinds.items():
        run = jax.jit(partial(walk, length=LENGTH))
        arguments = jax.random.key(0), graph, start
        case = f"a step; {n_walks:,} walks of {LENGTH}"
        yield harness.Case(case, name, run, arguments, per=n_walks * (LENGTH - 1))


def _important(train: Interactions, graph: Transitions, n_items: int) -> harness.Case:
    counted = jnp.arange(train.n_users + train.n_items) >= train.n_users
    shape = {"width": 50, "n_walks": 50, "length": 20}

    def ask(key, graph, node, counted):
        return importance_neighbors(key, graph, node, counted=counted, **shape)

    node = train.n_users + jnp.arange(n_items, dtype=jnp.int32) % train.n_items
    arguments = jax.random.key(0), graph, node, counted
    case = f"an item of {n_items:,}; 50 walks of 20"
    return harness.Case(case, "50 important items", jax.jit(ask), arguments, per=n_items)


def _pageranks(train: Interactions, graph: Transitions, source) -> Iterator[harness.Case]:
    n_nodes, n_sources = train.n_users + train.n_items, len(source)
    prepared = prepare(bipartite(train, r=0.0), dim=n_sources)
    power = jax.jit(partial(pagerank, n_nodes=n_nodes, n_iterations=30))
    case = f"PageRank of a user of {n_sources}"
    arguments = prepared, source
    yield harness.Case(case, "power, 30 iterations", power, arguments, per=n_sources)
    walked = jax.jit(partial(walked_pagerank, n_nodes=n_nodes, n_walks=1_000, length=100))
    arguments = jax.random.key(0), graph, source
    yield harness.Case(case, "1,000 walks of 100", walked, arguments, per=n_sources)


def _push(lists: Csr, sources: np.ndarray, repeats: int) -> dict[str, Any]:
    """On the host, so timed by itself."""
    host = jax.tree.map(np.asarray, lists)
    run = lambda: [forward_push(host, int(source), eps=EPS) for source in sources]
    case = f"PageRank of a user of {len(sources)}"
    return _time(run, case, f"forward push, eps {EPS:g}", len(sources), repeats)


def _bands(train: Interactions, users: Int[np.ndarray, "Q"], repeats: int) -> dict[str, Any]:
    prepared = prepare(bipartite(train, r=0.0), n_users=train.n_users, dim=256)
    low, high = (int(share * train.n_items) for share in BAND)
    sizes = train.n_users, train.n_items
    run = lambda: pagerank_bands(items_of_users, prepared, users, *sizes, low, high)
    case = f"a user of {len(users):,}; 10 rounds"
    return _time(run, case, f"band of ranks {low:,} to {high:,}", len(users), repeats)


def _time(run: Callable[[], Any], case: str, name: str, per: int, repeats: int) -> dict[str, Any]:
    seconds = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    steady = harness.spread(seconds[1:], per)
    return {
        "benchmark": "walk",
        "case": case,
        "formulation": name,
        "compile_ms": max(0.0, 1e3 * (seconds[0] - statistics.median(seconds[1:]))),
        "first_ms": 1e3 * seconds[0] / per,
        **steady,
        "peak_mb": harness.process_peak_mb(),  # More than one program: the process's own peak.
    } | harness.about_this_machine()


def _bars(rows: list[dict[str, Any]], data: str) -> Callable[[Any], None]:
    """Operations a second, on a scale of powers of ten: from steps to whole PageRanks."""

    def draw(axes) -> None:
        labels = [f"{row['formulation']}\n{row['case']}" for row in rows]
        rates = [row["per_s"] for row in rows]
        drawn = axes.barh(labels, rates, height=0.6)
        axes.bar_label(drawn, [f" {rate:,.0f}" for rate in rates])
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.margins(x=0.15)
        axes.set(xlabel="operations a second (median)")
        about = f"{rows[0]['device']}, jax {rows[0]['versions']['jax']}"
        axes.set_title(f"Walks and personalized PageRank, {data}\n{about}", loc="left")

    return draw


if __name__ == "__main__":
    harness.run(main, harness.Options, __doc__)
