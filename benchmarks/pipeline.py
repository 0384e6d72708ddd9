"""Producers beside the device: the same training in turns and overlapped.

``python -m benchmarks.pipeline``: PinSage, 2 layers of width 64, 10 neighbors, 10^6 items of 64
features that stay on the host. A batch has 256 queries, their targets and 500 negatives shared; to
make it, the host draws them, finds who is needed for two layers, some 10^5 items, re-indexes them
and gathers their features (``sampling.host_hops``). A row each:

- the producer alone, and the device alone on a batch that is there;
- both in turns; overlapped by one producer, and by two.

No schedule takes less than the longer of both parts; ``share`` is of the time in turns. On a CPU
the device computes on the cores that producers need, so it is held to ``device_cores`` of them.
"""

import dataclasses
import os
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks import harness, report
from jaxrec.losses import max_margin
from jaxrec.models import pinsage
from jaxrec.ops import ImportanceNeighbors
from jaxrec.sampling import host_hops
from jaxrec.train import Pipeline, host_epoch, step

ITEMS, QUICK_ITEMS = 1_000_000, 5_000
FEATURES, DIM, NEIGHBOURS = 64, 64, 10
QUERIES, NEGATIVES = 256, 500
STEPS, QUICK_STEPS = 20, 3


@dataclasses.dataclass(frozen=True)
class Options(harness.Options):
    """Options of this benchmark; it makes its data itself."""

    device_cores: int | None = 1
    """Cores that a CPU as the device computes on; None is all."""


class World(NamedTuple):
    """Items on the host."""

    feature: np.ndarray
    table: ImportanceNeighbors


def main(options: Options) -> list[dict[str, Any]]:
    """Measures, saves and returns the rows."""
    n_items = QUICK_ITEMS if options.quick else ITEMS
    n_steps = QUICK_STEPS if options.quick else STEPS
    _hold(options.device_cores)
    make = partial(batch, world(n_items))
    rows = list(_rows(make, n_steps, options.repeats))
    for row in rows:
        row["case"] = f"a step of {n_steps}; {n_items:,} items"
        row["device_cores"] = options.device_cores
    report.save(rows, options, report.bars(rows, "A step of PinSage, its batch from the host"))
    for row in rows[2:]:
        print(f"{row['formulation']}: {row['share']:.2f} of the time in turns")
    return rows


def _hold(n_cores: int | None) -> None:
    """Starts JAX on so many cores, where it has not been started: its threads stay there."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:n_cores])
    jax.devices()
    os.sched_setaffinity(0, cores)


def world(n_items: int, seed: int = 0) -> World:
    """Random items; a neighbor is anyone, as likely as any other: the least is shared."""
    rng = np.random.default_rng(seed)
    shape = n_items, NEIGHBOURS
    sender = rng.integers(n_items, size=shape, dtype=np.int32)
    table: Any = sender, np.full(shape, 1 / NEIGHBOURS, np.float32)
    return World(rng.standard_normal((n_items, FEATURES), np.float32), ImportanceNeighbors(*table))


def batch(world: World, rng: np.random.Generator, t: int):
    """Queries, targets among their neighbors, shared negatives: their hops, on the device."""
    del t
    n_items = len(world.feature)
    query = rng.integers(n_items, size=QUERIES, dtype=np.int32)
    target = np.asarray(world.table.sender)[query, rng.integers(NEIGHBOURS, size=QUERIES)]
    negative = rng.integers(n_items, size=NEGATIVES, dtype=np.int32)
    seed = np.concatenate([query, target, negative])
    return jax.device_put(host_hops(world.feature, [world.table] * 2, seed, (query, target)))


def _rows(make, n_steps: int, repeats: int):
    model, key = pinsage(FEATURES, DIM, hidden_dim=DIM), jax.random.key(0)
    hinge = max_margin(1.0)

    def loss_fn(params, graph, block, key):
        del graph, key
        z = model.encode(params, block).item
        query, target, negative = jnp.split(z, [QUERIES, 2 * QUERIES])
        positive = jnp.sum(query * target, axis=1, keepdims=True)
        scores = jnp.concatenate([positive, query @ negative.T], axis=1)
        return hinge(scores, scores, scores == scores), {"loss": scores[0, 0]}

    trained = step(loss_fn, optax.adam(1e-3))
    run, update = host_epoch(trained, n_steps), jax.jit(trained.update)
    state = trained.init(model.init(key), key)
    drawn = lambda t: make(np.random.default_rng((0, t)), t)
    there = jax.block_until_ready(drawn(0))
    begin = lambda: jax.tree.map(jnp.copy, state)

    def in_turns():
        now = state
        for t in range(n_steps):
            now, _ = jax.block_until_ready(update(now, None, jax.block_until_ready(drawn(t))))
        return now

    def overlapped(n_threads):
        with Pipeline(make, seed=0, stop=n_steps, n_threads=n_threads) as batches:
            return jax.block_until_ready(run(begin(), None, batches))

    calls = {
        "producer alone": lambda: [jax.block_until_ready(drawn(t)) for t in range(n_steps)],
        "device alone": lambda: run(begin(), None, iter([there] * n_steps)),
        "in turns": in_turns,
        "overlapped, 1 thread": lambda: overlapped(1),
        "overlapped, 2 threads": lambda: overlapped(2),
    }
    for call in calls.values():
        jax.block_until_ready(call())  # Compiles.
    seconds = harness.alternate(list(calls.values()), repeats, lambda: None)
    spread = dict(zip(calls, (harness.spread(times, n_steps) for times in seconds), strict=True))
    for name, found in spread.items():
        row: dict[str, Any] = {"benchmark": "pipeline", "formulation": name} | found
        row["share"] = found["median_ms"] / spread["in turns"]["median_ms"]
        row["peak_mb"] = harness.process_peak_mb()
        yield row | harness.about_this_machine()


if __name__ == "__main__":
    harness.run(main, Options, __doc__)
