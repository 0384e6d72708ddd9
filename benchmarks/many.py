"""Seeds of LightGCN trained side by side in one program against the same seeds in turns.

``python -m benchmarks.many``: MovieLens-small, batch 2048, 3 layers, width 64, Adam; 1, 4 and 8
seeds over one graph. A step holds sampling, forward, backward and the optimizer, in a scan over
steps. Together, the tables of all seeds stand side by side in each product; in turns, one seed's
steps follow the other's in the program that trains one seed. Times are per step and seed.
"""

import dataclasses
from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp

from benchmarks import harness, report
from jaxrec.data import Interactions, load, split
from jaxrec.graph import locality_order, renumber, user_items
from jaxrec.runs import build_training, options_of
from jaxrec.sampling import user_uniform
from jaxrec.train import epoch, vmapped_epoch, vmapped_step

SEEDS = 1, 4, 8
STEPS, QUICK_STEPS = 40, 4


@dataclasses.dataclass(frozen=True)
class Options(harness.Options):
    """Those of every benchmark; the data small, as where many seeds are affordable."""

    data: str = "movielens-small"


def main(options: harness.Options) -> list[dict]:
    """Measures, saves and returns the rows."""
    train = split(load(options.data, data_dir=options.data_dir), valid_fraction=0.0).train
    train = renumber(train, *locality_order(train))  # As jaxrec train does.
    steps = QUICK_STEPS if options.quick else STEPS
    rows = harness.measure("many", [*cases(train, steps)], options.repeats)
    report.save(rows, options, report.bars(rows, f"A step and seed of LightGCN, {options.data}"))
    for together, turns in zip(rows[::2], rows[1::2], strict=True):
        ratio = turns["median_ms"] / together["median_ms"]
        print(f"{together['case']}: together {ratio:.2f} times as fast as in turns")
    return rows


def cases(train: Interactions, n_steps: int) -> Iterator[harness.Case]:
    """Both ways for every number of seeds, the rest equal."""
    settings = options_of()
    training = build_training(settings, train)
    build = lambda: training.step
    sample = partial(user_uniform, n_items=train.n_items, batch_size=settings.batch_size)
    likes = jax.tree.map(jnp.asarray, user_items(train))
    # Timed again on one state.
    alone = epoch(training.step, sample, n_steps, donate=False)
    together = vmapped_epoch(build, sample, n_steps, donate=False)
    turns = jax.jit(
        lambda states, graph, arrays: jax.lax.map(lambda one: alone(one, graph, arrays), states)
    )
    for n_seeds in SEEDS:
        keys = jax.random.split(jax.random.key(0), (2, n_seeds))
        states = vmapped_step(build).init(jax.vmap(training.model.init)(keys[0]), keys[1])
        case, per = f"{n_seeds} seeds, {n_steps} steps in a scan", n_steps * n_seeds
        arguments = states, training.graph, likes
        yield harness.Case(case, "together", together, arguments, per=per)
        yield harness.Case(case, "in turns", turns, arguments, per=per)


if __name__ == "__main__":
    harness.run(main, Options, __doc__)
