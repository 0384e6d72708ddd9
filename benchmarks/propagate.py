"""One propagation by formulation: edges a second, memory, and the distance to the roofline.

``python -m benchmarks.propagate``: Gowalla, Yelp2018 and power-law graphs of 10^5 to 10^8 directed
edges, tables of width 16 to 256; forward alone, and forward with backward (the gradient of half
the squared norm of the result). Power-law graphs have ``0.25 E^0.76`` nodes, four fifths of them
users: at 2 * 10^5 edges about as many as MovieLens-100K, at 2 * 10^8 as the Netflix prize. Rows of
real graphs are numbered by place, as in training; those of power-law graphs stand in random order,
for there is no place in them to number by.

``gathered_gb_s`` counts what the sum asks for, ``4 d + 8`` bytes an edge and ``4 d`` a row of the
result, as if nothing were cached, so it may pass ``stream_gb_s``, what memory gives to
``a = b + s c`` in the same rounds; ``fraction`` is their quotient. Formulations whose messages
would not fit half of the free memory are left out, and a line says so.

``--record`` writes the table that ``auto`` chooses from.
"""

import dataclasses
import gc
from collections.abc import Iterator
from functools import partial
from typing import Any, get_args

import jax
import jax.numpy as jnp
import jraph
import numpy as np

from benchmarks import harness, report, roofline
from jaxrec.data import Interactions, load, power_law, split
from jaxrec.graph import bipartite, locality_order, renumber
from jaxrec.ops import Adjacency, Backend, diffuse, prepare
from jaxrec.ops.propagate import auto
from jaxrec.runs.costs import WORTH_DENSE, free_bytes, message_bytes

POWER_LAW = tuple(10**power for power in (5, 6, 7, 8))
QUICK_POWER_LAW = (10**5, 10**6)
LARGEST = 5 * 10**9  # Interactions times width.
STREAM = 1 << 26  # Numbers in each of three arrays: 768 MiB pass through memory.


@dataclasses.dataclass(frozen=True)
class Options(harness.Options):
    """Propagation by formulation, graph and width."""

    data: str = "gowalla yelp2018"
    """Real graphs, separated by spaces."""
    dims: tuple[int, ...] = (16, 64, 256)
    """Widths."""
    edges: tuple[int, ...] = POWER_LAW
    """Sizes of the power-law graphs, directed edges."""
    record: bool = False
    """Also write the table that 'auto' chooses from; for results of record only."""


def main(options: Options) -> list[dict]:
    """Measures, saves and returns the rows."""
    if options.quick and options.record:
        raise SystemExit("--record replaces all that is kept; leave out --quick")
    if options.quick:
        options = dataclasses.replace(options, dims=(64,), edges=QUICK_POWER_LAW)
    rows = []
    for name, interactions in graphs(options):
        graph = bipartite(interactions)
        for dim in options.dims:
            if len(interactions) * dim > LARGEST:
                print(f"left out: {name} at width {dim}: minutes a round")
                continue
            rows += measure(name, graph, interactions.n_users, dim, options)
            gc.collect()
    roof = roofline.measure(options.repeats)
    show = partial(report.pivot, columns="formulation", value="median_ms")
    report.save(rows, options, roofline.draw(rows, roof), size=(9, 6), show=show)
    if options.record:
        auto.write(rows, jax.default_backend())
    return rows


def graphs(options: Options) -> Iterator[tuple[str, Interactions]]:
    """Graphs by name, one at a time."""
    for n_edges in sorted(options.edges, reverse=True):
        n_nodes = nodes(n_edges)
        name = f"power-law 10^{np.log10(n_edges):.3g}"
        yield name, power_law(n_nodes * 4 // 5, n_nodes // 5, n_edges // 2)
    for name in options.data.split():
        train = split(load(name, data_dir=options.data_dir), valid_fraction=0.0).train
        yield name, renumber(train, *locality_order(train))


def nodes(n_edges: int) -> int:
    """Users and items of a power-law graph."""
    return round(0.25 * n_edges**0.76)


def measure(
    name: str, graph: jraph.GraphsTuple, n_users: int, dim: int, options: Options
) -> list[dict[str, Any]]:
    """Rows of all formulations on one graph at one width, taking turns."""
    n_nodes, n_edges = int(graph.n_node[0]), len(np.asarray(graph.senders))
    cases, meaning = [], []
    for formulation in chosen(n_edges, n_nodes, dim):
        prepared = prepare(graph, formulation, n_users=n_users)
        whole = jax.random.normal(jax.random.key(0), (n_nodes, dim))
        halves = isinstance(prepared, Adjacency)  # Others take one table of all nodes.
        x = (whole[:n_users], whole[n_users:]) if halves else whole
        for kind, function in (("forward", forward), ("both", both)):
            case = f"{name}, d {dim}, {kind}"
            cases.append(harness.Case(case, formulation, function, (x, prepared)))
            meaning.append({"graph": name, "dim": dim, "pass": kind})
    arrays = jnp.ones(STREAM), jnp.zeros(STREAM)
    stream = jax.jit(lambda b, c: b + 3.0 * c)
    cases.append(harness.Case(f"{name}, d {dim}, stream", "a = b + s c", stream, arrays))
    repeats = min(options.repeats, 3) if n_edges * dim > 10**9 else options.repeats
    *rows, stream_row = harness.measure("propagate", cases, repeats)
    stream_gb_s = 3 * arrays[0].nbytes / stream_row["median_ms"] / 1e6
    asked = n_edges * (4 * dim + 8) + n_nodes * 4 * dim
    for row, about in zip(rows, meaning, strict=True):
        products = 2 if about["pass"] == "both" else 1
        gb_s = products * asked / row["median_ms"] / 1e6
        row |= about | {"n_nodes": n_nodes, "n_edges": n_edges, "stream_gb_s": stream_gb_s}
        row["edges_per_s"] = 1e3 * products * n_edges / row["median_ms"]
        row |= {"gathered_gb_s": gb_s, "fraction": gb_s / stream_gb_s}
    return rows


def chosen(n_edges: int, n_nodes: int, dim: int) -> Iterator[Backend]:
    """Formulations that can be measured here; says which cannot, and why."""
    free = free_bytes() / 2
    for formulation in get_args(Backend):
        interpreted = formulation == "pallas" and jax.default_backend() == "cpu"
        slow = formulation == "dense" and n_nodes**2 > WORTH_DENSE
        if slow or message_bytes(formulation, n_edges, dim) > free:
            why = "too slow" if slow else "its messages do not fit"
            print(f"left out: {formulation} at {n_edges:,} edges, d {dim}: {why}")
        elif formulation != "auto" and not interpreted:
            yield formulation


@jax.jit
def forward(x, graph):
    """One propagation."""
    return diffuse(x, graph, (0.0, 1.0))


@jax.jit
def both(x, graph):
    """Its result and the gradient of half its squared norm: two products."""
    result, pull = jax.vjp(lambda x: diffuse(x, graph, (0.0, 1.0)), x)
    return result, pull(result)


if __name__ == "__main__":
    harness.run(main, Options, __doc__)
