"""Sampling: batches of users, items and uniform negatives, drawn on the device.

``python -m benchmarks.sample``: Gowalla, 2,048 queries a batch, 100 batches in a scan as in
training; with 1 negative a query and with 64. Times are per batch.
"""

from collections.abc import Callable, Iterator
from functools import partial

import jax
import jax.numpy as jnp

from benchmarks import harness, report
from jaxrec.base import Batch
from jaxrec.data import load, split
from jaxrec.graph import Csr, user_items
from jaxrec.sampling import interaction_uniform, user_uniform

BATCH, BATCHES, QUICK_BATCHES = 2048, 100, 2


def main(options: harness.Options) -> list[dict]:
    """Measures, saves and returns the rows."""
    train = split(load(options.data, data_dir=options.data_dir), valid_fraction=0.0).train
    likes = jax.tree.map(jnp.asarray, user_items(train))
    n_batches = QUICK_BATCHES if options.quick else BATCHES
    cases = list(sampling_cases(likes, train.n_items, n_batches))
    rows = harness.measure("sample", cases, options.repeats)
    for row, negatives in zip(rows, (1, 64, 1, 64), strict=True):
        row["draws_per_s"] = 1e3 * BATCH * (1 + negatives) / row["median_ms"]
    report.save(rows, options, report.bars(rows, f"Sampling a batch, {options.data}"))
    return rows


def sampling_cases(likes: Csr, n_items: int, n_batches: int) -> Iterator[harness.Case]:
    """Both laws, few and many negatives."""
    for draw in (user_uniform, interaction_uniform):
        for n_negatives in (1, 64):
            shape = {"n_items": n_items, "batch_size": BATCH, "n_negatives": n_negatives}
            run = many(partial(draw, **shape), n_batches)
            case = f"{BATCH} queries, {n_negatives} negatives each"
            arguments = jax.random.key(0), likes
            yield harness.Case(case, draw.__name__, run, arguments, per=n_batches)


def many(sample: Callable[..., Batch], n_batches: int) -> jax.stages.Wrapped:
    """Draws batch after batch and adds up what they hold, so that nothing is left undone."""

    def run(key, likes: Csr):
        def one(total, step):
            batch = sample(jax.random.fold_in(key, step), likes)
            return total + jnp.sum(batch.item) + jnp.sum(batch.query), None

        return jax.lax.scan(one, jnp.zeros((), jnp.int32), jnp.arange(n_batches))[0]

    return jax.jit(run)


if __name__ == "__main__":
    harness.run(main, harness.Options, __doc__)
